"""The commands about one app that is live."""

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import AnyApp, AppOrChoice, Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.verbs import invoke as calling
from slipway.verbs import traffic
from slipway.verbs.address import print_address, print_addresses
from slipway.verbs.deployments import choose
from slipway.verbs.logs import logs as print_logs
from slipway.verbs.versions import versions as list_versions

app = group()
SANDBOX = "sandbox"
"""What `open` shows beside the apps."""


@app.command("invoke")
@guarded
def invoke(
    name: AppOrChoice = None,
    event: Annotated[
        Path | None, typer.Option("--event", "-e", help="A JSON file: the event that the function gets.")
    ] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Call a function with an event; show its answer and its log."""
    if name is None:
        choose(stack, "invoke", engine)
    return calling.invoke(stack, name, event, engine)


@app.command("trigger")
@guarded
def trigger(
    name: AppOrChoice = None,
    schedule: Annotated[
        str | None,
        typer.Argument(metavar="SCHEDULE|EVENT", help="The schedule or event; needed if the app has several."),
    ] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Run a schedule or send a sample event of an app now, and show the answer.

    Of an event, as a queue that feeds a function, a sample is sent: it reaches the app as any other does.
    """
    if name is None:
        choose(stack, "trigger", engine)
    return calling.trigger(stack, name, schedule, engine)


@app.command("logs")
@guarded
def logs(
    name: AnyApp = None,
    stack: Stack = "sandbox",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines to show first.")] = 100,
    engine: Chosen = Engine.auto,
) -> int:
    """Show the log of an app, or of every app of a stack."""
    return print_logs(stack, name, engine, follow=follow, lines=lines)


@app.command("versions")
@guarded
def versions(name: AnyApp = None, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """List the versions of an app, or of every app, newest first, with their shares of the traffic."""
    return list_versions(stack, name, engine)


@app.command("rollback")
@guarded
def rollback(
    name: AppOrChoice = None,
    stack: Stack = "sandbox",
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="VERSION|DIGEST", help="The version to serve; default: the one before the serving version."
        ),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", "--latest", help="Remove the pin: serve the newest version again.")
    ] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Serve an earlier version of an app again, and keep it pinned; nothing is built.

    The choice is written into the stack's file, so that the next `up` does not undo it.
    """
    if name is None:
        choose(stack, "rollback", engine)
    return traffic.rollback(stack, name, to=to, forget=forget, engine=engine)


@app.command("promote")
@guarded
def promote(name: AppOrChoice = None, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Send all requests of an app to its newest version; ends `up --canary`."""
    if name is None:
        choose(stack, "promote", engine)
    return traffic.promote(stack, name, engine)


@app.command("prune")
@guarded
def prune(
    name: AppOrChoice = None,
    *,
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many of the newest versions to keep.")],
    stack: Stack = "sandbox",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the versions that would be deleted, without changing anything.")
    ] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Delete old versions of an app, except those that serve or that a rollback would serve."""
    if name is None:
        choose(stack, "prune", engine, options=f" --keep {keep}")
    return traffic.prune(stack, name, keep=keep, dry_run=dry_run, engine=engine)


@app.command("open")
@guarded
def open_(
    name: AnyApp = None,
    stack: Stack = "sandbox",
    browser: Annotated[bool, typer.Option("--browser", "-b", help="Also open it in a browser.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Print the address of an app, or of every app; with --browser, also open the one that is named.

    `slipway open sandbox` prints a link to the sandbox's own page: what is live, its logs and its last requests.
    """
    if name == SANDBOX:
        from slipway.verbs.page.open_page import open_page  # starts services: most commands only read a state

        return open_page(browser=browser)
    if name is None:
        return print_addresses(stack, engine)
    return print_address(stack, name, engine, browser=browser)
