"""One app of a stack and its platform: how every verb about an app finds them, and asks for what a platform lacks."""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from slipway.errors import UserError
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment, Platform
from slipway.stack.engines import Engine
from slipway.stack.outputs import App, all_of, pick
from slipway.stack.session import Run, open_run, outputs, services_run

Verb = TypeVar("Verb")
DEFAULT = "sandbox"
"""The stack of a command that names none."""


def find_deployment(stack: str, name: str, engine: Engine = Engine.auto) -> tuple[Deployment, Platform]:
    """The app and its platform. Raises :class:`UserError`, also for a platform that has no verbs yet."""
    run = open_run(stack, engine)
    return _on_its_platform(run, pick(outputs(run), name, stack))


def all_deployments(stack: str, engine: Engine = Engine.auto) -> list[tuple[Deployment, Platform]]:
    """Every app of a stack and its platform, by name. Raises :class:`UserError` where none is deployed."""
    run = open_run(stack, engine)
    return [_on_its_platform(run, app) for app in all_of(outputs(run), stack)]


def choose(stack: str, verb: str, engine: Engine = Engine.auto, *, options: str = "") -> NoReturn:
    """Answer a command that needs an app and was given none.

    Raises :class:`UserError` with the command to type for each app of the stack.
    """
    words = options if stack == DEFAULT else f"{options} --stack {stack}"
    apps = all_of(outputs(open_run(stack, engine)), stack)
    commands = "\n".join(f"  slipway {verb} {app.name}{words}" for app in apps)
    raise UserError(f"`slipway {verb}` needs the name of an app; the stack {stack!r} has these:\n{commands}")


def _on_its_platform(run: Run, app: App) -> tuple[Deployment, Platform]:
    if app.platform not in PLATFORMS:
        raise UserError(
            f"{app.name} runs on {app.platform}, of which this command knows nothing: it knows {', '.join(PLATFORMS)}"
        )
    return Deployment(run, app), platform_of(app.platform)


def require(deployment: Deployment, verb: Verb | str) -> Verb:
    """The verb, if the platform has it and runs.

    Raises :class:`UserError` with the platform's own sentence if it has not, and where nothing of a sandbox runs.
    """
    if isinstance(verb, str):
        address = f": {deployment.app.url}" if deployment.app.url and "address" in verb else ""
        raise UserError(f"{deployment.app.name}: {verb}{address}")
    run = deployment.run
    if run.sandbox and not services_run(run):
        raise UserError(
            f"nothing runs on this machine: `slipway up --stack {run.stack}` brings back {deployment.app.name}"
        )
    return verb


def details(stack: str, name: str) -> Mapping[str, Any]:
    """The whole entry of an app in a stack's outputs. Raises :class:`UserError`."""
    run = open_run(stack, Engine.auto)
    return pick(outputs(run), name, stack).details
