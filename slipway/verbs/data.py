"""An app's own data: ``slipway data pull`` brings a copy to this machine, ``push`` writes one over what is there."""

import sys
from collections.abc import Callable
from pathlib import Path

from slipway.errors import UserError
from slipway.platforms.platform import Deployment
from slipway.stack.engines import Engine
from slipway.verbs.deployments import find_deployment, require


def pull(stack: str, name: str, folder: Path | None, engine: Engine) -> int:
    """Copy the app's data into a new folder; the exit status. Raises :class:`UserError`."""
    deployment, platform = find_deployment(stack, name, engine)
    copy = require(deployment, platform.data).pull
    _need_data(deployment)
    folder = folder or Path(f"{name}-data")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is there already and not empty: name another folder, which is made")
    number = copy(deployment, folder)
    print(f"copied {_files(number)} of {name} to {folder}: `slipway data push {name} {folder}` writes them back")
    return 0


def push(stack: str, name: str, folder: Path, engine: Engine, *, yes: bool, ask: Callable[[str], bool]) -> int:
    """Write a folder, as ``pull`` has made it, over the app's data; the exit status. Raises :class:`UserError`."""
    deployment, platform = find_deployment(stack, name, engine)
    write = require(deployment, platform.data).push
    paths = _need_data(deployment)
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: `slipway data pull {name}` makes one")
    if not any(folder.rglob("*")):
        raise UserError(f"{folder} is empty: there is nothing to write")
    question = f"Write {folder} over {', '.join(paths)} of {name}, which serves in the stack {stack!r}?"
    if not yes and not sys.stdin.isatty():
        raise UserError(f"{name} is live, and its data would be written over: say --yes")
    if not yes and not ask(question):
        raise UserError("nothing was written")
    number = write(deployment, folder)
    if not number:
        raise UserError(f"{folder} has no file below {', '.join(paths)}: nothing was written")
    print(f"wrote {_files(number)} from {folder} to {name}")
    return 0


def _need_data(deployment: Deployment) -> list[str]:
    paths = [*(deployment.app.details.get("data") or ())]
    if not paths:
        raise UserError(
            f"{deployment.app.name} declares no data: say in the stack's file what it writes itself, as data: [uploads]"
        )
    return paths


def _files(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"
