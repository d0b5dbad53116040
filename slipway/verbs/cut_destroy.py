"""What a `destroy` of the sandbox has left that was cut off, and an `up` stumbles over."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.errors import UserError
from slipway.stack.session import Run, act, backend_of, previous_outputs

PROJECT, APPLICATION = "gcp:organizations/project:Project", "gcp:appengine/application:Application"
SUFFIX = "random:index/randomId:RandomId"
"""The end of a project's id, which Google takes once: it goes with the project, so that the next one has another id."""
OF_PROJECT = f"slipway:gcp:GcpProject${SUFFIX}"


def settle_destroy(run: Run) -> None:
    """Compare the state with what is there, and let a project or its id go that cannot be used again.

    Raises :class:`UserError` where that does not succeed; the engine has said why.
    """
    backend = backend_of(run)
    if backend.interrupted(run.stack, "deleting"):
        print("a command was cut off while it deleted: the state is compared with what is there first", file=sys.stderr)
        _do(run, "refresh")
    if backend.interrupted(run.stack, "creating"):  # under the id that was drawn, which the engine asks for again
        return
    uses_app_engine = any(app.get("platform") == "app-engine" for app in run.settings.apps.values())
    spent = spent_project(backend.resources(run.stack), previous_outputs(run), uses_app_engine=uses_app_engine)
    if spent:
        print(
            "a destroy was cut off: Google makes a project of an id once, and App Engine's application once a project, "
            "so what is left of the project goes first, and another one is made",
            file=sys.stderr,
        )
        _do(run, "destroy", "--target", spent, "--target-dependents")


def spent_project(resources: Sequence[Mapping[str, Any]], outputs: Mapping[str, Any], *, uses_app_engine: bool) -> str:
    """The URN to delete of what a destroy has left of a project of the stack's own; "" where all can be used again.

    The id of a project that is gone is spent; so is a project with an App Engine application of which the state knows
    no more: an application is forgotten a few calls before its project is deleted. ``outputs`` still have the apps
    then, as those of an `up` that takes them away do not.
    """
    apps = (outputs.get("apps") or {}).values()
    project = next((entry for entry in resources if entry["type"] == PROJECT), None)
    if project is None:
        suffixes = [str(entry["urn"]) for entry in resources if str(entry["urn"]).split("::")[2].endswith(OF_PROJECT)]
        return next(iter(suffixes), "") if apps else ""
    had_one = uses_app_engine and any(app.get("platform") == "App Engine" for app in apps)
    if not had_one or any(entry["type"] == APPLICATION for entry in resources):
        return ""
    suffixes = [urn for urn in project.get("dependencies") or () if f"{SUFFIX}::" in urn]
    return str(next(iter(suffixes), project["urn"]))


def _do(run: Run, verb: str, *words: str) -> None:
    if act(verb, run, ["--yes", "--skip-preview", *words]):
        raise UserError(
            f"what the last command left could not be settled: `slipway destroy --stack {run.stack}` ends it"
        )
