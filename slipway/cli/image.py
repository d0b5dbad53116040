"""The command ``slipway image``."""

from typing import Annotated

import typer

from slipway.cli.options import AppName, Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.stack.session import open_run
from slipway.verbs import image as building

app = group()


@app.command("image")
@guarded
def image(
    name: AppName,
    stack: Stack = "sandbox",
    bring_up: Annotated[bool, typer.Option("--up", help="Also bring the stack up with it.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Build and push the image of a pipeline, and write its digest into the stack's file."""
    return building.image(open_run(stack, engine), name, bring_up=bring_up)
