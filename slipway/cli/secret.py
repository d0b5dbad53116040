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
    """Seal a variable of an app: its value is asked for, or read from the standard input, and is no argument."""
    return secret.set_secret(open_run(stack, engine), name, variable, secret.read_value(variable))


@app.command("list")
@guarded
def secret_list(
    name: Annotated[str | None, typer.Argument(metavar="APP", help="Whose. All, without.")] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """List the names of what is sealed, and whether the app has it yet; no value is shown."""
    return secret.list_secrets(open_run(stack, engine), name)


@app.command("rm")
@guarded
def secret_rm(name: AppName, variable: Name, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Take a sealed variable out of the stack's file."""
    return secret.remove_secret(open_run(stack, engine), name, variable)
