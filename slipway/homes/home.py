"""What a home can do for an app that is live there: a field a verb."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from slipway import lifecycle
from slipway.apps import App
from slipway.lifecycle import Run

PRUNED = "SLIPWAY_PRUNED"
"""The variable that tells the program which earlier versions to declare no more: APP/VERSION, with commas between."""


@dataclass(frozen=True)
class Place:
    """An app of a stack, where it is live."""

    run: Run
    app: App

    @property
    def aws_endpoint(self) -> str | None:
        """Where the emulator of AWS answers; None for AWS itself."""
        return lifecycle.environment(self.run)["AWS_ENDPOINT_URL"] if self.run.sandbox else None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A version that a home keeps."""

    id: str
    """What the home calls it, and what a stack's file says of it in `serve`."""
    digest: str = ""
    """Of its artifact (hex sha256), or how that begins; "" where nobody knows."""
    made: datetime | None = None
    share: float = 0.0
    """Of the requests, 0 to 1."""


Logs: TypeAlias = Callable[[Place, bool, int], Iterator[str]]
"""``logs(place, follow, lines)``: the last ``lines`` lines, then, with ``follow``, what comes until interrupted."""
Invoke: TypeAlias = Callable[[Place, bytes], int]
"""``invoke(place, event)``: call it with a JSON event, print what came back; 1 where it failed."""
Versions: TypeAlias = Callable[[Place], Sequence[Kept]]
"""``versions(place)``: what is kept, newest first."""
Rollback: TypeAlias = Callable[[Place, Kept], None]
"""``rollback(place, kept)``: refuse, by ``UserError``, a version that can serve no more; the program does the rest."""
Present: TypeAlias = Callable[[Place], Collection[str]]
"""``present(place)``: the ids of the versions that are there, asked after an emulator has ended with all it held."""
Prune: TypeAlias = Callable[[Place, Sequence[Kept]], int]
"""``prune(place, going)``: take these versions away, the state in agreement; an exit status."""
Trigger: TypeAlias = Callable[[Place, str], int]
"""``trigger(place, schedule)``: do at once what the schedule does when due, print what came back; 1 on failure."""
State: TypeAlias = Callable[[Place], Sequence[tuple[str, str]]]
"""``state(place)``: how it is, as rows of `status`: (what, in words). Asks nobody where the stack's outputs tell."""


def state(place: Place) -> Sequence[tuple[str, str]]:
    """What the outputs tell of traffic and schedules."""
    return [*traffic(place), *schedules(place)]


def schedules(place: Place) -> Sequence[tuple[str, str]]:
    """When an app does what by itself."""
    due = place.app.details.get("schedules") or {}
    return [("schedule", f"{name}: {one['when']} → {one['does']}") for name, one in due.items()]


def traffic(place: Place) -> Sequence[tuple[str, str]]:
    """The shares of the versions where there are several, and that one is pinned: what the outputs say of it."""
    shares = place.app.details.get("traffic") or {}
    said = [("traffic", ", ".join(f"{percent:g} % to {id}" for id, percent in shares.items()))] * (len(shares) > 1)
    if (serve := place.app.details.get("serve")) and "canary" not in place.app.details:
        said.append(("pinned", f"to {serve}: `slipway rollback {place.app.name} --forget` serves the newest again"))
    return said


def always_well(_place: Place) -> bool:
    """Of a home whose apps answer at an address, or not."""
    return True


def still_there(_place: Place, _kept: Kept) -> None:
    """The check of a home that serves whatever version it lists."""


@dataclass(frozen=True, kw_only=True)
class Home:
    """Each verb is a function, or the sentence a user gets who asks for what the home has not.

    A sentence begins with the home's name and says what to do instead: ``PythonAnywhere keeps no earlier versions: …``.
    """

    name: str
    """As a stack's output ``apps`` says it."""
    logs: Logs | str
    versions: Versions | str
    rollback: Rollback | str
    canary: Literal[True] | str
    """Whether the newest version may get a share of the requests, by the app's settings ``serve`` and ``canary``."""
    prune: Prune | str
    invoke: Invoke | str
    trigger: Trigger | str
    state: State = state
    well: Callable[[Place], bool] = always_well
    """Whether an app without an address is as it should be."""
    present: Present | None = None
    """Which versions the sandbox has; None for a home that keeps none there."""
