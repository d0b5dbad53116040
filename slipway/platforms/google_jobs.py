"""Jobs of Cloud Scheduler, run at once: App Engine's and Cloud Run's schedules."""

import time
from datetime import UTC, datetime, timedelta

from slipway.errors import UserError
from slipway.platforms import google_api
from slipway.platforms.platform import Deployment
from slipway.providers.google.rest import Json, Rest, RestError

PATIENCE = 180.0
"""Seconds that an app may take, as its jobs say."""
LOGGED = 15.0
"""Seconds that Cloud Logging may take to have an attempt."""
FINISHED = "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished"
"""https://cloud.google.com/scheduler/docs/logging."""


def run(deployment: Deployment, job: str) -> int:
    """Run a job (``projects/…/jobs/NAME``) and print what came of it; 1 where the app failed.

    https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs/run.
    """
    client = google_api.rest(deployment)
    try:
        since = datetime.now(UTC)
        before = client.ask("cloudscheduler", "GET", f"v1/{job}")
        client.ask("cloudscheduler", "POST", f"v1/{job}:run", {})
        after = _attempted(client, job, before.get("lastAttemptTime", ""))
    except RestError as error:
        if error.code == 404:
            raise UserError(
                f"Cloud Scheduler has no job {job} (any more): `slipway up --stack {deployment.run.stack}` makes it"
            ) from None
        raise UserError(f"Cloud Scheduler did not run {job}: {error}") from None
    if after is None:
        print(f"Cloud Scheduler runs {job}: no answer of the app within {PATIENCE:.0f} s")
        return 1
    status = after.get("status") or {}
    print(_attempt(deployment, job, since) or f"Cloud Scheduler ran {job}")
    if not status.get("code"):
        return 0
    print(status.get("message") or f"the app failed: status {status['code']}")
    return 1


def _attempted(client: Rest, job: str, before: str) -> Json | None:
    """The job once its attempt is over; None where that takes too long."""
    deadline, pause = time.monotonic() + PATIENCE, google_api.POLL_SANDBOX / 5
    while time.monotonic() < deadline:
        body = client.ask("cloudscheduler", "GET", f"v1/{job}")
        if body.get("lastAttemptTime", "") != before:
            return body
        time.sleep(pause)
        pause = min(pause * 1.5, google_api.POLL)
    return None


def _attempt(deployment: Deployment, job: str, since: datetime) -> str:
    """What was asked and how it was answered, once Cloud Logging has it; "" where it has nothing in time."""
    _, project, _, location, _, id = job.split("/")
    chosen = (
        f'resource.type="cloud_scheduler_job" AND resource.labels.job_id="{id}" '
        f'AND resource.labels.location="{location}" AND jsonPayload."@type"="{FINISHED}" '
        f'AND timestamp>="{(since - timedelta(seconds=5)).isoformat()}"'
    )
    deadline = time.monotonic() + LOGGED
    while time.monotonic() < deadline:
        for entry in google_api.entries(deployment, project, chosen, follow=False, lines=1):
            request, payload = entry.get("httpRequest") or {}, entry.get("jsonPayload") or {}
            answered = request.get("status") or payload.get("status") or "no answer"
            return f"{request.get('requestMethod', '')} {payload.get('url', '')}: {answered}".strip()
        time.sleep(google_api.POLL)
    return ""
