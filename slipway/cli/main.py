"""The command ``slipway``. Its commands, and the files that have them, are in :mod:`slipway.cli.groups`."""

from typing import Annotated

import typer

from slipway.cli.groups import Grouped
from slipway.cli.options import group

app = group(
    name="slipway",
    cls=Grouped,
    help="Deploy Python apps, and remove them again: `slipway add FOLDER` adds an app, `slipway up` deploys a stack.",
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # most commands need none of it

        print(f"slipway {version('slipway')}")
        raise typer.Exit


@app.callback()
def slipway(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Deploy Python apps, and remove them again: `slipway add FOLDER` adds an app, `slipway up` deploys a stack."""
