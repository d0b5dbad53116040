"""What a platform can do for an app that is live there: a field a verb."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from slipway.stack import session
from slipway.stack.outputs import App
from slipway.stack.session import Run
from slipway.wire.outputs import AppOutput, EventOutput, EventsOutput, VersionedOutput

if TYPE_CHECKING:
    from slipway.sandbox.aws.clients import Endpoint


@dataclass(frozen=True)
class Deployment:
    """An app of a stack, where it is live."""

    run: Run
    app: App

    @property
    def aws_endpoint(self) -> "Endpoint | None":
        """Where the emulator of AWS answers, and its keys; None for AWS itself."""
        from slipway.sandbox.aws.clients import (
            Endpoint,  # the provider's protocol, which few verbs need, takes its time
        )

        return Endpoint.of(session.sandbox_environment(self.run)) if self.run.sandbox else None


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version that a platform keeps."""

    id: str
    """What the platform calls it, and what a stack's file says of it in `serve`."""
    digest: str = ""
    """Of its artifact (hex sha256), or how that begins; "" where it is unknown."""
    made: datetime | None = None
    share: float = 0.0
    """Of the requests, 0 to 1."""
    unreleased: bool = False
    """Whether its release command has not succeeded: it never served, and no way back leads to it."""


Logs: TypeAlias = Callable[[Deployment, bool, int], Iterator[str]]
"""``logs(deployment, follow, lines)``: the last ``lines`` lines, then, with ``follow``, new ones until interrupted."""
Invoke: TypeAlias = Callable[[Deployment, bytes], int]
"""``invoke(deployment, event)``: call it with a JSON event, print what came back; 1 where it failed."""
Versions: TypeAlias = Callable[[Deployment], Sequence[Version]]
"""``versions(deployment)``: what is kept, newest first."""
Rollback: TypeAlias = Callable[[Deployment, Version], None]
"""``rollback(deployment, version)``: refuse by ``UserError`` a version that cannot serve; the program does the rest."""
Present: TypeAlias = Callable[[Deployment], Collection[str]]
"""``present(deployment)``: the ids of the versions that are there, asked after an emulator has lost its world."""
Prune: TypeAlias = Callable[[Deployment, Sequence[Version]], int]
"""``prune(deployment, going)``: take these versions away, the state in agreement; an exit status."""
Tidy: TypeAlias = Callable[[Deployment], Sequence[str]]
"""``tidy(deployment)``: remove what belongs to versions that are kept no more; what went."""
Trigger: TypeAlias = Callable[[Deployment, str], int]
"""``trigger(deployment, schedule)``: do at once what the schedule does when due, print what came back; 1 on failure."""
Pull: TypeAlias = Callable[[Deployment, Path], int]
"""``pull(deployment, folder)``: write the app's data below an empty folder; how many files. Raises ``UserError``."""
Push: TypeAlias = Callable[[Deployment, Path], int]
"""``push(deployment, folder)``: write what is below a folder over the app's data; how many files."""


@dataclass(frozen=True, kw_only=True)
class Data:
    """How the files that an app writes itself are copied."""

    pull: Pull
    push: Push


NO_FILES = "{} keeps no files of an app: what it writes is in its bucket or its database"
"""The sentence of a platform that forgets what an app writes."""
State: TypeAlias = Callable[[Deployment], Sequence[tuple[str, str]]]
"""``state(deployment)``: rows of `status`, (subject, text); no cloud is asked where the stack's outputs have it."""


RESTARTS = 3
"""Restarts from which on an app counts as one that ends again and again, as Prometheus' rule does."""
DATABASES: Mapping[str, str] = {"postgres": "PostgreSQL of its own"}
"""The kinds of databases in words."""


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """What the outputs tell of traffic and schedules."""
    return [*traffic(deployment), *schedules(deployment)]


