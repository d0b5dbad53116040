"""The end of a failed ``up``: what is live, what is not, and the one command that goes on."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.engine.api import holders
from slipway.errors import UserError
from slipway.stack import session
from slipway.stack.session import Run

OURS = "slipway:"
"""How the types of the program's own components begin."""


def explain_failure(run: Run) -> None:
    """Print what is live, what is not, and the command that goes on."""
    if run.sandbox and session.locked(run):
        print(f"the stack is locked: {_way_past_the_lock(run)}", file=sys.stderr)
        return
    try:
        resources = session.backend_of(run).resources(run.stack)
        live, missing = sorted_apps(_expected(run), resources)
    except UserError:  # the engine has printed why; there is no state to add to it
        live, missing = [], []
    print("the `up` failed: mend what the error above names", file=sys.stderr)
    if live or missing:
        print(f"  live, anew or as before: {', '.join(live) or 'none'}", file=sys.stderr)
        print(f"  not live: {', '.join(missing) or 'none'}", file=sys.stderr)
    print(f"then go on with: slipway up --stack {run.stack}", file=sys.stderr)


def _way_past_the_lock(run: Run) -> str:
    """What to do about a lock: wait, or remove it where the command that took it was killed."""
    cancel, up = f"`slipway cancel --stack {run.stack}`", f"`slipway up --stack {run.stack}`"
    if holders(run.project.root, run.project.backend_url, run.stack):
        return f"let the other command end, or, if it was killed, {cancel}"
    return f"the command that took the lock was killed; {cancel} removes it, and {up} goes on with its work"


def _expected(run: Run) -> list[str]:
    """The apps that the ``up`` was to bring up: all but the optional ones that it was not told to bring in."""
    return [
        name
        for name, app in run.settings.apps.items()
        if name in run.with_apps or not (isinstance(app, Mapping) and app.get("optional"))
    ]


def sorted_apps(apps: Sequence[str], resources: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Which of ``apps`` are live, and which are not, as a state has them.

    An app is live if its component is complete: its outputs are written after all that is in it was made. What a cloud
    made and reported as broken (``initErrors``, as an environment whose release command failed) leaves its app out.
    """
    parents = {str(entry["urn"]): str(entry.get("parent") or "") for entry in resources}
    broken: set[str] = set()
    for entry in resources:
        urn = str(entry["urn"]) if entry.get("initErrors") else ""
        while urn and urn not in broken:
            broken.add(urn)
            urn = parents.get(urn, "")
    complete = {
        str(entry["urn"]).rpartition("::")[2]
        for entry in resources
        if str(entry["type"]).startswith(OURS)
        and not entry.get("custom")
        and entry.get("outputs")
        and entry["urn"] not in broken
    }
    return [app for app in apps if app in complete], [app for app in apps if app not in complete]
