"""The command ``new``: a small app of one's own."""

from pathlib import Path
from typing import Annotated

import typer


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make, as my-site.")],
    like: Annotated[
        str, typer.Option("--like", help="What it is like: flask, fastapi, django, function, pipeline, container.")
    ] = "flask",
) -> int:
    """Write a small app to start from, with its packages locked."""
    # Its templates and the lock are what no other command waits for.
    from slipway.verbs.new import new as write

    return write(folder, like)
