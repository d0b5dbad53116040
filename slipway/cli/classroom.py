"""The command ``classroom``: copies of a stack for a class."""

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import Chosen, group, guarded
from slipway.errors import UserError
from slipway.stack.engines import Engine
from slipway.verbs import classroom as verbs

app = group()


@app.command()
@guarded
def classroom(
    names: Annotated[Path, typer.Argument(metavar="NAMES", help="A text file with one student's name on each line.")],
    source: Annotated[str, typer.Option("--from", help="The stack to copy.")] = "dev",
    expires: Annotated[str, typer.Option("--expires", help="How long a copy lives after each `up`: 3d, 2w.")] = "3d",
    budget: Annotated[
        int | None,
        typer.Option("--budget", min=1, help="The budget of each new copy a month, in the original's currency."),
    ] = None,
    up: Annotated[bool, typer.Option("--up", help="Bring every copy up, one after another.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Destroy every copy.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Make a throw-away copy of a stack for each student of a list, and show their addresses."""
    if up and down:
        raise UserError("--up and --down: choose one of them")
    return verbs.classroom(
        names,
        source=source,
        expires=expires,
        budget=budget,
        engine=engine,
        action="up" if up else "down" if down else "",
    )
