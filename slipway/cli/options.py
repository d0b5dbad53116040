"""The options and arguments that several commands have."""

from typing import Annotated

import typer

from slipway.stack.engines import Engine

Stack = Annotated[str, typer.Option("--stack", "-s", help="Which environment: a file stacks/Pulumi.<stack>.yaml.")]
Chosen = Annotated[
    Engine, typer.Option("--engine", help="Who runs the program; auto: pulumi where it is installed, else our own.")
]
AppName = Annotated[str, typer.Argument(metavar="APP", help="An app of the stack, for example time-service.")]
