"""The command ``slipway``: its commands, their options and help. The work is done in ``slipway.verbs``.

Each command imports its verb when it runs: `slipway --help` loads none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.add import add
from slipway.cli.apps import COMMANDS
from slipway.cli.bundle import commands
from slipway.cli.new import new
from slipway.cli.options import Chosen, Stack
from slipway.cli.review import report, review
from slipway.cli.sandbox import COMMANDS as LOCAL
from slipway.stack.engines import Engine
from slipway.verbs.exit_status import status_of

if TYPE_CHECKING:
    from slipway.stack.session import Run

app = typer.Typer(
    name="slipway",
    help="Take the small Python apps of app_src/ live, and down again. Start with: slipway up --stack sandbox",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
sandbox = typer.Typer(
    help="The local clouds themselves: what runs, how to reach it, how to stop it.", no_args_is_help=True
)
app.add_typer(sandbox, name="sandbox")
config = typer.Typer(help="The settings of the stacks.", no_args_is_help=True)
app.add_typer(config, name="config")
stacks = typer.Typer(help="Stacks themselves: throw-away copies of them.", no_args_is_help=True)
app.add_typer(stacks, name="stack")

With = Annotated[
    list[str] | None, typer.Option("--with", metavar="APP", help="Bring in an app that the stack marks as optional.")
]
Without = Annotated[list[str] | None, typer.Option("--without", metavar="APP", help="Take an optional app out again.")]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """A user's mistake becomes one message and exit status 1; what the command returns becomes the exit status."""

    @wraps(command)
    def run(*args: object, **kwargs: object) -> None:
        raise typer.Exit(status_of(lambda: command(*args, **kwargs)))

    return run


def open_run(
    stack: str,
    engine: Engine,
    words: Sequence[str] = (),
    with_apps: Sequence[str] | None = None,
    without_apps: Sequence[str] | None = None,
) -> "Run":
    """The run that a command line describes, checked. Raises ``UserError``."""
    from slipway.stack import session

    return session.open_run(stack, engine, words, with_apps or (), without_apps or ())


@app.command(context_settings=PASS_ON)
@guarded
def up(
    context: typer.Context,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
    with_: With = None,
    without: Without = None,
    canary: Annotated[
        int | None,
        typer.Option(
            "--canary",
            min=1,
            max=99,
            metavar="PERCENT",
            help="Send only so many of an app's requests to what this makes new; `slipway promote APP` sends all.",
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="With --canary: also deploy apps of platforms that cannot share requests.")
    ] = False,
) -> int:
    """Bring a stack up: create and update what the program declares, then probe every address.

    Further options go to the engine as they are: --refresh, --target URN, --parallel N, --diff …
    """
    from slipway.verbs import traffic, up

    run = open_run(stack, engine, context.args, with_, without)
    return up.up(run) if canary is None else traffic.up_with_canaries(run, canary, whole=all_)


@app.command(context_settings=PASS_ON)
@guarded
def watch(
    context: typer.Context,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
    with_: With = None,
    without: Without = None,
) -> int:
    """Bring a stack of the sandbox up, and again whenever a file of its apps or of the program is saved.

    Until Ctrl-C; what is up stays up. Further options go to the engine as they are, as those of `up` do.
    """
    from slipway.verbs import watch

    return watch.watch(open_run(stack, engine, context.args, with_, without))


@app.command(context_settings=PASS_ON)
@guarded
def preview(
    context: typer.Context,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
    with_: With = None,
    without: Without = None,
) -> int:
    """Say what an `up` would change, property by property, and change nothing.

    Further options go to the engine as they are: --diff, --json, --expect-no-changes …
    """
    from slipway.verbs import preview

    return preview.preview(open_run(stack, engine, context.args, with_, without))


@app.command(context_settings=PASS_ON)
@guarded
def refresh(context: typer.Context, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Ask the clouds what is really there and correct the stack's state."""
    from slipway.verbs import refresh

    return refresh.refresh(open_run(stack, engine, context.args))


@app.command(context_settings=PASS_ON)
@guarded
def destroy(
    context: typer.Context,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The stack's name: what is kept or protected asks for it.")
    ] = None,
) -> int:
    """Show what will go, what blocks and what lingers; destroy the stack; look for what is left.

    Further options go to the engine as they are: --yes, --target URN …
    """
    from slipway.verbs import destroy

    return destroy.destroy(open_run(stack, engine, context.args), confirm)


@app.command(context_settings=PASS_ON)
@guarded
def cancel(context: typer.Context, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Remove the lock that a killed command has left on a stack; the next `up` goes on from where it was.

    A lock whose process may still run is left alone, but for --yes.
    """
    from slipway.verbs import refresh

    return refresh.cancel(open_run(stack, engine, context.args))


@app.command()
@guarded
def reap(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be destroyed, and change nothing.")
    ] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Destroy every ephemeral stack that is past its end, in the sandbox and in Pulumi's backend."""
    from slipway.verbs import reap

    return reap.reap(engine, dry_run=dry_run)


@app.command(context_settings=PASS_ON)
@guarded
def bootstrap(context: typer.Context) -> int:
    """What pipelines stand on, made once: slipway bootstrap preview, slipway bootstrap up.

    The words go to `pulumi` as they are, in the folder bootstrap/.
    """
    from slipway.verbs import bootstrap

    return bootstrap.bootstrap(context.args)


@app.command()
@guarded
def status(
    name: Annotated[str | None, typer.Argument(metavar="[APP]", help="One app; all of them, without.")] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Probe every app of a stack, or one, and show where it answers and how it is."""
    from slipway.verbs import status

    return status.status(open_run(stack, engine), name)


def _deployed(stack: str, name: str) -> Mapping[str, Any]:
    from slipway.verbs.deployments import details

    return details(stack, name)


for _command in (add, new, *commands(_deployed), review, report):
    app.command()(guarded(_command))
for _name, _command in COMMANDS.items():
    app.command(_name)(guarded(_command))
for _name, _command in LOCAL.items():
    sandbox.command(_name)(guarded(_command))


@app.command(context_settings={**PASS_ON, "help_option_names": []}, add_help_option=False)
def engine(context: typer.Context) -> None:
    """The embedded engine, with the arguments of `pulumi`: slipway engine preview --stack sandbox --json."""
    from slipway.engine.command.cli import main

    raise typer.Exit(main(context.args))


@app.command()
@guarded
def doctor() -> int:
    """Show what this machine has, what each thing is for, and what to do where it lacks."""
    from slipway.verbs import doctor

    return doctor.doctor()


@stacks.command("new")
@guarded
def stack_new(
    name: Annotated[str, typer.Argument(metavar="demo-NAME", help="What the copy is called.")],
    source: Annotated[str, typer.Option("--from", help="The stack it is a copy of.")] = "dev",
    expires: Annotated[str, typer.Option("--expires", help="How long it lives after each up: 3d, 2w.")] = "3d",
    owner: Annotated[str | None, typer.Option("--owner", help="Who answers for it. Default: as the source.")] = None,
) -> int:
    """Make the file of a throw-away copy of a stack; `slipway reap` destroys it unless an `up` prolongs it."""
    from slipway.stack import clone

    return clone.new(name, source, expires, owner)


@config.command("explain")
@guarded
def config_explain(
    key: Annotated[str | None, typer.Argument(help="A setting, or what begins it: gcp.project. All, without.")] = None,
) -> int:
    """Say what each setting is, its unit, its default, and which environments may change it."""
    from slipway.verbs import explain

    return explain.explain(key)
