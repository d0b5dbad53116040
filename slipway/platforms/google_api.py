"""Google's REST for the commands: the same calls go to the cloud, or to the sandbox where a stack is up there."""

import json
import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from slipway.errors import UserError
from slipway.platforms.platform import Deployment
from slipway.providers.google.rest import Json, Rest, RestError
from slipway.stack import session

T = TypeVar("T")
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
POLL, POLL_SANDBOX = 2.0, 0.5
"""Seconds between two looks at a log that is followed: https://cloud.google.com/logging/quotas, 60 reads a minute."""
OVERLAP = timedelta(seconds=5)
"""By which an entry may come later than one that is younger."""
REMEMBERED = 1000
"""Entries whose ids are remembered, so that none is shown twice."""


def rest(deployment: Deployment) -> Rest:
    """The client for a deployment. Raises :class:`UserError` where this machine is not signed in."""
    if deployment.run.sandbox:
        variables = session.sandbox_environment(deployment.run)
        return Rest(address=variables["SLIPWAY_GOOGLE"], token=lambda: variables["GOOGLE_OAUTH_ACCESS_TOKEN"])
    import google.auth  # takes its time, and a sandbox needs none of it
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
        credentials.refresh(Request())
    except GoogleAuthError as error:
        raise UserError(
            f"Google Cloud cannot be asked: {str(error).rstrip('.')}. `gcloud auth application-default login` signs in"
        ) from None
    return Rest(token=lambda: credentials.token)


def answered(ask: Callable[[Deployment], T], deployment: Deployment) -> T:
    """What a question finds. Raises :class:`UserError` for a refusal."""
    try:
        return ask(deployment)
    except RestError as error:
        raise UserError(f"Google Cloud did not say how {deployment.app.name} is: {error}") from None


def unless_gone(ask: Callable[[Deployment], T], deployment: Deployment) -> T | None:
    """What a question finds; None where what it is about is not there (any more). Raises :class:`UserError`."""
    try:
        return ask(deployment)
    except RestError as error:
        if error.code in (403, 404):
            return None
        raise UserError(f"Google Cloud did not say how {deployment.app.name} is: {error}") from None


def entries(deployment: Deployment, project: str, chosen: str, *, follow: bool, lines: int) -> Iterator[Json]:
    """The last entries of Cloud Logging that a filter lets through, oldest first, then new ones with ``follow``.

    Raises :class:`UserError`.
    """
    client = rest(deployment)
    latest = list(reversed(_listed(client, project, chosen, "timestamp desc", lines)))
    yield from latest
    printed = [entry["insertId"] for entry in latest]
    since = latest[-1]["timestamp"] if latest else ""
    while follow:
        time.sleep(POLL_SANDBOX if deployment.run.sandbox else POLL)
        newer = f'{chosen} AND timestamp>="{_before(since)}"' if since else chosen
        for entry in _listed(client, project, newer, "timestamp asc", REMEMBERED):
            if entry["insertId"] not in printed:
                yield entry
                printed, since = [*printed, entry["insertId"]][-REMEMBERED:], max(since, entry["timestamp"])


def text(entry: Json) -> str:
    """What an entry says, in a line or more."""
    payload = entry.get("jsonPayload") or {}
    request = entry.get("httpRequest") or {}
    request_line = (
        f"{request.get('requestMethod', '')} {request.get('requestUrl', '')} {request.get('status', '')}".strip()
    )
    return str(entry.get("textPayload") or payload.get("message") or request_line or payload)


def one_of(names: Collection[str]) -> str:
    """A filter's value that any of these names is."""
    return f"({' OR '.join(json.dumps(name) for name in names)})"


def _before(timestamp: str) -> str:
    """The moment from which on an entry may have come after the one of this time."""
    return (datetime.fromisoformat(timestamp) - OVERLAP).isoformat()


def _listed(client: Rest, project: str, chosen: str, order: str, most: int) -> list[Json]:
    if not most:
        return []
    body = {
        "resourceNames": [f"projects/{project}"],
        "filter": chosen,
        "orderBy": order,
        "pageSize": min(most, 1000),
    }
    entries: list[Json] = []
    try:
        while len(entries) < most:
            answer = client.ask("logging", "POST", "v2/entries:list", body)
            entries += answer.get("entries") or ()
            if not answer.get("nextPageToken"):
                break
            body["pageToken"] = answer["nextPageToken"]
    except RestError as error:
        raise UserError(f"Cloud Logging did not answer: {error}") from None
    return entries[:most]
