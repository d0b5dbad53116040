"""How gunicorn logs in a container: not what machines ask, and as JSON on Cloud Run, which reads it.

gunicorn reads this file by itself where the app starts; options of its command count more.
"""

import json
import os
from collections.abc import Mapping
from datetime import timedelta

from gunicorn.glogging import Logger
from gunicorn.http.message import Request
from gunicorn.http.wsgi import Response

FIELDS = {"requestMethod": "m", "requestUrl": "U", "protocol": "H", "remoteIp": "h", "userAgent": "a", "referer": "f"}
"""Google's name -> gunicorn's: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest."""


class AppLogger(Logger):
    """gunicorn's own, with an access log of what people ask."""

    def access(self, resp: Response, req: Request, environ: Mapping[str, str], request_time: timedelta) -> None:
        """Log a request unless a health check or a scrape made it, and it went well.

        Nothing from outside looks like one: in front of the app is a proxy, which names the caller.
        """
        inside = not environ.get("HTTP_X_FORWARDED_FOR")
        local = environ.get("REMOTE_ADDR") in ("", "127.0.0.1", "::1")
        scrape = environ.get("HTTP_USER_AGENT", "").startswith("Prometheus/")
        if inside and (local or scrape) and resp.status_code < 400:
            return
        if "K_SERVICE" not in os.environ:
            super().access(resp, req, environ, request_time)
            return
        atoms = self.atoms(resp, req, environ, request_time)
        request = {name: atoms[atom] for name, atom in FIELDS.items() if atoms[atom] not in (None, "-")}
        request |= {"status": resp.status_code, "responseSize": str(resp.sent)}
        request["latency"] = f"{request_time.total_seconds():.6f}s"
        severity = "ERROR" if resp.status_code >= 500 else "WARNING" if resp.status_code >= 400 else "INFO"
        message = f"{request['requestMethod']} {request['requestUrl']} {resp.status_code}"
        self.access_log.info(json.dumps({"severity": severity, "message": message, "httpRequest": request}))


logger_class = AppLogger
# For `gunicornc`, which is not here: its file would lie in a home that the app's user has not, and gunicorn writes
# "Control server error" at each start. Older releases do not know the setting, and pass it over.
control_socket_disable = True
