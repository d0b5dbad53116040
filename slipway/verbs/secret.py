"""An app's sealed variables: set, listed and removed in the stack's file, by name; a value is never shown.

The file is written by the engine, as `config set --secret` writes it: either engine opens what the other has sealed.
"""

import getpass
import re
import sys
from collections.abc import Mapping
from typing import Any

from slipway.errors import UserError, nearest
from slipway.stack.outputs import deployed
from slipway.stack.session import Run, backend_of, initialised, previous_outputs
from slipway.stack.settings_file import SettingsFile, refuse_unless_writable

SECRETS = "slipway:secrets"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LONGEST = 65_536
"""Bytes of a value: Secret Manager's and Secrets Manager's own limit.
https://cloud.google.com/secret-manager/quotas, https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html."""


def set_secret(run: Run, app: str, name: str, value: str) -> int:
    """Seal ``value`` as a variable of an app; the engine's exit status. Raises :class:`UserError`."""
    _known_app(run, app)
    if not NAME.fullmatch(name):
        raise UserError(f"a variable's name must have letters, digits and '_', a letter first, got {name!r}")
    if not value:
        raise UserError(f"{name} needs a value, got none: type it at the prompt, or pipe it in")
    if _declared(run.settings, app).get("platform") == "dataflow":
        raise UserError(
            f"{app} is a pipeline, which has no environment: keep {name} in Secret Manager, and read it in the pipeline"
        )
    if "\0" in value or len(value.encode()) > LONGEST:
        raise UserError(
            f"{name} must be text of {LONGEST} bytes at most, without a NUL, got {len(value.encode())} bytes"
        )
    if name in _declared(run.settings, app).get("env", {}):
        raise UserError(
            f"{app} has {name} in its env as well, in plain text: take slipway:apps.{app}.env.{name} out of "
            f"{run.settings.path} first"
        )
    refuse_unless_writable(run.settings.path)
    words = ["config", "set", "--stack", run.stack, "--path", "--secret", "--", _key(app, name)]
    _make_stack(run)
    status = backend_of(run).run_with(words, value)
    if not status:
        print(f"sealed {name} of {app} in {run.settings.path}: `slipway up --stack {run.stack}` hands it to the app")
    return status


def list_secrets(run: Run, app: str | None) -> int:
    """Print the names of what is sealed, a line each, and whether the app has it yet."""
    if app:
        _known_app(run, app)
    sealed = {of: names for of, names in sealed_names(run.settings).items() if app in (None, of)}
    if not any(sealed.values()):
        print(f"nothing is sealed for {app or 'an app of this stack'}: `slipway secret set {app or 'APP'} NAME` seals")
        return 0
    present = {name: one.details.get("secrets", {}).get("names", ()) for name, one in _live(run).items()}
    width = max(len(f"{of}  {name}") for of, names in sealed.items() for name in names)
    for of, names in sorted(sealed.items()):
        for name in sorted(names):
            text = "the app has it" if name in present.get(of, ()) else "the next `slipway up` hands it over"
            print(f"{f'{of}  {name}':{width}}   {text}")
    return 0


def remove_secret(run: Run, app: str, name: str) -> int:
    """Take a variable out of the stack's file; the engine's exit status. Raises :class:`UserError` where it is not."""
    sealed = sealed_names(run.settings)
    if name not in sealed.get(app, ()):
        names = sealed.get(app, ())
        there = ", ".join(sorted(names)) if names else "none"
        raise UserError(f"{app} has no sealed variable {name!r}{nearest(name, names)}: it has {there}")
    refuse_unless_writable(run.settings.path)
    emptied = [app, *([SECRETS] if set(sealed) == {app} else [])] if len(sealed[app]) == 1 else []
    key = SECRETS if SECRETS in emptied else _key(app) if emptied else _key(app, name)
    _make_stack(run)
    status = backend_of(run).run(["config", "rm", "--stack", run.stack, "--path", "--", key])
    if not status:
        print(
            f"took {name} of {app} out of {run.settings.path}: `slipway up --stack {run.stack}` takes it from the app"
        )
    return status


def sealed_names(settings: SettingsFile) -> dict[str, list[str]]:
    """The names of the sealed variables, by app; empty for a file in which all of them are sealed in one."""
    secrets = settings.config.get(SECRETS)
    if not isinstance(secrets, Mapping):
        return {}
    return {app: list(values) for app, values in secrets.items() if isinstance(values, Mapping) and app != "secure"}


def read_value(name: str) -> str:
    """The value from the standard input, less the newline at its end; on a terminal asked for twice, unseen."""
    if not sys.stdin.isatty():
        return sys.stdin.read().removesuffix("\n")
    value = getpass.getpass(f"value of {name} (not shown): ")
    if value != getpass.getpass("once more: "):
        raise UserError("the two values differ: nothing was sealed")
    return value


def _make_stack(run: Run) -> None:
    """Have the sandbox's backend know the stack, which an engine wants before it seals. Raises :class:`UserError`."""
    if not run.sandbox or initialised(run):
        return
    run.project.state_folder.mkdir(parents=True, exist_ok=True)
    if backend_of(run).run(["stack", "init", run.stack, "--no-select"]):
        raise UserError(f"the stack {run.stack!r} could not be made")


def _live(run: Run) -> Mapping[str, Any]:
    return deployed(previous_outputs(run))


def _declared(settings: SettingsFile, app: str) -> Mapping[str, Any]:
    declared = settings.apps.get(app)
    return declared if isinstance(declared, Mapping) else {}


def _known_app(run: Run, app: str) -> None:
    apps = run.settings.apps
    if app not in apps:
        raise UserError(
            f"the stack {run.stack!r} has no app {app!r}{nearest(app, apps)}: it has {', '.join(apps) or 'none'}"
        )


def _key(*steps: str) -> str:
    return ".".join([SECRETS, *steps])
