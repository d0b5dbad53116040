"""The command ``add``: an app's folder into a stack."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import Chosen, Stack, group, guarded
from slipway.errors import UserError
from slipway.stack.engines import Engine
from slipway.verbs.add import Wish
from slipway.verbs.add import add as add_app

app = group()


@app.command()
@guarded
def add(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The app's folder, anywhere on this machine.")],
    stack: Stack = "sandbox",
    platform: Annotated[
        str, typer.Option("--platform", "-p", help="The platform: app-engine, lambda, pythonanywhere, …")
    ] = "",
    name: Annotated[str, typer.Option("--name", help="The app's name in the stack; default: its folder's name.")] = "",
    up: Annotated[bool, typer.Option("--up", help="Also bring the stack up.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Accept the proposal without asking.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Recognise an app's folder, show the platforms for it, and add it to a stack.

    Reading runs nothing of the app; with --up it is imported, alone, before it goes anywhere. What its files show is
    read again each time: the stack's file gets no more than where it goes and where it lies.
    """
    wish = Wish(folder=folder, stack=stack, platform=platform, name=name, yes=yes, up=up, engine=engine)
    return add_app(wish, partial(_answer, folder))


def _answer(folder: Path, question: str, default: str) -> str:
    """What the person at the terminal types. Raises :class:`UserError` where the input ends without an answer."""
    try:
        return typer.prompt(question, default=default)
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        print()
        raise UserError(
            f"{question} There is no terminal to ask at, and nothing was written. To take what is proposed, "
            f"`slipway add {folder} --yes`; for another platform add --platform and its name"
        ) from None
