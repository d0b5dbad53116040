"""The command ``new``: a small app to start from."""

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import group, guarded
from slipway.verbs.new import new as write_app

app = group()


@app.command()
@guarded
def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make, as my-site.")],
    like: Annotated[
        str, typer.Option("--like", help="What it is like: flask, fastapi, django, function, pipeline, container.")
    ] = "flask",
) -> int:
    """Write a small app to start from, with its packages locked."""
    return write_app(folder, like)
