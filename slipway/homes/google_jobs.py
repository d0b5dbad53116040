"""Jobs of Cloud Scheduler, run at once: App Engine's and Cloud Run's schedules."""

from datetime import UTC, datetime

from slipway.homes.home import Place
from slipway.project import UserError

PATIENCE = 180.0
"""Seconds an app may take, as its jobs say."""


def run(place: Place, job: str) -> int:
    """Run a job (``projects/…/jobs/NAME``) and say what came of it; 1 where the app failed."""
    return _in_the_sandbox(place, job) if place.run.sandbox else _in_the_cloud(job)


def _in_the_sandbox(place: Place, job: str) -> int:
    """Ask the app what its job asks, with the headers that Cloud Scheduler adds.

    https://cloud.google.com/scheduler/docs/creating#headers
    """
    import httpx

    from slipway.probe import reachable
    from slipway.sandbox.gcp.store import Store, store_path

    found = Store(store_path(place.run.project.home)).get("job", job)
    if found is None:
        raise UserError(f"Cloud Scheduler has no job {job} (any more): `slipway up --stack {place.run.stack}` makes it")
    target = found.body.get("appEngineHttpTarget") or {}
    url = place.app.url.rstrip("/") + target.get("relativeUri", "/")
    address, headers = reachable(url)
    due = {
        "User-Agent": "AppEngine-Google; (+http://code.google.com/appengine)",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": found.body["name"],
        "X-CloudScheduler-ScheduleTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    method = target.get("httpMethod", "POST")
    answer = httpx.request(method, address, headers={**headers, **due}, timeout=PATIENCE, trust_env=False)
    print(f"{method} {url}: {answer.status_code}")
    print(answer.text.rstrip("\n"))
    return 0 if answer.is_success else 1


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
