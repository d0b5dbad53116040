"""The command ``slipway status``: a file of its own, so that it waits for no import that other verbs need."""

from typing import Annotated

import typer

from slipway.cli.options import Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.stack.session import open_run
from slipway.verbs import status as probing

app = group()


@app.command()
@guarded
def status(
    name: Annotated[str | None, typer.Argument(metavar="[APP]", help="Only this app; default: all.")] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Ask every app of a stack, or one of them, and show addresses and answers."""
    return probing.status(open_run(stack, engine), name)
