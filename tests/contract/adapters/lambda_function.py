"""Lambda's events as WSGI's requests, for the function's URL.

Event and answer: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads; the environment of a
request: PEP 3333.
"""

import base64
import io
import sys
from urllib.parse import unquote

from main import app


def lambda_handler(event, _context):
    """One request: the event's, answered by the app."""
    said, written = {}, []

    def start_response(status, headers, _error=None):
        said.update(status=int(status.split(" ", 1)[0]), headers=headers)
        return written.append

    chunks = app(_environment(event), start_response)
    try:
        body = b"".join([*written, *chunks])
    finally:
        getattr(chunks, "close", lambda: None)()
    return {
        "statusCode": said["status"],
        "headers": dict(said["headers"]),
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _environment(event):
    http, given = event["requestContext"]["http"], event.get("headers") or {}
    body = event.get("body") or ""
    content = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in given.items()}
    return {
        **headers,
        "REQUEST_METHOD": http["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(event.get("rawPath") or http["path"], "latin-1"),
        "QUERY_STRING": event.get("rawQueryString") or "",
        "CONTENT_TYPE": headers.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(content)),
        "SERVER_NAME": given.get("host", "lambda"),
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": http.get("sourceIp", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": given.get("x-forwarded-proto", "https"),
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
