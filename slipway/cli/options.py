"""The options and arguments that several commands have, and how a module's commands are made."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from slipway.stack.engines import Engine
from slipway.verbs.exit_status import status_of

Stack = Annotated[str, typer.Option("--stack", "-s", help="Which environment: a file stacks/Pulumi.<stack>.yaml.")]
Chosen = Annotated[
    Engine, typer.Option("--engine", help="Who runs the program; auto: pulumi where it is installed, else our own.")
]
AppName = Annotated[str, typer.Argument(metavar="APP", help="An app of the stack, for example time-service.")]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Settings of a command that hands further options to the engine."""


def group(**options: Any) -> typer.Typer:  # noqa: ANN401 - Typer's own
    """An empty group of commands, whose help is plain text."""
    settings = {"help_option_names": ["-h", "--help"]}
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=settings,
        **options,
    )


def guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """A user's mistake becomes one message and exit status 1; what the command returns becomes the exit status."""

    @wraps(command)
    def run(*args: object, **kwargs: object) -> None:
        raise typer.Exit(status_of(lambda: command(*args, **kwargs)))

    return run
