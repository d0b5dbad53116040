"""What a `destroy` of the sandbox has left that was cut off, and an `up` stumbles over."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.errors import UserError
from slipway.stack.session import Run, act, backend_of, previous_outputs

PROJECT, APPLICATION = "gcp:organizations/project:Project", "gcp:appengine/application:Application"
SUFFIX = "random:index/randomId:RandomId"
"""The end of a project's id, which Google takes once: it goes with the project, so that the next one has another id."""


def settle_destroy(run: Run) -> None:
    """Compare the state with what is there, and let a project go that can have no App Engine again.

    Raises :class:`UserError` where that does not succeed; the engine has said why.
    """
    backend = backend_of(run)
    if backend.interrupted(run.stack, "deleting"):
        print("a command was cut off while it deleted: the state is compared with what is there first", file=sys.stderr)
        _do(run, "refresh")
    project = spent_project(backend.resources(run.stack), previous_outputs(run))
    if project and any(app.get("platform") == "app-engine" for app in run.settings.apps.values()):
        print(
            "a destroy was cut off after it had given App Engine's application up, which Google makes once a project: "
            "the project goes first, with what is in it, and another one is made",
            file=sys.stderr,
        )
        _do(run, "destroy", "--target", project, "--target-dependents")


def spent_project(resources: Sequence[Mapping[str, Any]], outputs: Mapping[str, Any]) -> str:
    """The URN to delete of a project of the stack's own with an application of which the state knows no more; or "".

    An application cannot be deleted, only forgotten: it goes with its project, a few calls later. ``outputs`` still
    have its apps then, as those of an `up` that takes them away do not.
    """
    had_one = any(app.get("platform") == "App Engine" for app in (outputs.get("apps") or {}).values())
    if not had_one or any(entry["type"] == APPLICATION for entry in resources):
        return ""
    project = next((entry for entry in resources if entry["type"] == PROJECT), None)
    if project is None:
        return ""
    suffixes = [urn for urn in project.get("dependencies") or () if f"{SUFFIX}::" in urn]
    return str(next(iter(suffixes), project["urn"]))


def _do(run: Run, verb: str, *words: str) -> None:
    if act(verb, run, ["--yes", "--skip-preview", *words]):
        raise UserError(
            f"what the last command left could not be settled: `slipway destroy --stack {run.stack}` ends it"
        )
