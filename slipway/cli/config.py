"""The commands ``slipway config …``: the settings of the stacks."""

from typing import Annotated

import typer

from slipway.cli.options import Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.stack.session import open_run
from slipway.verbs.explain import explain
from slipway.verbs.settings import set_setting

app = group(help="Explain and change the settings of the stacks.")


@app.command("set")
@guarded
def config_set(
    key: Annotated[str, typer.Argument(help="The setting: slipway:owner, slipway:apps.NAME.memory.")],
    value: Annotated[str | None, typer.Argument(help="Its value; default: read from the standard input.")] = None,
    secret: Annotated[bool, typer.Option("--secret", help="Seal the value.")] = False,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Write a setting into a stack's file; `slipway config explain` lists the settings."""
    return set_setting(open_run(stack, engine), key, value, secret=secret)


@app.command("explain")
@guarded
def config_explain(
    key: Annotated[
        str | None, typer.Argument(help="A setting or its beginning, for example gcp.project; default: all.")
    ] = None,
) -> int:
    """Explain each setting: its meaning, unit and default, and the environments that may change it."""
    return explain(key)
