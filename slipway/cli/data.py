"""The commands ``slipway data …``: what an app has written itself."""

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import AppName, AppOrChoice, Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.verbs import data
from slipway.verbs.deployments import choose

app = group(help="Copy the data of an app to this machine, and back.")


@app.command("pull")
@guarded
def data_pull(
    name: AppOrChoice = None,
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="The new folder; default: APP-data.")] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Copy the data of an app (its setting `data`) into a new folder."""
    if name is None:
        choose(stack, "data pull", engine)
    return data.pull(stack, name, folder, engine)


@app.command("push")
@guarded
def data_push(
    name: AppName,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder made by `data pull`.")],
    stack: Stack = "sandbox",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Write a folder over the data of a live app; other files stay."""
    return data.push(stack, name, folder, engine, yes=yes, ask=typer.confirm)
