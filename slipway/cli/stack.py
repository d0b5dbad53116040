"""The commands ``slipway stack …``: throw-away copies of a stack, and the removal of a stack that is down."""

from typing import Annotated

import typer

from slipway.cli.options import Chosen, group, guarded
from slipway.stack.clone import new as new_clone
from slipway.stack.engines import Engine
from slipway.stack.session import open_run
from slipway.verbs.remove import remove_stack

app = group(help="Make a throw-away copy of a stack, and remove a stack that is down.")


@app.command("new")
@guarded
def stack_new(
    name: Annotated[str, typer.Argument(metavar="demo-NAME", help="The copy's name.")],
    source: Annotated[str, typer.Option("--from", help="The stack to copy.")] = "dev",
    expires: Annotated[str, typer.Option("--expires", help="How long it lives after each `up`: 3d, 2w.")] = "3d",
    owner: Annotated[str | None, typer.Option("--owner", help="The owner; default: the original's owner.")] = None,
) -> int:
    """Write the file of a throw-away copy of a stack, which expires unless `up` extends it."""
    return new_clone(name, source, expires, owner)


@app.command("rm")
@guarded
def stack_rm(
    stack: Annotated[str, typer.Argument(metavar="STACK", help="A stack that is down.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Delete the state and history of a stack that is down, and the file of a throw-away copy."""
    return remove_stack(open_run(stack, engine), yes=yes)
