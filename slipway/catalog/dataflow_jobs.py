"""Dataflow's jobs as its API has them: their states, and how one asks for jobs, messages and counters.

The program asks it when a run is over, the commands how it is. The sandbox answers the same calls at the address that
the Google provider reads too: https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.jobs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Self

API = "https://dataflow.googleapis.com/v1b3/"
ENDPOINT = "GOOGLE_DATAFLOW_CUSTOM_ENDPOINT"
"""The variable by which Google's provider, too, is led to another address:
https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference."""
TOKEN = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105 - a variable's name
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GONE = "CONSUMER_INVALID"
"""Google's reason where a project is not there (any more): https://cloud.google.com/apis/design/errors#error_info."""
PAGE = "1000"
SECONDS = 20.0
"""For an answer."""


class State(Enum):
    """A job's state: its name in the API, whether the job is over, and whether it is over without being done."""

    UNKNOWN = ("JOB_STATE_UNKNOWN", False, False)
    STOPPED = ("JOB_STATE_STOPPED", False, False)
    PENDING = ("JOB_STATE_PENDING", False, False)
    QUEUED = ("JOB_STATE_QUEUED", False, False)
    RUNNING = ("JOB_STATE_RUNNING", False, False)
    DRAINING = ("JOB_STATE_DRAINING", False, False)
    CANCELLING = ("JOB_STATE_CANCELLING", False, False)
    CLEANING_UP = ("JOB_STATE_RESOURCE_CLEANING_UP", False, False)
    PAUSING = ("JOB_STATE_PAUSING", False, False)
    PAUSED = ("JOB_STATE_PAUSED", False, False)
    DONE = ("JOB_STATE_DONE", True, False)
    DRAINED = ("JOB_STATE_DRAINED", True, False)
    UPDATED = ("JOB_STATE_UPDATED", True, False)
    FAILED = ("JOB_STATE_FAILED", True, True)
    CANCELLED = ("JOB_STATE_CANCELLED", True, False)

    def __init__(self, api: str, over: bool, failed: bool) -> None:
        self.api, self.over, self.failed = api, over, failed

    @classmethod
    def of(cls, api: str) -> "State":
        """The state of this name; one that is newer than this table counts as not over."""
        return next((state for state in cls if state.api == api), cls.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job that Dataflow lists: those that run, and those whose end is up to 30 days ago."""

    id: str
    name: str
    state: State
    created: str = ""
    """As RFC 3339 has it."""
    ended: str = ""
    """When it came into this state, as RFC 3339 has it."""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """From the API's JSON."""
        return cls(
            id=body["id"],
            name=body["name"],
            state=State.of(body.get("currentState", "")),
            created=body.get("createTime", ""),
            ended=body.get("currentStateTime", ""),
        )

    @property
    def seconds(self) -> float | None:
        """From its creation until its end, or until now; None where Dataflow gave no times."""
        if not self.created:
            return None
        end = datetime.fromisoformat(self.ended) if self.state.over and self.ended else datetime.now(UTC)
        return (end - datetime.fromisoformat(self.created)).total_seconds()


@dataclass(frozen=True, kw_only=True)
class Message:
    """What Dataflow says of a job."""

    time: str
    text: str
    importance: str
    """``JOB_MESSAGE_ERROR``, ``JOB_MESSAGE_BASIC``, …"""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """From the API's JSON."""
        time, text, importance = (body.get(key, "") for key in ("time", "messageText", "messageImportance"))
        return cls(time=time, text=text, importance=importance)


class AskError(Exception):
    """Dataflow has not answered, or has refused to; says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A project and a region: where jobs are listed."""

    project: str
    region: str

    @property
    def path(self) -> str:
        """Below the API's address."""
        return f"projects/{self.project}/locations/{self.region}/jobs"


@dataclass(frozen=True, kw_only=True)
class Api:
    """Dataflow's API, or what answers in its place on this machine."""

    base: str = API
    token: str = ""
    """An access token; "" for the user's own credentials."""

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """As environment variables lead to it."""
        return cls(base=variables.get(ENDPOINT) or API, token=variables.get(TOKEN, ""))

    def jobs(self, place: Place, *, name: str = "") -> list[Job] | None:
        """Every job there, or those of one name, the latest first; None where there is no such project (any more).

        Raises :class:`AskError`.
        """
        try:
            rows = list(
                self._pages(place.path, "jobs", {"filter": "ALL", "pageSize": PAGE, **({"name": name} if name else {})})
            )
        except _MissingError:
            return None
        return sorted(map(Job.read, rows), key=lambda job: job.created, reverse=True)

    def messages(self, place: Place, id: str, *, since: str = "") -> list[Message]:
        """What Dataflow says of a job, oldest first, from a time on. Raises :class:`AskError`."""
        words = {"minimumImportance": "JOB_MESSAGE_BASIC", "pageSize": PAGE, **({"startTime": since} if since else {})}
        try:
            rows = list(self._pages(f"{place.path}/{id}/messages", "jobMessages", words))
        except _MissingError:
            return []
        return sorted(map(Message.read, rows), key=lambda message: message.time)

    def counters(self, place: Place, id: str) -> Sequence[Mapping[str, Any]]:
        """A job's metrics as the API has them. Raises :class:`AskError`."""
        try:
            return self._ask(f"{place.path}/{id}/metrics", {}).get("metrics", ())
        except _MissingError:
            return ()

    def _pages(self, path: str, what: str, words: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """The rows of every page. Raises :class:`_MissingError` and :class:`AskError`."""
        token = ""
        while True:
            answer = self._ask(path, {**words, **({"pageToken": token} if token else {})})
            yield from answer.get(what, ())
            token = answer.get("nextPageToken", "")
            if not token:
                return

    def _ask(self, path: str, words: Mapping[str, str]) -> Mapping[str, Any]:
        """The API's answer. Raises :class:`_MissingError` where there is no such thing, else :class:`AskError`."""
        import httpx  # few stacks have a pipeline, and the program waits for every import
        import stamina

        local = self.base.startswith("http://127.0.0.1")
        headers = {"Authorization": f"Bearer {self.token or _own_token()}"}

        @stamina.retry(on=(httpx.TransportError, _BusyError), attempts=4, timeout=3 * SECONDS)
        def ask() -> httpx.Response:
            url = f"{self.base.rstrip('/')}/{path}"
            response = httpx.get(url, params=dict(words), headers=headers, timeout=SECONDS, trust_env=not local)
            if response.status_code == 429 or response.status_code >= 500:
                raise _BusyError(f"{response.status_code} {_reason(response.text)}")
            return response

        try:
            response = ask()
        except (httpx.HTTPError, _BusyError) as error:
            raise AskError(f"Dataflow does not answer at {self.base}: {error}. Try again") from None
        if response.status_code == 404 or (response.status_code == 403 and GONE in response.text):
            raise _MissingError(path)
        if response.status_code != 200:
            raise AskError(
                f"Dataflow refuses to list jobs ({path}): {response.status_code} {_reason(response.text)}. Who runs "
                "this needs dataflow.jobs.list, .get and dataflow.messages.list (roles/dataflow.viewer)"
            )
        return response.json()


class _MissingError(Exception):
    """There is no such project or job."""


class _BusyError(Exception):
    """The answer of a service that may answer well a moment later."""


def _reason(text: str) -> str:
    """Google's own words of an answer, in one line."""
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip().partition("\n")[0][:200]


def _own_token() -> str:
    """An access token of the user's own credentials. Raises :class:`AskError`."""
    import google.auth  # takes its time, and a sandbox needs none of it
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
        credentials.refresh(Request())
    except GoogleAuthError as error:
        raise AskError(f"Dataflow cannot be asked: {error}. `gcloud auth application-default login` signs in") from None
    return credentials.token
