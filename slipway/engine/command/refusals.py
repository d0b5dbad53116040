"""What the command `pulumi` takes and this engine does not: named, with what to do instead.

`pulumi_flags.json` lists every command and flag of the Pulumi CLI as its own help has them; a test holds that each of
them is served by :mod:`slipway.engine.command.cli`, or stands here.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from slipway.engine.errors import UsageError

_CLOUD = "it belongs to Pulumi Cloud, and this engine keeps stacks in folders: run `pulumi` with its backend"
_POLICY = "policies are checked over a preview: `slipway review` does that for this project; packs need `pulumi`"
_ESC = "environments belong to Pulumi ESC: use `pulumi`"
_DEBUGGER = "start the program under a debugger yourself: it runs in the engine's own process"
_PROFILE = "profile the process itself, for example `python -X importtime -m slipway engine …`"
_INTEGRITY = (
    "repair the checkpoint with `slipway engine stack export` and `slipway engine stack import` instead of going on "
    "with a broken one"
)
_OTHER = "run the same with `pulumi`"
_BY_EXPORT = "edit what `slipway engine stack export` writes, and give it to `slipway engine stack import`"

FLAGS = {
    "attach-debugger": _DEBUGGER,
    "copy-config-from": "copy the file Pulumi.STACK.yaml",
    "dest": _OTHER,
    "disable-integrity-checking": _INTEGRITY,
    "from": _OTHER,
    "fully-qualify-stack-names": "`slipway engine stack ls --json` names the stacks of this project",
    "generate-resources": _OTHER,
    "import-file": "write the file by hand: `import --file` takes a list of type, name and id",
    "memprofilerate": _PROFILE,
    "neo": _CLOUD,
    "open": _ESC,
    "organization": "every stack in a folder is one of `organization`",
    "otel-traces": _PROFILE,
    "override-env": _ESC,
    "policy-pack": _POLICY,
    "policy-pack-config": _POLICY,
    "profiling": _PROFILE,
    "project": "run the command in the other project's folder, or name it with --cwd",
    "show-policy-remediations": _POLICY,
    "tag": _CLOUD,
    "teams": _CLOUD,
    "tracing": _PROFILE,
}
"""Flag -> what to do instead."""

COMMANDS = {
    "about": "`slipway doctor` says what is on this machine",
    "config env": _ESC,
    "config refresh": "the settings are in Pulumi.STACK.yaml, which this engine never forgets",
    "console": _CLOUD,
    "login": "set PULUMI_BACKEND_URL to a folder, as file:///home/me/state",
    "logout": "unset PULUMI_BACKEND_URL",
    "logs": "`slipway logs APP`",
    "new": "`slipway add` begins an app; `pulumi new` begins a project",
    "policy": _POLICY,
    "stack change-secrets-provider": "make a new passphrase with `pulumi stack change-secrets-provider passphrase`",
    "stack drift": "`slipway refresh --preview-only` shows what differs",
    "stack get": "use `slipway engine stack`, `slipway engine stack output` or `slipway engine stack export`",
    "stack graph": _OTHER,
    "stack migrate": "copy the folder that PULUMI_BACKEND_URL names",
    "stack schedule": _CLOUD,
    "stack tag": _CLOUD,
    "stack webhook": _CLOUD,
    "state get": "`slipway engine stack export` shows every resource",
    "state move": _BY_EXPORT,
    "state rename": _BY_EXPORT,
    "state repair": _BY_EXPORT,
    "state upgrade": "the folder is of the newest version already",
    "up TEMPLATE": _OTHER,
    "watch": "`slipway watch APP`",
}
"""Command -> what to do instead; any other that is not served is `pulumi`'s alone."""


@cache
def listed() -> dict[str, Any]:
    """The commands and flags of the Pulumi CLI: ``commands``, ``global`` and, by command, ``flags``."""
    return json.loads((Path(__file__).parent / "pulumi_flags.json").read_text())


def unknown_flag(flag: str) -> UsageError:
    """The complaint about a flag that is not served."""
    name = flag.lstrip("-").partition("=")[0]
    everywhere = {
        **listed()["global"],
        **{key: row for rows in listed()["flags"].values() for key, row in rows["flags"].items()},
    }
    long = (
        name
        if name in everywhere
        else next((key for key, row in everywhere.items() if name and row["short"] == name), "")
    )
    if not long:
        return UsageError(f"unknown flag: {flag.partition('=')[0]}")
    return UsageError(
        f"the flag --{long} is pulumi's and not served here: {FLAGS.get(long, _OTHER)}. Leave it out, or use `pulumi`"
    )


def unknown_command(words: Sequence[str]) -> UsageError:
    """The complaint about a command that is not served."""
    name = " ".join(words)
    names = {*listed()["commands"], *listed()["flags"], *COMMANDS}
    if name not in names:
        return UsageError(f'unknown command "{name}" for "slipway engine". Run `slipway engine --help` for usage')
    return UsageError(f"the command `{name}` is pulumi's and not served here: {COMMANDS.get(name, _OTHER)}")
