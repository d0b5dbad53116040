"""The command line of ``slipway``: its commands in groups, each with the file that has it, loaded when it is typed.

`slipway --help` loads none of them (https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands).
"""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer.main
from typer.core import TyperGroup

from slipway.errors import nearest

if TYPE_CHECKING:
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter


@dataclass(frozen=True)
class Entry:
    """A command as the help lists it."""

    module: str
    """The file of `slipway/cli` whose ``app`` has it, or is it."""
    help: str
    """The first sentence of its own help."""


GROUPS = {
    "Start": {
        "new": Entry("new", "Write a small app to start from, with its packages locked."),
        "add": Entry("add", "Say what a folder is and where it can go, and add it to a stack."),
        "up": Entry(
            "stacks", "Bring a stack up: create and update what the program declares, then probe every address."
        ),
        "watch": Entry(
            "stacks",
            "Bring a stack of the sandbox up, and again whenever a file of its apps or of the program is saved.",
        ),
        "status": Entry("stacks", "Probe every app of a stack, or one, and show where it answers and how it is."),
        "open": Entry("apps", "Print the address of an app, alone on a line; with --browser, show it too."),
    },
    "Change": {
        "preview": Entry("stacks", "Say what an `up` would change, and change nothing."),
        "bundle": Entry("bundle", "Make an app's artifact and say where it is."),
        "image": Entry(
            "image",
            "Build the image that launches a pipeline and runs on its workers, push it, and note its digest.",
        ),
        "lock": Entry("bundle", "Pin what an app depends on, with hashes."),
        "test": Entry("test", "Run an app's own tests with the app's packages alone; further words are pytest's."),
        "config": Entry("config", "Explain and change the settings of the stacks."),
        "secret": Entry("secret", "Seal variables of an app in the stack's file, list their names, and remove them."),
        "review": Entry(
            "review", "Say what a change does to every environment: no credentials, no cloud, no Pulumi command."
        ),
        "report": Entry(
            "review",
            "Say what the Pulumi command plans for a real stack, as `review` says it; or show a review's JSON again.",
        ),
    },
    "Look": {
        "logs": Entry("apps", "Show what an app has logged."),
        "versions": Entry(
            "apps", "List the versions of an app that are kept, newest first, and the traffic each gets."
        ),
        "invoke": Entry("apps", "Call a function with an event; show what it returned and what it logged."),
        "data": Entry("data", "Copy what an app has written itself to this machine, and back."),
        "trigger": Entry(
            "apps", "Do at once what one of an app's schedules does when it is due, and show what the app answered."
        ),
    },
    "Go back": {
        "rollback": Entry(
            "apps",
            "Serve an earlier version of an app again: nothing is built, the requests go there, and stay there.",
        ),
        "promote": Entry(
            "apps",
            "Send all of an app's requests to the newest version, which has had a share of them since `up --canary`.",
        ),
        "prune": Entry(
            "apps", "Delete old versions of an app; never one that serves, nor the one a rollback would go to."
        ),
        "refresh": Entry("stacks", "Ask the clouds what is really there and correct the stack's state."),
        "cancel": Entry(
            "stacks",
            "Remove the lock that a killed command has left on a stack; the next `up` goes on from where it was.",
        ),
    },
    "Take down": {
        "destroy": Entry(
            "stacks", "Show what will go, what blocks and what lingers; destroy the stack; look for what is left."
        ),
        "reap": Entry(
            "stacks", "Destroy every ephemeral stack that is past its end, in the sandbox and in Pulumi's backend."
        ),
        "classroom": Entry(
            "classroom",
            "Make a throw-away copy of a stack for each student of a list, and show where each answers.",
        ),
        "stack": Entry("stack", "Make a throw-away copy of a stack, and remove a stack that is down."),
    },
    "This machine and project": {
        "sandbox": Entry("sandbox", "Show, reach and stop the local clouds themselves."),
        "doctor": Entry(
            "project", "Show what this machine has, what each thing is for, and what to do where it lacks."
        ),
        "bootstrap": Entry(
            "project", "What pipelines stand on, made once: slipway bootstrap preview, slipway bootstrap up."
        ),
        "engine": Entry(
            "engine",
            "The embedded engine, with the arguments of `pulumi`: slipway engine preview --stack sandbox --json.",
        ),
    },
}
"""Title -> commands, in the order in which a person needs them."""
ENTRIES = {name: entry for commands in GROUPS.values() for name, entry in commands.items()}


class Grouped(TyperGroup):
    """The top of the command line: knows every command by its entry, and loads the one that is asked for."""

    def list_commands(self, ctx: "Context") -> list[str]:
        """The names, in the order of the help."""
        return list(ENTRIES)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        """Load a command; None where there is none of the name."""
        if cmd_name not in self.commands and cmd_name in ENTRIES:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: "Context", args: list[str]) -> "tuple[str | None, Command | None, list[str]]":
        """Find the command that was typed; a mistyped one is answered with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in ENTRIES:
            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], ENTRIES)}: `slipway --help` lists them")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write a section a group: each command with its sentence, whole."""
        width = max(map(len, ENTRIES))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), entry.help) for name, entry in commands.items()])


def _load(name: str) -> "Command":
    module = importlib.import_module(f"slipway.cli.{ENTRIES[name].module}")
    group = typer.main.get_group(module.app)
    if name == ENTRIES[name].module and name not in group.commands:  # the module's group is the command
        group.name = name
        return group
    return group.commands[name]
