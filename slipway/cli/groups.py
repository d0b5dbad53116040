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
        "new": Entry("new", "Write a small app to start with, with locked packages."),
        "add": Entry("add", "Recognise an app's folder, show the platforms for it, and add it to a stack."),
        "up": Entry("stacks", "Deploy a stack: create and update its resources, then ask every address."),
        "watch": Entry(
            "stacks",
            "Run `up` for a stack of the sandbox, and again whenever you save a file of its apps or its program.",
        ),
        "status": Entry("status", "Ask every app of a stack, or one of them, and show addresses and answers."),
        "open": Entry(
            "apps", "Print the address of an app, or of every app; with --browser, also open the one that is named."
        ),
    },
    "Change": {
        "preview": Entry("stacks", "Show what `up` would change, without changing anything."),
        "bundle": Entry("bundle", "Make an app's artifact and print its path."),
        "image": Entry(
            "image",
            "Build and push the image of a pipeline, and write its digest into the stack's file.",
        ),
        "lock": Entry("bundle", "Pin the packages of an app, with hashes."),
        "test": Entry("test", "Run an app's own tests with only the app's packages; further arguments go to pytest."),
        "config": Entry("config", "Explain and change the settings of the stacks."),
        "secret": Entry("secret", "Seal variables of an app in the stack's file, list their names, and remove them."),
        "review": Entry(
            "review", "Show the effect of a change on every environment, without credentials, cloud or Pulumi command."
        ),
        "report": Entry(
            "review",
            "Show the output of `pulumi preview --json` as a review; or show a review's JSON again.",
        ),
    },
    "Look": {
        "logs": Entry("apps", "Show the log of an app, or of every app of a stack."),
        "versions": Entry(
            "apps", "List the versions of an app, or of every app, newest first, with their shares of the traffic."
        ),
        "invoke": Entry("apps", "Call a function with an event; show its answer and its log."),
        "data": Entry("data", "Copy the data of an app to this machine, and back."),
        "trigger": Entry("apps", "Run a schedule or send a sample event of an app now, and show the answer."),
    },
    "Go back": {
        "rollback": Entry(
            "apps",
            "Serve an earlier version of an app again, and keep it pinned; nothing is built.",
        ),
        "promote": Entry(
            "apps",
            "Send all requests of an app to its newest version; ends `up --canary`.",
        ),
        "prune": Entry(
            "apps", "Delete old versions of an app, except those that serve or that a rollback would serve."
        ),
        "refresh": Entry("stacks", "Compare a stack's state with the clouds, and correct the state."),
        "cancel": Entry(
            "stacks",
            "Remove the lock of a killed command from a stack; the next `up` continues its work.",
        ),
    },
    "Take down": {
        "destroy": Entry(
            "stacks", "Destroy a stack: show the destroy plan first, and check afterwards that nothing is left."
        ),
        "reap": Entry("stacks", "Destroy every expired ephemeral stack, in the sandbox and in Pulumi's backend."),
        "classroom": Entry(
            "classroom",
            "Make a throw-away copy of a stack for each student of a list, and show their addresses.",
        ),
        "stack": Entry("stack", "Make a throw-away copy of a stack, and remove a stack that is down."),
    },
    "This machine and project": {
        "sandbox": Entry("sandbox", "Show, use and stop the local clouds."),
        "doctor": Entry(
            "project", "List the tools on this machine, their purposes, and how to get those that are missing."
        ),
        "bootstrap": Entry(
            "project",
            "Make trust, keys and buckets for pipelines, once: slipway bootstrap preview, slipway bootstrap up.",
        ),
        "engine": Entry(
            "engine",
            "Run the embedded engine with the arguments of `pulumi`: slipway engine preview --stack sandbox --json.",
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