def needs(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """What the app has beside its code."""
    details, name = deployment.app.details, deployment.app.name
    secrets, data = details.get("secrets"), details.get("data")
    bucket = details.get("app_bucket", "")
    variable = f"{bucket.upper().replace('-', '_')}_BUCKET"
    events: Mapping[str, EventOutput] = cast("EventsOutput", details).get("events") or {}
    return [
        *(
            ("event", f"{event}: {one['when']}: `slipway trigger {name} {event}` sends one")
            for event, one in events.items()
        ),
        *_domain(deployment),
        *([("bucket", f"{bucket}, private: its name is in {variable}")] if bucket else []),
        *(
            [("database", f"{DATABASES[details['database']]}: its address is in DATABASE_URL")]
            if "database" in details
            else []
        ),
        *(("grant", f"{name}: {words}") for name, words in (details.get("grants") or {}).items()),
        *([("release", f"`{details['release']}`, once for each version")] if "release" in details else []),
        *([("secrets", f"{', '.join(secrets['names'])}: {secrets['delivery']}")] if secrets else []),
        *([("data", f"{', '.join(data)}: `slipway data pull {name}` brings a copy")] if data else []),
    ]


def _domain(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """A domain, and the records that its owner sets; in the sandbox no name server is asked, but the gateway."""
    domain = cast("AppOutput", deployment.app.details).get("domain")
    if domain is None:
        return []
    name = domain["name"]
    if deployment.run.sandbox:
        port = urlsplit(deployment.app.url).port
        return [("domain", f"{name}: `curl --resolve {name}:{port}:127.0.0.1 http://{name}:{port}/`")]
    return [
        ("domain", f"https://{name}, once its records are set at its name server"),
        *(("record", f"{record['name']} {record['type']} {record['value']}") for record in domain["records"]),
    ]


def schedules(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """When an app does what by itself."""
    due = deployment.app.details.get("schedules") or {}
    return [("schedule", f"{name}: {one['when']} → {one['does']}") for name, one in due.items()]


def schedule_resource(deployment: Deployment, schedule: str) -> str:
    """A schedule's name in its cloud."""
    return (deployment.app.details.get("schedules") or {})[schedule]["resource"]


def traffic(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """The shares of the versions where there are several, and that one is pinned: what the outputs say of it."""
    output = cast("VersionedOutput", deployment.app.details)
    shares = output.get("traffic") or {}
    rows = [("traffic", ", ".join(f"{percent:g} % to {id}" for id, percent in shares.items()))] * (len(shares) > 1)
    if (serve := output.get("serve")) and "canary" not in output:
        rows.append(
            ("pinned", f"to {serve}: `slipway rollback {deployment.app.name} --forget` serves the newest again")
        )
    return rows


def always_well(_deployment: Deployment) -> bool:
    """Of a platform whose apps answer at an address, or not."""
    return True


def no_troubles(_deployment: Deployment) -> Sequence[tuple[str, str]]:
    """Of a platform that counts neither restarts nor processes that the kernel ended for their memory."""
    return ()


def troubles(*, memory_kills: int, restarts: int = 0) -> Sequence[tuple[str, str]]:
    """What an app that answers has met since it was started, by the names of the alerts that Prometheus would raise."""
    kills = f"{memory_kills} {'process' if memory_kills == 1 else 'processes'}"
    return [
        *([("AppKilledForMemory", f"the kernel has ended {kills}, which used all of its memory")] * (memory_kills > 0)),
        *([("AppRestarts", f"it was started again {restarts} times")] * (restarts >= RESTARTS)),
    ]


def always_tidy(_deployment: Deployment) -> Sequence[str]:
    """Of a platform whose versions the engine removes with all that is theirs."""
    return ()


def still_there(_deployment: Deployment, _version: Version) -> None:
    """The check of a platform that serves whatever version it lists."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The verbs of a platform: each is a function, or the sentence that explains why the platform has no such verb.

    A sentence begins with the platform's name and ends with what to do instead: ``PythonAnywhere keeps no earlier
    versions: …``.
    """

    name: str
    """As a stack's output ``apps`` says it."""
    logs: Logs | str
    versions: Versions | str
    rollback: Rollback | str
    canary: Literal[True] | str
    """Whether the newest version may get a share of the requests, by the app's settings ``serve`` and ``canary``."""
    prune: Prune | Literal[True] | str
    """True where the versions are declared: what the program declares no more, the engine deletes."""
    invoke: Invoke | str
    trigger: Trigger | str
    data: Data | str
    state: State = state
    well: Callable[[Deployment], bool] = always_well
    """Whether an app without an address is as it should be."""
    troubles: Callable[[Deployment], Sequence[tuple[str, str]]] = no_troubles
    """What is wrong with an app that goes on, by the name of an alert; `status` counts it as one."""
    tidy: Tidy = always_tidy
    """What an `up` in the sandbox leaves to be removed."""
    present: Present | None = None
    """Which versions the sandbox has; None for a platform that keeps none there."""
