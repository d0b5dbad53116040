"""``config``: the settings of a stack."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.secrets import Secrets, secrets_in
from slipway.engine.errors import UsageError
from slipway.engine.project import yamlfile
from slipway.engine.project.project import StackSettings, as_text, opened, parse_path
from slipway.engine.project.workspace import Workspace

_TYPES = {"string": str, "int": int, "float": float, "bool": lambda text: {"true": True, "false": False}[text.lower()]}


def set_(args: argparse.Namespace) -> int:
    """Set one setting."""
    settings = _settings(args)
    text = args.value if args.value is not None else sys.stdin.read()
    if args.value is None and not args.raw:
        text = text.removesuffix("\n")
    if args.secret:
        value: Any = {"secure": secrets_for(settings).seal_text(text)}
    elif args.type:
        try:
            value = _TYPES[args.type](text)
        except (ValueError, KeyError) as error:
            raise UsageError(f"{text!r} is not of type {args.type}") from error
    else:
        value = _guessed(text) if args.path and len(parse_path(args.key)) > 1 else text
    settings.set(args.key, value, path=args.path)
    return 0


def get_(args: argparse.Namespace) -> int:
    """Print one setting."""
    settings = _settings(args)
    steps = parse_path(args.key) if args.path else [args.key]
    value: Any = settings.effective_value(settings.project.key(str(steps[0])))
    for step in steps[1:]:
        value = _inside(value, step)
    if value is None:
        raise UsageError(f"configuration key '{args.key}' not found for stack '{settings.stack}'")
    is_secret = isinstance(value, dict) and "secure" in value
    text = as_text(opened(value, lambda: secrets_for(settings)))
    print(json.dumps({"value": text, "secret": is_secret}, indent=2) if args.json else text)
    return 0


def rm_(args: argparse.Namespace) -> int:
    """Remove one setting; one that is not there is removed already."""
    _settings(args).remove(args.key, path=args.path)
    return 0


def set_all(args: argparse.Namespace) -> int:
    """Set several settings."""
    settings = _settings(args)
    rows = [(pair, True) for pair in args.secret] + [(pair, False) for pair in args.plaintext]
    if args.json:
        try:
            rows += [(f"{key}={row['value']}", bool(row.get("secret"))) for key, row in json.loads(args.json).items()]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f'--json takes {{"KEY": {{"value": TEXT, "secret": BOOL}}}}: {error}') from error
    for pair, is_secret in rows:
        key, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"{pair!r}: KEY=VALUE is expected")
        value = {"secure": secrets_for(settings).seal_text(text)} if is_secret else text
        settings.set(key, value, path=args.path)
    return 0


def rm_all(args: argparse.Namespace) -> int:
    """Remove several settings; one that is not there is removed already."""
    settings = _settings(args)
    for key in args.keys:
        settings.remove(key, path=args.path)
    return 0


def copy(args: argparse.Namespace) -> int:
    """Copy one setting, or all of them, to another stack; what is sealed is sealed anew with that stack's key."""
    workspace = Workspace.here(Path.cwd())
    settings, target = _settings(args), workspace.settings(workspace.stack(args.dest))
    chosen = settings.values
    if args.key:
        key = settings.project.key(args.key)
        if key not in chosen:
            raise UsageError(f"configuration key '{args.key}' not found for stack '{settings.stack}'")
        chosen = {key: chosen[key]}
    for key, value in chosen.items():
        target.set(key, resealed(yamlfile.resolved(value), settings, target), path=False)
    return 0


def resealed(value: Any, source: StackSettings, target: StackSettings) -> Any:  # noqa: ANN401
    """The value with what is sealed in it sealed by the key of another stack."""
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return {"secure": secrets_for(target).seal_text(secrets_for(source).open_text(value["secure"]))}
        return {key: resealed(item, source, target) for key, item in value.items()}
    return [resealed(item, source, target) for item in value] if isinstance(value, list) else value


def show(args: argparse.Namespace) -> int:
    """Print every setting."""
    settings = _settings(args)
    rows: dict[str, dict[str, Any]] = {}
    for key, value in sorted(settings.values.items()):
        is_secret = "secure" in json.dumps(yamlfile.resolved(value)) and _has_sealed(value)
        if is_secret and not args.show_secrets:
            rows[key] = {"secret": True}
        else:
            rows[key] = {"value": as_text(opened(value, lambda: secrets_for(settings))), "secret": is_secret}
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    width = max((len(key) for key in rows), default=3) + 2
    print(f"{'KEY':{width}}VALUE")
    for key, row in rows.items():
        print(f"{key.removeprefix(f'{settings.project.name}:'):{width}}{row.get('value', '[secret]')}")
    return 0


def secrets_for(settings: StackSettings) -> Secrets:
    """The secrets of a stack's settings; a salt is made and kept where there is none."""
    if settings.salt:
        return Secrets(settings.salt)
    workspace = Workspace.here(settings.project.root)
    latest = workspace.backend.raw(settings.stack) if workspace.backend.file(settings.stack).exists() else {}
    secrets = secrets_in(latest) or Secrets.create()
    settings.keep_salt(secrets.salt)
    return secrets


def _settings(args: argparse.Namespace) -> StackSettings:
    workspace = Workspace.here(Path.cwd())
    return workspace.settings(workspace.stack(getattr(args, "stack", None)), getattr(args, "config_file", None))


def _inside(value: Any, step: str | int) -> Any:  # noqa: ANN401
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def _guessed(text: str) -> Any:  # noqa: ANN401
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() and str(int(text)) == text else text


def _has_sealed(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_has_sealed, value.values()))
    return isinstance(value, list) and any(map(_has_sealed, value))
