"""The commands ``slipway secret …``: an app's sealed variables."""

from typing import Annotated

import typer

from slipway.cli.options import AppName, Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.stack.session import open_run
from slipway.verbs import secret

app = group(help="Seal variables of an app in the stack's file, list their names, and remove them.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The environment variable, as API_KEY.")]


@app.command("set")
@guarded
def secret_set(name: AppName, variable: Name, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Seal a variable of an app; asks for the value, or reads it from the standard input."""
    return secret.set_secret(open_run(stack, engine), name, variable, secret.read_value(variable))


@app.command("list")
@guarded
def secret_list(
    name: Annotated[str | None, typer.Argument(metavar="APP", help="Only this app; default: all.")] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """List the names of sealed variables, and whether the app has them yet; never shows a value."""
    return secret.list_secrets(open_run(stack, engine), name)


@app.command("rm")
@guarded
def secret_rm(name: AppName, variable: Name, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Remove a sealed variable from the stack's file."""
    return secret.remove_secret(open_run(stack, engine), name, variable)
