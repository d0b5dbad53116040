"""What the stack's file says of an app: only what differs from what its folder shows each time."""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slipway.bundle.entries import Interface
from slipway.engine.project.yamlfile import edit, edited
from slipway.recognise import Recognised
from slipway.recognise.destinations import IMAGES
from slipway.recognise.variables import is_secret
from slipway.stack.project import Project
from slipway.verbs.app_state import Database, Plan
from slipway.verbs.app_variables import Variables

APPS = "slipway:apps"
NO_SECRETS = frozenset({"dataflow"})
"""Platforms whose apps have no environment."""
PASSWORD_INSIDE = re.compile(
    r"://[^/?#\s:@]*:[^/?#\s@]+@|(?:^|[?&;\s])(?:password|passwd|pwd|secret|token|api_?key|access_?key)=\S",
    re.IGNORECASE,
)
"""A password in an address or a connection's words."""


def settings_of(
    recognised: Recognised,
    folder: Path,
    platform: str,
    name: str,
    config: Mapping[str, Any],
    project: Project,
    *,
    sandbox: bool,
) -> dict[str, Any]:
    """What the stack's file has to say; what the folder shows each time is left out."""
    entry: dict[str, Any] = {"platform": platform, "source": _source(folder, project)}
    others = {key: app for key, app in (config.get(APPS) or {}).items() if key != name}
    match platform:
        case "app-engine" if any(app.get("platform") == platform for app in others.values()):
            entry["service"] = name
        case "pythonanywhere" if any(app.get("platform") == platform for app in others.values()):
            user = str(config.get("pythonanywhere:user", "user")).lower()
            entry["domain"] = f"{name}.{user}.example.com"
        case "lambda" if sandbox:
            entry["url"] = "public"
        case "cloud-run":
            entry |= {"access": "public"} if sandbox else {}
            entry |= {"port": recognised.port} if recognised.dockerfile and recognised.port else {}
        case "dataflow":
            entry |= _pipeline(recognised, folder)
        case "container":
            entry["port"] = recognised.port if recognised.dockerfile and recognised.port else 8080
        case _:
            pass
    if platform in IMAGES and recognised.dockerfile not in ("", "Dockerfile"):
        entry["dockerfile"] = recognised.dockerfile
    if recognised.interface is Interface.chalice and not recognised.routes:
        entry["probe"] = []
    env = {key: value for key, value in recognised.env if not _of_platform_or_secret(key, value)}
    if recognised.hosts and recognised.framework == "django" and platform not in NO_SECRETS:
        env[recognised.hosts] = "*"
        print(f"note: {recognised.hosts} is *: the platform sends the app the requests of its own host names alone")
    if env:
        entry["env"] = env
    return entry


def _pipeline(recognised: Recognised, folder: Path) -> dict[str, Any]:
    """The file that is run, where it is another one than usual, and a text of the folder that can be read."""
    main = recognised.command.removeprefix("python3 ")
    texts = sorted(
        path.relative_to(folder).as_posix()
        for pattern in ("sample*/*", "*.txt", "*.csv", "*.json")
        for path in folder.glob(pattern)
        if path.is_file() and not path.name.startswith("requirements")
    )
    arguments = recognised.arguments.get(main, {})
    sample = texts[:1] if not arguments or "input" in arguments else []
    filled = {"output", *(["input"] if sample else [])}
    if missing := [f"--{option}" for option, needed in arguments.items() if needed and option not in filled]:
        print(
            f"note: {main} needs {' and '.join(missing)}: before `slipway up`, name in sample, input or reads what "
            "it reads, in writes what it writes, and in parameters all else"
        )
    elif arguments and "input" not in arguments:
        print(f"note: {main} has no --input: it is run without one")
    return {**({"main": main} if main != "main.py" else {}), **({"sample": sample[0]} if sample else {})}


def _of_platform_or_secret(name: str, value: str) -> bool:
    """Whether a variable is the platform's to set, or is a secret by its name or value, which is sealed."""
    of_platform = name == "PORT" or name.startswith(("GAE_", "GOOGLE_", "AWS_", "LAMBDA_"))
    return bool(of_platform or is_secret(name) or PASSWORD_INSIDE.search(value))


def _source(folder: Path, project: Project) -> str:
    relative = os.path.relpath(folder, project.root)
    return str(folder) if relative.count("..") > 3 else Path(relative).as_posix()


def with_state(plan: Plan, variables: Variables) -> dict[str, Any]:
    """What the stack's file says of an app's variables, its database and what it writes."""
    entry: dict[str, Any] = {}
    if variables.plain:
        entry["env"] = dict(variables.plain)
    if plan.database is Database.postgres:
        entry["database"] = str(plan.database)
    if plan.parts:
        entry["database_parts"] = dict(plan.parts)
    if plan.data:
        entry["data"] = list(plan.data)
    if plan.release:
        entry["release"] = plan.release
    return entry


def changed(before: str, name: str, entry: Mapping[str, Any]) -> list[str]:
    """The lines of a stack's file that would change, as a difference."""
    after = edited(before, lambda document: _put(document, name, entry))
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))
    return lines[2:]


def _put(document: Any, name: str, entry: Mapping[str, Any]) -> None:  # noqa: ANN401 - ruamel's map
    config = document.setdefault("config", {})
    apps = config.get(APPS)
    if not apps:
        apps = config[APPS] = {}
    if name in apps:
        apps[name].update({key: value for key, value in entry.items() if key in ("platform", "source")})
    else:
        apps[name] = dict(entry)


def write(path: Path, name: str, entry: Mapping[str, Any]) -> None:
    """Write an app into a stack's file; one that is there keeps its own settings."""
    edit(path, lambda document: _put(document, name, entry))
    print(f"wrote {name} into stacks/{path.name}")
