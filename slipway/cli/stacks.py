"""The commands that act on a whole stack."""

from typing import Annotated

import typer

from slipway.cli.options import PASS_ON, Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.stack.session import open_run
from slipway.verbs import destroy as destroying
from slipway.verbs import preview as previewing
from slipway.verbs import reap as reaping
from slipway.verbs import refresh as refreshing
from slipway.verbs import traffic
from slipway.verbs import watch as watching
from slipway.verbs.up import up as bring_up

app = group()
With = Annotated[
    list[str] | None, typer.Option("--with", metavar="APP", help="Also deploy an optional app of the stack.")
]
Without = Annotated[list[str] | None, typer.Option("--without", metavar="APP", help="Remove an optional app again.")]


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
            help="Send only this share of each app's requests to its new version; `slipway promote APP` sends all.",
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="With --canary: also deploy apps of platforms that cannot share requests.")
    ] = False,
) -> int:
    """Deploy a stack: create and update its resources, then ask every address.

    A terminal shows apps; --verbose shows every resource, as a pipe gets them. Further options go to the engine as they
    are: --refresh, --target URN, --parallel N, --diff …
    """
    run = open_run(stack, engine, context.args, with_ or (), without or ())
    return bring_up(run) if canary is None else traffic.up_with_canaries(run, canary, whole=all_)


@app.command(context_settings=PASS_ON)
@guarded
def watch(
    context: typer.Context,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
    with_: With = None,
    without: Without = None,
) -> int:
    """Run `up` for a stack of the sandbox, and again whenever you save a file of its apps or its program.

    Until Ctrl-C; what is up stays up. Further options go to the engine as they are, as those of `up` do.
    """
    return watching.watch(open_run(stack, engine, context.args, with_ or (), without or ()))


@app.command(context_settings=PASS_ON)
@guarded
def preview(
    context: typer.Context,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
    with_: With = None,
    without: Without = None,
) -> int:
    """Show what `up` would change, without changing anything.

    On a terminal by app; --verbose shows every resource and property, as a pipe gets them. Further options go to the
    engine as they are: --diff, --json, --expect-no-changes …
    """
    return previewing.preview(open_run(stack, engine, context.args, with_ or (), without or ()))


@app.command(context_settings=PASS_ON)
@guarded
def refresh(context: typer.Context, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Compare a stack's state with the clouds, and correct the state."""
    return refreshing.refresh(open_run(stack, engine, context.args))


@app.command(context_settings=PASS_ON)
@guarded
def destroy(
    context: typer.Context,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The stack's name, needed for kept stacks and protected resources.")
    ] = None,
) -> int:
    """Destroy a stack: show the destroy plan first, and check afterwards that nothing is left.

    Further options go to the engine as they are: --yes, --target URN …
    """
    return destroying.destroy(open_run(stack, engine, context.args), confirm)


@app.command(context_settings=PASS_ON)
@guarded
def cancel(context: typer.Context, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Remove the lock of a killed command from a stack; the next `up` continues its work.

    A lock whose process may still run is left alone, but for --yes.
    """
    return refreshing.cancel(open_run(stack, engine, context.args))


@app.command()
@guarded
def reap(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the stacks that would be destroyed, without changing anything.")
    ] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Destroy every expired ephemeral stack, in the sandbox and in Pulumi's backend."""
    return reaping.reap(engine, dry_run=dry_run)
