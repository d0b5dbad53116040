"""Jobs of Cloud Scheduler, run at once: App Engine's and Cloud Run's schedules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from slipway.errors import UserError
from slipway.platforms.addresses import reachable
from slipway.platforms.platform import Deployment
from slipway.sandbox.cloudrun import routes
from slipway.sandbox.stores.google import Store, store_path

PATIENCE = 180.0
"""Seconds an app may take, as its jobs say."""
AGENT = "AppEngine-Google; (+http://code.google.com/appengine)"


def run(deployment: Deployment, job: str) -> int:
    """Run a job (``projects/…/jobs/NAME``) and say what came of it; 1 where the app failed."""
    return _in_the_sandbox(deployment, job) if deployment.run.sandbox else _in_the_cloud(job)


def _in_the_sandbox(deployment: Deployment, job: str) -> int:
    """Ask the app what its job asks, with the headers that Cloud Scheduler adds.

    https://cloud.google.com/scheduler/docs/creating#headers
    """
    import httpx

    record = Store(store_path(deployment.run.project.state_folder)).get("job", job)
    if record is None:
        raise UserError(
            f"Cloud Scheduler has no job {job} (any more): `slipway up --stack {deployment.run.stack}` makes it"
        )
    target = record.body.get("appEngineHttpTarget") or record.body["httpTarget"]
    url = target.get("uri") or deployment.app.url.rstrip("/") + target.get("relativeUri", "/")
    address, headers = _signed_in(deployment, url, target["oidcToken"]) if "oidcToken" in target else reachable(url)
    due = {
        "User-Agent": "Google-Cloud-Scheduler" if "uri" in target else AGENT,
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": record.name.rsplit("/", 1)[-1],
        "X-CloudScheduler-ScheduleTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    method = target.get("httpMethod", "POST")
    answer = httpx.request(method, address, headers={**headers, **due}, timeout=PATIENCE, trust_env=False)
    print(f"{method} {url}: {answer.status_code}")
    print(answer.text.rstrip("\n"))
    return 0 if answer.is_success else 1


def _signed_in(deployment: Deployment, url: str, token: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The address of a service for the account that a job signs in as; the account's grants are checked."""
    parts = urlsplit(url)
    caller = f"serviceAccount:{token['serviceAccountEmail']}"
    status, way = routes.backend(deployment.run.project.state_folder, parts.netloc, caller)
    if isinstance(way, str):
        raise UserError(f"{url} answered {status}: {way}")
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{way.port}")), {"Host": parts.netloc}


def _in_the_cloud(job: str) -> int:
    """https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs/run."""
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    answer = AuthorizedSession(credentials).post(f"https://cloudscheduler.googleapis.com/v1/{job}:run", timeout=30)
    if answer.status_code != 200:
        raise UserError(f"Cloud Scheduler did not run {job}: {answer.status_code} {answer.reason}")
    print(f"Cloud Scheduler runs {job}; `slipway logs` shows what the app makes of it")
    return 0
