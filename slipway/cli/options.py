"""The options and arguments that several commands have, and how a module's commands are made."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from slipway.stack.engines import Engine
from slipway.verbs.exit_status import status_of

if TYPE_CHECKING:
    from typer._click.core import Context
    from typer._click.formatting import HelpFormatter

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack; its file is stacks/Pulumi.<stack>.yaml.")]
Chosen = Annotated[
    Engine, typer.Option("--engine", help="The engine; auto takes pulumi if it is installed, else the embedded one.")
]
AppName = Annotated[str, typer.Argument(metavar="APP", help="An app of the stack, for example time-service.")]
AnyApp = Annotated[
    str | None, typer.Argument(metavar="[APP]", help="An app of the stack; default: all of them.", show_default=False)
]
AppOrChoice = Annotated[
    str | None,
    typer.Argument(metavar="APP", help="An app of the stack; without one, they are listed.", show_default=False),
]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Settings of a command that hands further options to the engine."""


class WholeSentences(TyperGroup):
    """A group of commands whose help has each command's first sentence, uncut."""

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the section of the commands."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [(name, (command.help or "").partition("\n\n")[0]) for name, command in commands.items() if command]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl([(name, " ".join(text.split())) for name, text in rows])


def group(**options: Any) -> typer.Typer:  # noqa: ANN401 - Typer's own
    """An empty group of commands, whose help is plain text."""
    settings = {"help_option_names": ["-h", "--help"]}
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=settings,
        **{"cls": WholeSentences, **options},
    )


def guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """A user's mistake becomes one message and exit status 1; what the command returns becomes the exit status."""

    @wraps(command)
    def run(*args: object, **kwargs: object) -> None:
        raise typer.Exit(status_of(lambda: command(*args, **kwargs)))

    return run
