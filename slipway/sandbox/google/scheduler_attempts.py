"""Attempts of Cloud Scheduler: a job's target is asked, and what came of it is in the job and in Cloud Logging.

https://cloud.google.com/scheduler/docs/creating#headers, https://cloud.google.com/scheduler/docs/logging
"""

import base64
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.parse import urlsplit, urlunsplit

from slipway.sandbox.appengine.routes import hostname
from slipway.sandbox.cloudrun import routes
from slipway.sandbox.cloudrun.names import SUFFIX
from slipway.sandbox.google import log_lines
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.errors import CODES, Json
from slipway.sandbox.running.entrance import Line, Way

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
    payload = {"@type": FINISHED, "jobName": name, "targetType": kind, "url": done.url}
    entry: Json = {
        "logName": f"projects/{project}/logs/{LOG}",
        "resource": {
            "type": "cloud_scheduler_job",
            "labels": {"project_id": project, "location": location, "job_id": id},
        },
        "severity": "INFO" if done.status == "OK" else "ERROR",
        "jsonPayload": {
            **payload,
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
    target = job.get("appEngineHttpTarget") or job["httpTarget"]
    method, url = target.get("httpMethod", "POST"), _url(cloud, name, job)
    way = _way(cloud, url, target)
    if isinstance(way, Refusal):
        status = STATUSES.get(way.http, "UNKNOWN")
        return Attempt(method=method, url=url, http=way.http, status=status, problem=way.message)
    headers = {
        **(target.get("headers") or {}),
        "User-Agent": "Google-Cloud-Scheduler" if "uri" in target else AGENT,
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": name.rsplit("/", 1)[-1],
        "X-CloudScheduler-ScheduleTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    seconds = float(str(job.get("attemptDeadline") or "180s").removesuffix("s"))
    try:
        code = _answer(way, seconds, method, url, headers, base64.b64decode(target.get("body") or ""))
    except TimeoutError:
        late = f"URL_TIMEOUT-TIMEOUT_WEB. Original HTTP response code number = 0; no answer within {seconds:g} s"
        return Attempt(method=method, url=url, http=0, status="DEADLINE_EXCEEDED", problem=late)
    except (OSError, HTTPException) as error:
        away = f"URL_UNREACHABLE-UNREACHABLE_5xx. Original HTTP response code number = 0; {error}"
        return Attempt(method=method, url=url, http=0, status="UNAVAILABLE", problem=away)
    if 200 <= code < 300:
        return Attempt(method=method, url=url, http=code, status="OK")
    unknown = "INTERNAL" if code >= 500 else "UNKNOWN"
    problem = f"URL_ERROR-ERROR_OTHER. Original HTTP response code number = {code}"
    return Attempt(method=method, url=url, http=code, status=STATUSES.get(code, unknown), problem=problem)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a target may not be asked."""

    http: int
    message: str


def _answer(way: Way | None, seconds: float, method: str, url: str, headers: Mapping[str, str], content: bytes) -> int:
    """HTTP's status of the answer; without a way the address is one outside of this machine. Raises OSError."""
    if way is None:
        import httpx  # 100 ms, of jobs that ask elsewhere

        try:
            return httpx.request(method, url, headers=dict(headers), content=content, timeout=seconds).status_code
        except httpx.TimeoutException as error:
            raise TimeoutError(str(error)) from error
        except httpx.TransportError as error:
            raise OSError(str(error)) from error
    parts = urlsplit(url)
    with closing(Line(way, seconds)) as line:
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        line.request(method, path, body=content, headers={"Host": parts.netloc, **headers})
        return line.getresponse().status


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


def _way(cloud: Cloud, url: str, target: Json) -> Way | Refusal | None:
    """How the target is reached: names under ``localhost`` are this machine (RFC 6761), others are outside of it.

    A service of Cloud Run is asked as the account that the job signs in as, whose grants are looked at.
    """
    parts = urlsplit(url)
    name = parts.hostname or ""
    if not name.endswith(".localhost"):
        return None
    if not name.endswith(f".{SUFFIX}"):
        return Way(port=parts.port or 80)
    email = (target.get("oidcToken") or target.get("oauthToken") or {}).get("serviceAccountEmail")
    caller = f"serviceAccount:{email}" if email else routes.ANYBODY
    status, way = routes.backend(cloud.state_folder, parts.netloc, caller)
    return Refusal(http=status, message=way) if isinstance(way, str) else way
