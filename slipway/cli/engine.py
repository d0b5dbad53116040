"""The command ``engine``: the embedded engine with the arguments of `pulumi`."""

import typer

from slipway.cli.options import PASS_ON, group
from slipway.engine.command.cli import main

app = group()


@app.command(context_settings={**PASS_ON, "help_option_names": []}, add_help_option=False)
def engine(context: typer.Context) -> None:
    """Run the embedded engine with the arguments of `pulumi`: slipway engine preview --stack sandbox --json."""
    raise typer.Exit(main(context.args))
