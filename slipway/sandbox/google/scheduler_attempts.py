"""Attempts of Cloud Scheduler: a job's target is asked, and what came of it is in the job and in Cloud Logging.

https://cloud.google.com/scheduler/docs/creating#headers, https://cloud.google.com/scheduler/docs/logging
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from slipway.sandbox.appengine.routes import hostname
from slipway.sandbox.cloudrun import routes
from slipway.sandbox.cloudrun.names import SUFFIX
from slipway.sandbox.google import log_lines
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.errors import CODES, Json

AGENT = "AppEngine-Google; (+http://code.google.com/appengine)"
LOG = "cloudscheduler.googleapis.com%2Fexecutions"
FINISHED = "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished"
STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""HTTP's status of a target -> the job's. https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of asking a target."""

    method: str
    url: str
    http: int
    """The target's answer; 0 where none came."""
    status: str
    """``OK``, or one of :data:`CODES`."""
    problem: str = ""


def attempt(cloud: Cloud, name: str, job: Json) -> Attempt:
    """Ask the target of a job, and log it."""
    done = _asked(cloud, name, job)
    _, project, _, location, _, id = name.split("/")
    kind = "APP_ENGINE_HTTP" if "appEngineHttpTarget" in job else "HTTP"
    said = {"@type": FINISHED, "jobName": name, "targetType": kind, "url": done.url}
    entry: Json = {
        "logName": f"projects/{project}/logs/{LOG}",
        "resource": {
            "type": "cloud_scheduler_job",
            "labels": {"project_id": project, "location": location, "job_id": id},
        },
        "severity": "INFO" if done.status == "OK" else "ERROR",
        "jsonPayload": {
            **said,
            **({} if done.status == "OK" else {"status": done.status, "debugInfo": done.problem}),
        },
        "httpRequest": {"requestMethod": done.method, "requestUrl": done.url, "status": done.http},
    }
    log_lines.put(cloud, project, entry)
    return done


def status_of(done: Attempt) -> Json:
    """As the job has it: google.rpc.Status."""
    return {} if done.status == "OK" else {"code": CODES.get(done.status, 2), "message": done.problem}


def _asked(cloud: Cloud, name: str, job: Json) -> Attempt:
    import httpx  # 100 ms, of jobs that run alone

    target = job.get("appEngineHttpTarget") or job["httpTarget"]
    method, url = target.get("httpMethod", "POST"), _url(cloud, name, job)
    address, host, refusal = _way(cloud, url, target)
    if refusal:
        http, problem = refusal
        return Attempt(method=method, url=url, http=http, status=STATUSES.get(http, "UNKNOWN"), problem=problem)
    headers = {
        **(target.get("headers") or {}),
        **({"Host": host} if host else {}),
        "User-Agent": "Google-Cloud-Scheduler" if "uri" in target else AGENT,
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": name.rsplit("/", 1)[-1],
        "X-CloudScheduler-ScheduleTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    seconds = float(str(job.get("attemptDeadline") or "180s").removesuffix("s"))
    try:
        response = httpx.request(
            method,
            address,
            headers=headers,
            content=base64.b64decode(target.get("body") or ""),
            timeout=seconds,
            trust_env=not host,
        )
    except httpx.TimeoutException:
        late = f"URL_TIMEOUT-TIMEOUT_WEB. Original HTTP response code number = 0; no answer within {seconds:g} s"
        return Attempt(method=method, url=url, http=0, status="DEADLINE_EXCEEDED", problem=late)
    except httpx.TransportError as error:
        away = f"URL_UNREACHABLE-UNREACHABLE_5xx. Original HTTP response code number = 0; {error}"
        return Attempt(method=method, url=url, http=0, status="UNAVAILABLE", problem=away)
    code = response.status_code
    if response.is_success:
        return Attempt(method=method, url=url, http=code, status="OK")
    unknown = "INTERNAL" if code >= 500 else "UNKNOWN"
    problem = f"URL_ERROR-ERROR_OTHER. Original HTTP response code number = {code}"
    return Attempt(method=method, url=url, http=code, status=STATUSES.get(code, unknown), problem=problem)


def _url(cloud: Cloud, name: str, job: Json) -> str:
    """What a job asks; for App Engine, its application's address with the service that it routes to."""
    if "httpTarget" in job:
        return str(job["httpTarget"]["uri"])
    target = job["appEngineHttpTarget"]
    project = name.split("/")[1]
    application = cloud.store.get("application", project)
    location = str(application.body.get("locationId", "")) if application else ""
    port = urlsplit(cloud.variables().get("SLIPWAY_FRONT", "")).port or 80
    routing = target.get("appEngineRouting") or {}
    names = [routing[key] for key in ("version", "service") if routing.get(key)]
    host = "-dot-".join([*names, hostname(project, location, port)])
    return f"http://{host}/{target.get('relativeUri', '/').lstrip('/')}"


def _way(cloud: Cloud, url: str, target: Json) -> tuple[str, str, tuple[int, str] | None]:
    """The address to connect to, the ``Host`` to send, and why the target may not be asked.

    Names under ``localhost`` are this machine (RFC 6761). A service of Cloud Run is asked as the account that the job
    signs in as, whose grants are looked at.
    """
    parts = urlsplit(url)
    name = parts.hostname or ""
    if not name.endswith(".localhost"):
        return url, "", None
    port = parts.port or 80
    if name.endswith(f".{SUFFIX}"):
        email = (target.get("oidcToken") or target.get("oauthToken") or {}).get("serviceAccountEmail")
        caller = f"serviceAccount:{email}" if email else routes.ANYBODY
        status, way = routes.backend(cloud.state_folder, parts.netloc, caller)
        if isinstance(way, str):
            return url, parts.netloc, (status, way)
        port = way.port
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{port}")), parts.netloc, None
