"""The commands ``slipway data …``: what an app has written itself."""

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import AppName, Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.verbs import data

app = group(help="Copy what an app has written itself to this machine, and back.")


@app.command("pull")
@guarded
def data_pull(
    name: AppName,
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Where to. Default: APP-data.")] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Copy the data of an app, as its settings name it, into a folder that is made."""
    return data.pull(stack, name, folder, engine)


@app.command("push")
@guarded
def data_push(
    name: AppName,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that `data pull` has made.")],
    stack: Stack = "sandbox",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Write a folder over the data of an app that is live; files that the folder does not have stay."""
    return data.push(stack, name, folder, engine, yes=yes, ask=typer.confirm)
