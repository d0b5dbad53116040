"""The command ``slipway engine``: what ``pulumi`` does, for a program in this folder and stacks in a folder.

Modules that take long to import are imported by the commands that need them; nothing here imports the SDK.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slipway.engine.errors import EngineError, UsageError

Command = Callable[[argparse.Namespace], int]

_TOP = """Plan, apply and record a Pulumi program with the embedded engine.

It takes the arguments of the command `pulumi`. Stacks lie in the folder that PULUMI_BACKEND_URL names (file://...),
secrets are sealed with PULUMI_CONFIG_PASSPHRASE, and providers are those that PULUMI_DEBUG_PROVIDERS names
(PACKAGE:PORT,... on this machine). Real clouds go through `pulumi` itself.
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are the engine's."""

    def error(self, message: str) -> "None":  # type: ignore[override]
        """Raise instead of leaving."""
        raise UsageError(f"{message}\nRun '{self.prog} --help' for usage.")


def main(argv: list[str]) -> int:
    """Run one command. Returns its exit status, which is the Pulumi CLI's; never raises for a user's mistake."""
    here = Path.cwd()
    try:
        args = parser().parse_args(argv)
        if getattr(args, "cwd", None):
            try:
                os.chdir(args.cwd)
            except OSError as error:
                raise UsageError(f"--cwd {args.cwd}: {error.strerror}") from error
        return args.run(args)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.code
    except OSError as error:
        print(f"error: {error.filename or 'the state'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 8
    finally:
        os.chdir(here)


def parser() -> argparse.ArgumentParser:
    """Every command and flag."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("-C", "--cwd", metavar="FOLDER", help="run as if in this folder")
    shared.add_argument("--non-interactive", action="store_true", help="ask nothing")
    shared.add_argument("-s", "--stack", help="the stack to work on; the selected one by default")
    shared.add_argument("--color", choices=["auto", "always", "never", "raw"], help="colour on a terminal, or never")
    top = _Parser(
        prog="slipway engine",
        description=_TOP,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands: Any = top.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    _add_stack(commands, shared)
    _add_config(commands, shared)
    _add_state(commands, shared)
    for name, text in _OPERATIONS.items():
        _add_operation(commands, shared, name, text)
    cancel = commands.add_parser("cancel", parents=[shared], help="remove the lock that a dead operation left")
    cancel.add_argument("name", nargs="?", help="the stack")
    cancel.add_argument("-y", "--yes", action="store_true", help="do not ask")
    cancel.set_defaults(run=_late("slipway.engine.command.stack", "cancel"))
    return top


_OPERATIONS = {
    "preview": "show what `up` would do",
    "up": "create and update the resources of the program, and delete what it no longer has",
    "destroy": "delete every resource of the stack",
    "refresh": "look at what exists and put the state right",
}


def _late(module: str, name: str) -> Command:
    """A command whose module is imported when it is run."""

    def run(args: argparse.Namespace) -> int:
        import importlib

        return getattr(importlib.import_module(module), name)(args)

    return run


def _add_stack(commands: Any, shared: argparse.ArgumentParser) -> None:  # noqa: ANN401
    module = "slipway.engine.command.stack"
    stack = commands.add_parser("stack", parents=[shared], help="make, choose, read and remove stacks")
    stack.set_defaults(run=_late(module, "show"))
    inner = stack.add_subparsers(metavar="COMMAND", parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        made = inner.add_parser(name, parents=[shared], help=text)
        made.set_defaults(run=_late(module, "import_" if name == "import" else name))
        return made

    init = add("init", "make an empty stack and select it")
    init.add_argument("name", nargs="?", help="NAME, or organization/PROJECT/NAME")
    init.add_argument("--no-select", action="store_true", help="do not select it")
    init.add_argument("--secrets-provider", default="passphrase", help="only passphrase is supported")
    listed = add("ls", "list the project's stacks")
    listed.add_argument("--json", action="store_true", help="as JSON")
    select = add("select", "choose the stack that commands work on")
    select.add_argument("name", nargs="?")
    select.add_argument("-c", "--create", action="store_true", help="make it where it does not exist")
    output = add("output", "show the stack's outputs, or one of them")
    output.add_argument("property", nargs="?")
    output.add_argument("--json", "-j", action="store_true", help="as JSON")
    output.add_argument("--show-secrets", action="store_true", help="show secrets in clear text")
    output.add_argument("--shell", action="store_true", help="as shell assignments")
    export = add("export", "write the stack's checkpoint")
    export.add_argument("--file", metavar="FILE", help="to a file instead of the terminal")
    export.add_argument("--show-secrets", action="store_true", help="with secrets in clear text")
    imported = add("import", "replace the stack's checkpoint by one that `stack export` wrote")
    imported.add_argument("--file", metavar="FILE", help="from a file instead of the standard input")
    imported.add_argument("--force", "-f", action="store_true", help="even where it is of another stack or not sound")
    removed = add("rm", "remove a stack and its settings")
    removed.add_argument("name", nargs="?")
    removed.add_argument("-f", "--force", action="store_true", help="even where it still has resources")
    removed.add_argument("-y", "--yes", action="store_true", help="do not ask")
    removed.add_argument("--preserve-config", action="store_true", help="keep the settings file")


def _add_config(commands: Any, shared: argparse.ArgumentParser) -> None:  # noqa: ANN401
    module = "slipway.engine.command.config"
    config = commands.add_parser("config", parents=[shared], help="show and change the stack's settings")
    config.add_argument("--json", "-j", action="store_true", help="as JSON")
    config.add_argument("--show-secrets", action="store_true", help="show secrets in clear text")
    config.set_defaults(run=_late(module, "show"))
    inner = config.add_subparsers(metavar="COMMAND", parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        made = inner.add_parser(name, parents=[shared], help=text)
        made.add_argument("key", help="KEY, or NAMESPACE:KEY")
        made.add_argument("--path", action="store_true", help="the key is a path such as names[0].first")
        made.set_defaults(run=_late(module, f"{name}_"))
        return made

    changed = add("set", "set one; the value comes from the standard input where it is not given")
    changed.add_argument("value", nargs="?")
    changed.add_argument("--secret", action="store_true", help="seal it")
    changed.add_argument("--plaintext", action="store_true", help="keep it readable")
    changed.add_argument("--type", choices=["string", "int", "bool", "float"], help="what the value is")
    read = add("get", "show one")
    read.add_argument("--json", "-j", action="store_true", help="as JSON")
    add("rm", "remove one")


def _add_state(commands: Any, shared: argparse.ArgumentParser) -> None:  # noqa: ANN401
    state = commands.add_parser("state", parents=[shared], help="put the state right by hand")
    inner = state.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        made = inner.add_parser(name, parents=[shared], help=text)
        made.add_argument("-y", "--yes", action="store_true", help="do not ask")
        made.set_defaults(run=_late("slipway.engine.command.state", name))
        return made

    deleted = add("delete", "forget a resource; nothing that exists is touched")
    deleted.add_argument("urn", metavar="URN")
    deleted.add_argument("--force", action="store_true", help="even where it is protected")
    deleted.add_argument("--target-dependents", action="store_true", help="and what depends on it")
    released = add("unprotect", "let a protected resource be deleted again")
    released.add_argument("urn", metavar="URN", nargs="?")
    released.add_argument("--all", action="store_true", help="every resource of the stack")


def _add_operation(
    commands: Any,  # noqa: ANN401 - argparse keeps the class to itself
    shared: argparse.ArgumentParser,
    name: str,
    text: str,
) -> None:
    made = commands.add_parser(name, parents=[shared], help=text, aliases=["update"] if name == "up" else [])
    made.add_argument("-j", "--json", action="store_true", help="print a JSON document alone")
    made.add_argument("-p", "--parallel", type=int, default=16, metavar="N", help="at most N resources at a time (16)")
    made.add_argument("-t", "--target", action="append", default=[], metavar="URN", help="only this resource (repeat)")
    made.add_argument("--target-dependents", action="store_true", help="and what depends on it")
    made.add_argument("--diff", action="store_true", help="show the properties that change")
    made.add_argument("--expect-no-changes", action="store_true", help="fail where anything changes")
    made.add_argument("--suppress-outputs", action="store_true", help="do not show the stack's outputs")
    made.add_argument("-m", "--message", default="", help="a note for the history")
    made.add_argument("--suppress-progress", action="store_true", help="plain lines, on a terminal too")
    made.add_argument("-c", "--config", action="append", default=[], metavar="KEY=VALUE", help="a setting to be kept")
    if name != "preview":
        made.add_argument("-y", "--yes", action="store_true", help="do it without asking")
        made.add_argument("-f", "--skip-preview", action="store_true", help="do it without a preview before")
    if name in ("preview", "up"):
        made.add_argument(
            "--replace", action="append", default=[], metavar="URN", help="replace this resource (repeat)"
        )
        made.add_argument("--target-replace", action="append", default=[], metavar="URN", help="--target and --replace")
    if name != "refresh":
        made.add_argument("-r", "--refresh", nargs="?", const="true", default="false", help="refresh before")
    if name == "refresh":
        made.add_argument("--clear-pending-creates", action="store_true", help="forget creations that were interrupted")
        made.add_argument("--skip-pending-creates", action="store_true", help="leave creations that were interrupted")
        made.add_argument(
            "--import-pending-creates",
            action="append",
            nargs=2,
            default=[],
            metavar=("URN", "ID"),
            help="adopt one of them",
        )
        made.add_argument("--preview-only", action="store_true", help="only show what a refresh would find")
    made.add_argument("--exclude", action="append", default=[], metavar="URN", help="not this resource (repeat)")
    made.add_argument("--exclude-dependents", action="store_true", help="nor what depends on it")
    if name in ("up", "destroy"):
        made.add_argument("--continue-on-error", action="store_true", help="go on with what a failure does not touch")
        made.add_argument("--ignore-protect", action="store_true", help="delete and replace protected resources, too")
    if name == "destroy":
        made.add_argument("--run-program", action="store_true", help="run the program first, for its hooks")
        made.add_argument("--remove", action="store_true", help="and remove the stack when nothing is left")
        made.add_argument(
            "--exclude-protected", action="store_true", help="leave protected resources and what they need"
        )
    made.set_defaults(run=_late("slipway.engine.command.run", "operate"), kind=name)
