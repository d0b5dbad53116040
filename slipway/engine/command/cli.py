"""The command ``slipway engine``: what ``pulumi`` does, for a program in this folder and stacks in a folder.

Which command takes which flag is in `pulumi_flags.json`, from the help of the Pulumi CLI; what a flag means here is in
:data:`FLAGS`. Modules that take long to import are imported by the commands that need them; nothing here imports the
SDK.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from slipway.engine.command.refusals import listed, unknown_command, unknown_flag
from slipway.engine.errors import EngineError, UsageError

Command = Callable[[argparse.Namespace], int]
Spec = dict[str, Any]

_TOP = """Plan, apply and record a Pulumi program with the embedded engine.

It takes the arguments of the command `pulumi`. Stacks lie in the folder that PULUMI_BACKEND_URL names (file://...),
secrets are sealed with PULUMI_CONFIG_PASSPHRASE, and providers are those that PULUMI_DEBUG_PROVIDERS names
(PACKAGE:PORT,... on this machine), or plugins that are installed. Real clouds go through `pulumi` itself.
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are the engine's, and that takes no abbreviations."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving."""
        raise UsageError(f"{message}\nRun '{self.prog} --help' for usage.")


def main(argv: list[str]) -> int:
    """Run one command. Returns its exit status, which is the Pulumi CLI's; never raises for a user's mistake."""
    here = Path.cwd()
    try:
        args = parsed(argv)
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


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command. Raises :class:`UsageError` naming what is not served, and what to do instead."""
    args, rest = parser().parse_known_args(_spelled_out(argv))
    if rest:
        flag = next((word for word in rest if word.startswith("-")), "")
        raise unknown_flag(flag) if flag else UsageError(f"unexpected argument: {rest[0]}")
    return args


def _names() -> set[str]:
    """Every command that is served, by all of its names."""
    names = set()
    for name in COMMANDS:
        above, _, last = name.rpartition(" ")
        names |= {f"{above} {alias}".strip() for alias in (last, *listed()["flags"][name]["aliases"])}
    return names


def _spelled_out(argv: Sequence[str]) -> list[str]:
    """The words as argparse takes them: the command, its flags with their values, and then everything else.

    Go's parser takes flags anywhere, ``--flag=false`` of a switch, and a value after ``=`` alone for a flag that may do
    without one. Raises :class:`UsageError` for a command that is not served.
    """
    words = list(argv)
    flags: list[str] = []
    others: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            others += words
            break
        if not word.startswith("-") or word == "-":
            others.append(word)
            continue
        name, equals, value = word.partition("=")
        spec = _spec(name, _full_name(others))
        flags += _flag(name, equals, value, spec)
        takes = bool(spec) and not equals and spec.get("action", "append") == "append" and "const" not in spec
        count = spec.get("nargs", 1) if takes else 0
        flags += words[:count]
        del words[:count]
    command = _command(others)
    others = others[len(command) :]
    return [*command, *flags, *(["--", *others] if others else [])]


def _command(words: Sequence[str]) -> list[str]:
    """The first words, as far as they name the command. Raises :class:`UsageError` for one that is not served."""
    names = _names()
    if not words:
        return []
    if words[0] not in names:
        raise unknown_command(words[:1])
    if any(name.startswith(f"{words[0]} ") for name in names) and len(words) > 1:
        if " ".join(words[:2]) not in names:
            raise unknown_command(words[:2])
        return list(words[:2])
    return list(words[:1])


def _full_name(words: Sequence[str]) -> str:
    """The command that the first words name, by its first name: ``config copy`` for ``config cp``; empty for none."""
    for count in (2, 1):
        above, _, last = " ".join(words[:count]).rpartition(" ")
        for name in COMMANDS:
            room, _, own = name.rpartition(" ")
            if room == above and last in (own, *listed()["flags"][name]["aliases"]):
                return name
    return ""


def _spec(flag: str, command: str) -> Spec:
    """What a flag of a command means, by its long or its short name; empty for one that is not served."""
    name = flag.lstrip("-")
    if not flag.startswith("--"):
        own = listed()["flags"].get(command, {"flags": {}})["flags"]
        rows = {**listed()["global"], **own}
        name = next((key for key, row in rows.items() if row["short"] == name), "")
    return _OWN.get(command, {}).get(name) or FLAGS.get(name) or _HIDDEN.get(name) or {}


def _flag(name: str, equals: str, value: str, spec: Spec) -> list[str]:
    if not equals:
        return [f"{name}={spec['const']}"] if "const" in spec else [name]
    if "action" not in spec or spec["action"] == "append":
        return [f"{name}={value}"]
    if value.lower() in ("true", "1", "t"):
        return [name]
    if value.lower() not in ("false", "0", "f"):
        raise UsageError(f'invalid argument "{value}" for "{name}" flag: true or false is allowed')
    return [f"--no-{name[2:]}"] if spec["action"] is argparse.BooleanOptionalAction else []


def _switch(text: str, **more: Any) -> Spec:  # noqa: ANN401
    return {"action": "store_true", "help": text, **more}


def _list(text: str, metavar: str = "URN") -> Spec:
    return {"action": "append", "default": [], "metavar": metavar, "help": text}


FLAGS: dict[str, Spec] = {
    "all": _switch("every one of them"),
    "clear-pending-creates": _switch("forget creations that were interrupted"),
    "color": {"choices": ["auto", "always", "never", "raw"], "help": "colour on a terminal, or never"},
    "config": {**_list("a setting to be kept", "KEY=VALUE")},
    "config-file": {"metavar": "FILE", "help": "the stack's settings, instead of Pulumi.STACK.yaml"},
    "config-path": _switch("the keys of --config are paths such as names[0].first"),
    "continue-on-error": _switch("go on with what a failure does not touch"),
    "create": _switch("make it if it does not exist"),
    "cwd": {"metavar": "FOLDER", "help": "run as if in this folder"},
    "debug": _switch("show what the program and providers report for debugging"),
    "diff": _switch("show the properties that change"),
    "emoji": _switch("nothing changes: the output has none"),
    "exclude": _list("not this resource (repeat)"),
    "exclude-dependents": _switch("nor what depends on it"),
    "exclude-protected": _switch("leave protected resources and what they need"),
    "expect-no-changes": _switch("fail if anything changes"),
    "file": {"metavar": "FILE", "help": "a file instead of the terminal or the standard input"},
    "force": _switch("even if it is protected, of another stack, or has resources"),
    "full-dates": _switch("nothing changes: dates are always whole"),
    "generate-code": {
        "action": argparse.BooleanOptionalAction,
        "default": True,
        "help": "write the declarations of what was imported",
    },
    "ignore-protect": _switch("delete and replace protected resources, too"),
    "import-pending-creates": {
        "action": "append",
        "nargs": 2,
        "default": [],
        "metavar": ("URN", "ID"),
        "help": "adopt a creation that was interrupted",
    },
    "json": _switch("print a JSON document alone"),
    "logflow": _switch("nothing changes: there are no log files"),
    "logtostderr": _switch("nothing changes: there are no log files"),
    "message": {"default": "", "help": "a note for the history"},
    "no-select": _switch("do not select it"),
    "non-interactive": _switch("ask nothing"),
    "out": {"metavar": "FILE", "help": "the file for the declarations"},
    "output": {"choices": ["default", "json"], "default": "default", "help": "as text or as JSON"},
    "page": {"type": int, "default": 1, "help": "which page of the history"},
    "page-size": {"type": int, "default": 10, "help": "how many entries a page has"},
    "parallel": {"type": int, "default": 16, "metavar": "N", "help": "at most N resources at a time (16)"},
    "parent": {"metavar": "NAME=URN", "help": "the parent of what is imported"},
    "path": _switch("the key is a path such as names[0].first"),
    "plaintext": _switch("keep it readable"),
    "preserve-config": _switch("keep the settings file"),
    "preview-only": _switch("only show what would be done"),
    "properties": {"metavar": "NAMES", "help": "import these properties alone, with commas between"},
    "protect": {"action": argparse.BooleanOptionalAction, "default": True, "help": "protect what is imported"},
    "provider": {"metavar": "NAME=URN", "help": "the provider of what is imported"},
    "raw": _switch("take the value as it is, its last newline included"),
    "refresh": {"nargs": "?", "const": "true", "default": "false", "help": "refresh before"},
    "remove": _switch("and remove the stack when nothing is left"),
    "remove-backups": _switch("and the backups of its state"),
    "replace": _list("replace this resource (repeat)"),
    "run-program": _switch("run the program, for its providers and hooks"),
    "save-plan": {"metavar": "FILE", "help": "write down what would be done, for `up --plan FILE`"},
    "secret": _switch("seal it"),
    "secrets-provider": {"default": "passphrase", "help": "only passphrase is supported"},
    "shell": _switch("as shell assignments"),
    "show-config": _switch("show the settings before"),
    "show-full-output": _switch("show long texts whole"),
    "show-ids": _switch("show the ids of the resources"),
    "show-name": _switch("show the stack's name alone"),
    "show-reads": _switch("show what is only read, too"),
    "show-replacement-steps": _switch("show each part of a replacement"),
    "show-sames": _switch("show what stays the same, too"),
    "show-secrets": _switch("show secrets in clear text"),
    "show-urns": _switch("show the URNs of the resources"),
    "skip-config-validation": _switch("do not compare the settings with what Pulumi.yaml declares"),
    "skip-pending-creates": _switch("leave creations that were interrupted"),
    "skip-plugin-pre-install": _switch("nothing changes: plugins are not installed here"),
    "skip-preview": _switch("do it without a preview before"),
    "stack": {"help": "the stack to work on; the selected one by default"},
    "strict": _switch("do what the preview showed, and no more"),
    "suppress-outputs": _switch("do not show the stack's outputs"),
    "suppress-permalink": {"nargs": "?", "const": "false", "help": "nothing changes: a folder has no address"},
    "suppress-progress": _switch("plain lines, on a terminal too"),
    "target": _list("only this resource (repeat)"),
    "target-dependents": _switch("and what depends on it"),
    "target-replace": _list("--target and --replace"),
    "type": {"choices": ["string", "int", "bool", "float"], "help": "what the value is"},
    "urns": _switch("show URNs instead of names"),
    "verbose": {"type": int, "default": 0, "help": "from 1: every resource on a terminal; there are no log files"},
    "yes": _switch("do not ask"),
}
"""The flags that are served, as argparse takes them."""

_HIDDEN: dict[str, Spec] = {
    "event-log": {"help": argparse.SUPPRESS},
    "exec-kind": {"help": argparse.SUPPRESS},
    "exec-agent": {"help": argparse.SUPPRESS},
    "client": {"help": argparse.SUPPRESS},
}
"""What Pulumi's Automation API adds to a command; the CLI's help does not list it."""

_OPERATIONS = ("up", "preview", "destroy", "refresh", "import")
_NAME: Spec = {"nargs": "?", "help": "the stack"}
_KEY: Spec = {"help": "KEY, or NAMESPACE:KEY"}
_URN: Spec = {"metavar": "URN", "help": "the resource"}
_ROOM = "slipway.engine.command"

COMMANDS: dict[str, tuple[str, str, str, dict[str, Spec]]] = {
    "up": ("run", "operate", "create, update and delete until what exists is what the program says", {}),
    "preview": ("run", "operate", "show what `up` would do", {}),
    "destroy": ("run", "operate", "delete every resource of the stack", {}),
    "refresh": ("run", "operate", "look at what exists and put the state right", {}),
    "import": ("adopt", "import_", "adopt resources that exist", {"words": {"nargs": "*", "metavar": "TYPE NAME ID"}}),
    "cancel": ("stack", "cancel", "remove the lock that a dead operation left", {"name": _NAME}),
    "version": ("stack", "version", "print the version of the engine that this one is true to", {}),
    "whoami": ("stack", "whoami", "print the user's name", {}),
    "stack": ("stack", "show", "make, choose, read and remove stacks", {}),
    "stack new": ("stack", "init", "make an empty stack and select it", {"name": _NAME}),
    "stack list": ("stack", "ls", "list the project's stacks", {}),
    "stack select": ("stack", "select", "choose the stack that commands work on", {"name": _NAME}),
    "stack unselect": ("stack", "unselect", "choose no stack", {}),
    "stack output": (
        "stack",
        "output",
        "show the stack's outputs, or one of them",
        {"property": {"nargs": "?", "help": "the output"}},
    ),
    "stack export": ("stack", "export", "write the stack's checkpoint", {}),
    "stack import": ("stack", "import_", "replace the stack's checkpoint by an exported one", {}),
    "stack remove": ("stack", "rm", "remove a stack and its settings", {"name": _NAME}),
    "stack rename": ("stack", "rename", "give a stack another name", {"name": {"help": "the new name"}}),
    "stack history": ("stack", "history", "list the operations on a stack", {}),
    "config": ("config", "show", "show and change the stack's settings", {}),
    "config set": (
        "config",
        "set_",
        "set one; the value comes from the standard input if it is not given",
        {"key": _KEY, "value": {"nargs": "?", "help": "the value"}},
    ),
    "config get": ("config", "get_", "show one", {"key": _KEY}),
    "config remove": ("config", "rm_", "remove one", {"key": _KEY}),
    "config set-all": ("config", "set_all", "set several", {}),
    "config remove-all": ("config", "rm_all", "remove several", {"keys": {**_KEY, "nargs": "*", "metavar": "KEY"}}),
    "config copy": ("config", "copy", "copy settings to another stack", {"key": {**_KEY, "nargs": "?"}}),
    "state": ("state", "explain", "put the state right by hand", {}),
    "state remove": ("state", "delete", "forget a resource; nothing that exists is touched", {"urn": _URN}),
    "state protect": ("state", "protect", "let a resource not be deleted", {"urn": {**_URN, "nargs": "?"}}),
    "state unprotect": ("state", "unprotect", "let a resource be deleted again", {"urn": {**_URN, "nargs": "?"}}),
    "state taint": ("state", "taint", "let the next `up` replace a resource", {"urn": _URN}),
    "state untaint": ("state", "untaint", "take that back", {"urn": {**_URN, "nargs": "?"}}),
}
"""Command -> the module and function that serve it, one line of help, and its positional arguments."""

_OWN: dict[str, dict[str, Spec]] = {
    "config set-all": {
        "secret": _list("KEY=VALUE to be sealed", "KEY=VALUE"),
        "plaintext": _list("KEY=VALUE to be kept readable", "KEY=VALUE"),
        "json": {"metavar": "JSON", "help": "settings as `config --json` prints them"},
    },
    "up": {"plan": {"metavar": "FILE", "help": "do what `preview --save-plan FILE` wrote down, and no more"}},
    "config copy": {"dest": {"metavar": "STACK", "required": True, "help": "the stack to copy to"}},
    "stack list": {"json": _switch("as JSON"), "all": _switch("the stacks of every project")},
    "stack history": {"json": _switch("as JSON")},
    "whoami": {"json": _switch("as JSON")},
}
"""What a flag means to one command alone, and flags that the CLI's help no longer lists but takes."""


def parser() -> argparse.ArgumentParser:
    """Every command that is served, with its flags."""
    shared = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_flags(shared, listed()["global"], {})
    top = _Parser(
        prog="slipway engine",
        description=_TOP,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    groups: dict[str, Any] = {"": top.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)}
    for name, (module, function, text, words) in COMMANDS.items():
        above, _, last = name.rpartition(" ")
        row = listed()["flags"].get(name, {"aliases": [], "flags": {}})
        inner = groups[above].add_parser(last, parents=[shared], help=text, description=text, aliases=row["aliases"])
        for word, spec in words.items():
            inner.add_argument(word, **spec)
        _add_flags(inner, row["flags"], _OWN.get(name, {}))
        if name in _OPERATIONS:
            for flag, spec in _HIDDEN.items():
                inner.add_argument(f"--{flag}", **spec)
        inner.set_defaults(run=_late(f"{_ROOM}.{module}", function), kind=name)
        if name in ("stack", "config", "state"):
            groups[name] = inner.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    return top


def _add_flags(parser: argparse.ArgumentParser, rows: dict[str, Spec], own: dict[str, Spec]) -> None:
    """Add the flags of a command that are served."""
    for name, row in {**rows, **{flag: rows.get(flag, {"short": ""}) for flag in own}}.items():
        spec = own.get(name) or FLAGS.get(name)
        if spec is not None:
            parser.add_argument(f"--{name}", *([f"-{row['short']}"] if row["short"] else []), **spec)


def _late(module: str, name: str) -> Command:
    """A command whose module is imported when it is run."""

    def run(args: argparse.Namespace) -> int:
        return getattr(importlib.import_module(module), name)(args)

    return run
