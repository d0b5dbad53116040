"""The commands about one app that is live."""

from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import AppName, Chosen, Stack, group, guarded
from slipway.stack.engines import Engine
from slipway.verbs import invoke as calling
from slipway.verbs import traffic
from slipway.verbs.address import print_address
from slipway.verbs.logs import logs as print_logs
from slipway.verbs.versions import versions as list_versions

app = group()
SANDBOX = "sandbox"
"""What `open` shows beside the apps."""


@app.command("invoke")
@guarded
def invoke(
    name: AppName,
    event: Annotated[Path, typer.Option("--event", "-e", help="A JSON file: the event that the function gets.")],
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Call a function with an event; show what it returned and what it logged."""
    return calling.invoke(stack, name, event, engine)


@app.command("trigger")
@guarded
def trigger(
    name: AppName,
    schedule: Annotated[
        str | None,
        typer.Argument(metavar="SCHEDULE|EVENT", help="Which of its schedules and events."),
    ] = None,
    stack: Stack = "sandbox",
    engine: Chosen = Engine.auto,
) -> int:
    """Do at once what one of an app's schedules does when it is due, and show what the app answered.

    Of an event, as a queue that feeds a function, a sample is sent: it reaches the app as any other does.
    """
    return calling.trigger(stack, name, schedule, engine)


@app.command("logs")
@guarded
def logs(
    name: AppName,
    stack: Stack = "sandbox",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines to start with.")] = 100,
    engine: Chosen = Engine.auto,
) -> int:
    """Show what an app has logged."""
    return print_logs(stack, name, engine, follow=follow, lines=lines)


@app.command("versions")
@guarded
def versions(name: AppName, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """List the versions of an app that are kept, newest first, and the traffic each gets."""
    return list_versions(stack, name, engine)


@app.command("rollback")
@guarded
def rollback(
    name: AppName,
    stack: Stack = "sandbox",
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="VERSION|DIGEST", help="Which version. Default: the one before the one that serves."
        ),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", "--latest", help="Remove the pin: serve the newest version again.")
    ] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Serve an earlier version of an app again: nothing is built, the requests go there, and stay there.

    The choice is written into the stack's file, so that the next `up` does not undo it.
    """
    return traffic.rollback(stack, name, to=to, forget=forget, engine=engine)


@app.command("promote")
@guarded
def promote(name: AppName, stack: Stack = "sandbox", engine: Chosen = Engine.auto) -> int:
    """Send all of an app's requests to the newest version, which has had a share of them since `up --canary`."""
    return traffic.promote(stack, name, engine)


@app.command("prune")
@guarded
def prune(
    name: AppName,
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many versions stay, the newest of them.")],
    stack: Stack = "sandbox",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Name the versions that would go, and change nothing.")
    ] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Delete old versions of an app; never one that serves, nor the one a rollback would go to."""
    return traffic.prune(stack, name, keep=keep, dry_run=dry_run, engine=engine)


@app.command("open")
@guarded
def open_(
    name: AppName,
    stack: Stack = "sandbox",
    browser: Annotated[bool, typer.Option("--browser", "-b", help="Show it in a browser as well.")] = False,
    engine: Chosen = Engine.auto,
) -> int:
    """Print the address of an app, alone on a line; with --browser, show it too.

    `slipway open sandbox` prints a link to the sandbox's own page: what is live, its logs and its last requests.
    """
    if name == SANDBOX:
        from slipway.verbs.page.open_page import open_page  # starts services: most commands only read a state

        return open_page(browser=browser)
    return print_address(stack, name, engine, browser=browser)
