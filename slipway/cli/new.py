"""The command ``new``: a small app to start from, or a project."""

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import group, guarded
from slipway.errors import UserError
from slipway.verbs.new import new as write_app
from slipway.verbs.new_project import new_project as write_project

app = group()


@app.command()
@guarded
def new(
    folder: Annotated[Path, typer.Argument(metavar="[project] FOLDER", help="The folder to make, as my-site.")],
    of_project: Annotated[Path | None, typer.Argument(hidden=True)] = None,
    like: Annotated[
        str, typer.Option("--like", help="What it is like: flask, fastapi, django, function, pipeline, container.")
    ] = "flask",
) -> int:
    """Write a small app to start with, with locked packages.

    `slipway new project FOLDER` writes a project of one's own around the installed Slipway: program, settings of a
    sandbox, one app, a workflow, and a pin of Slipway.
    """
    if of_project is not None:
        if str(folder) != "project":
            raise UserError(
                f"two folders, {folder} and {of_project}: `slipway new project {of_project}` makes a project"
            )
        return write_project(of_project)
    return write_app(folder, like)
