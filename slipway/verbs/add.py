"""Take an app to a stack: ``slipway add FOLDER``.

recognise -> choose a platform -> lock what nothing locks -> write the settings that differ -> up
"""

import difflib
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.bundle.entries import Interface, served
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import WANTED, lock
from slipway.bundle.trial import Question, tried
from slipway.engine.project.yamlfile import edit, edited
from slipway.errors import UserError, nearest
from slipway.recognise import Recognised, recognise
from slipway.recognise.destinations import TITLES, Destination, destinations
from slipway.recognise.recogniser import SECRET
from slipway.stack.engines import Engine
from slipway.stack.project import Project
from slipway.stack.session import open_run
from slipway.stack.settings_file import config_of
from slipway.verbs import tables
from slipway.verbs.artifacts import cache_of, recognised_artifact, wheels_for
from slipway.verbs.newer_versions import newer_version
from slipway.verbs.tables import table_of
from slipway.verbs.up import up

APPS = "slipway:apps"
NAME = re.compile(r"[a-z][a-z0-9-]{1,24}[a-z0-9]")
"""What a stack calls an app."""
Ask = Callable[[str, str], str]
"""``ask(question, default)``: the answer of the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line says."""

    folder: Path
    stack: str = "sandbox"
    platform: str = ""
    name: str = ""
    yes: bool = False
    """Ask nothing: take what is proposed."""
    up: bool = False
    engine: Engine = Engine.auto


def add(wish: Wish, ask: Ask) -> int:
    """Add an app's folder to a stack; its exit status. Raises :class:`UserError`."""
    project = Project.find()
    config = config_of(project, wish.stack)
    folder = wish.folder.expanduser().resolve()
    if not folder.is_dir():
        raise UserError(f"there is no folder {wish.folder}: name the folder of an app, as ../shop")
    recognised = _recognised(folder)
    _show(recognised, folder)
    table = destinations(recognised)
    platform = _platform(wish, recognised, table, config, ask)
    name = _name(wish, folder, config, project)
    sandbox = config.get("slipway:environment") == "sandbox"
    created = _lock(recognised, folder, platform)
    entry = _settings(recognised, folder, platform, name, config, project, sandbox=sandbox)
    if wish.up and sandbox and recognised.interface in (Interface.wsgi, Interface.asgi) and platform in TRIED:
        entry |= _answering(recognised, folder, platform, project, entry, created=created)
    path = project.stack_file(wish.stack)
    before = path.read_text(encoding="utf-8")
    if not _agreed(_changed(before, name, entry), path, wish, ask):
        print("nothing was written")
        return 0
    _write(path, name, entry)
    if not wish.up:
        print(f"bring it up with `slipway up --stack {wish.stack}`")
        return 0
    return up(open_run(wish.stack, wish.engine))


def _recognised(folder: Path) -> Recognised:
    try:
        return recognise(folder)
    except BundleError as mistake:
        raise UserError(str(mistake)) from None


def _show(recognised: Recognised, folder: Path) -> None:
    rows = [(one.subject, one.value, one.place, str(one.sure)) for one in recognised.findings]
    tables.show(table_of(f"What {folder.name} is", ("", "", "read in", "how sure"), rows))
    for problem in recognised.problems:
        print(f"note: {problem}")
    rows = [(one.platform, str(one.verdict), one.why) for one in destinations(recognised)]
    tables.show(table_of("Where it can go", ("platform", "", ""), rows))


def _platform(
    wish: Wish, recognised: Recognised, table: tuple[Destination, ...], config: Mapping[str, Any], ask: Ask
) -> str:
    possible = [one.platform for one in table if one.possible]
    if wish.platform:
        if wish.platform not in TITLES:
            titles = ", ".join(TITLES)
            raise UserError(f"there is no platform {wish.platform!r}{nearest(wish.platform, TITLES)}: one of {titles}")
        row = next(one for one in table if one.platform == wish.platform)
        if not row.possible:
            others = f": it can go to {', '.join(possible)}" if possible else ""
            raise UserError(f"{recognised.root.name} cannot go to {wish.platform}: {row.why}{others}")
        return wish.platform
    if not possible:
        raise UserError(f"{recognised.root.name} can go nowhere: {table[0].why}. Say what serves it with a Procfile")
    ready = [one for one in possible if _is_ready(one, config)] or possible
    return ready[0] if wish.yes else _choice(ask("Where should it go?", ready[0]), possible)


def _choice(answer: str, possible: list[str]) -> str:
    if answer not in possible:
        raise UserError(f"{answer!r} is none of {', '.join(possible)}{nearest(answer, possible)}")
    return answer


def _is_ready(platform: str, config: Mapping[str, Any]) -> bool:
    """Whether the stack's file has what the platform needs."""
    needs = {
        "app-engine": "slipway:gcp",
        "cloud-run": "slipway:gcp",
        "dataflow": "slipway:gcp",
        "lambda": "aws:region",
        "beanstalk": "aws:region",
        "pythonanywhere": "pythonanywhere:user",
    }
    return platform not in needs or needs[platform] in config


def _name(wish: Wish, folder: Path, config: Mapping[str, Any], project: Project) -> str:
    """The app's name in the stack: the given one, or the folder's, in the letters that platforms take."""
    answer = wish.name or folder.name
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", answer).lower()).strip("-")[:26].strip("-")
    if name and not name[0].isalpha():
        name = f"app-{name}"[:26].strip("-")
    if len(name) < 3:
        name = f"{name or 'app'}-app"
    if not NAME.fullmatch(name):
        raise UserError(f"{answer!r} gives no name that platforms take (a-z, 0-9 and '-'): say one with --name")
    if name != answer:
        print(f"it is called {name} in the stack: platforms take a-z, 0-9 and '-'")
    titles = (config.get(APPS) or {}).get(name)
    if titles and (project.root / titles.get("source", "")).resolve() != folder:
        raise UserError(
            f"the stack {wish.stack!r} has an app {name!r} already, of {titles.get('source')}: say another name "
            f"with --name"
        )
    return name


def _lock(recognised: Recognised, folder: Path, platform: str) -> bool:
    """Lock what nothing locks, beside the app; whether that was needed."""
    if recognised.undeclared and not recognised.wanted.origin:
        (folder / WANTED).write_text("".join(f"{name}\n" for name in recognised.undeclared), encoding="utf-8")
        print(f"wrote {folder / WANTED}, of what the code imports: {', '.join(recognised.undeclared)}")
    elif recognised.lock or not recognised.wanted:
        return False
    try:
        created = lock(folder, platform=wheels_for(platform))
    except BundleError as mistake:
        raise UserError(str(mistake)) from None
    print(f"wrote {created}: every package that {folder.name} needs, pinned with hashes")
    return True


TRIED = ("app-engine", "lambda", "pythonanywhere")
"""Platforms whose artifact is asked for its paths before it goes there."""


def _answering(
    recognised: Recognised, folder: Path, platform: str, project: Project, entry: Mapping[str, Any], *, created: bool
) -> dict[str, Any]:
    """The path that answers, where it is not the one that is recognised: the app is imported alone and asked.

    Newer versions than the app was written for may have broken it: where they were locked just now and it fails, those
    of the day of its last change are tried. Raises :class:`UserError` with the app's own error.
    """
    candidates = tuple(dict.fromkeys([recognised.probe, "/", *recognised.routes[:12]]))
    variables = {**dict(recognised.env), **entry.get("env", {})}
    try:
        statuses = _asked(recognised, folder, platform, project, candidates, variables)
    except UserError as mistake:
        # Read before the lock changes: it has the versions that the app fails with.
        reason = newer_version(str(mistake), folder, recognised.wanted.origin or WANTED)
        if not (created and _lock_as_of(folder, platform)):
            raise (UserError(reason) if reason else mistake) from None
        statuses = _asked(recognised, folder, platform, project, candidates, variables)
    if all(status >= 500 for status in statuses.values()) and created and _lock_as_of(folder, platform):
        statuses = _asked(recognised, folder, platform, project, candidates, variables)
    answering = [path for path in candidates if 200 <= statuses.get(path, 500) < 300]
    if not answering or answering[0] == recognised.probe:
        return {}
    print(f"{recognised.probe} answers {statuses.get(recognised.probe)}: {answering[0]} is probed instead")
    return {"probe": [answering[0]]}


def _asked(
    recognised: Recognised,
    folder: Path,
    platform: str,
    project: Project,
    paths: tuple[str, ...],
    variables: Mapping[str, str],
) -> Mapping[str, int]:
    cache = cache_of(project)
    artifact = recognised_artifact(folder, platform, cache)
    plain = served("app-engine", recognised.entry, str(recognised.interface))
    if platform == "pythonanywhere":
        plain = served(platform, recognised.entry, str(recognised.interface))
    module, name, interface = plain.entry.module, plain.entry.name, str(recognised.interface)
    if platform == "lambda":
        # What the function wraps is asked, not its handler.
        module, name = "slipway_entry", "app"
    elif platform == "pythonanywhere" and interface == Interface.asgi:
        interface = "wsgi"
    question = Question(module=module, name=name, interface=interface, paths=paths, variables=variables)
    try:
        return tried(artifact, question, cache, app=folder.name).statuses
    except BundleError as mistake:
        raise UserError(str(mistake)) from None


def _lock_as_of(folder: Path, platform: str) -> bool:
    """Lock the versions of the day of the app's last change; whether there are such that resolve."""
    day = _last_change(folder)
    if not day:
        return False
    try:
        lock(folder, platform=wheels_for(platform), upgrade=True, before=day)
    except BundleError:
        return False
    print(f"with today's versions it fails: locked again as of its last change, {day}")
    return True


def _last_change(folder: Path) -> str:
    """The day of the last commit that touched the folder, ``YYYY-MM-DD``; "" where git knows of none."""
    words = ["git", "-C", str(folder), "log", "-1", "--format=%cs", "--", "."]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _settings(
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
    if not sandbox:
        entry["python"] = recognised.python_version or "3.13"
    match platform:
        case "app-engine" if any(app.get("platform") == platform for app in others.values()):
            entry["service"] = name
        case "pythonanywhere" if any(app.get("platform") == platform for app in others.values()):
            user = str(config.get("pythonanywhere:user", "user")).lower()
            entry["domain"] = f"{name}.{user}.example.com"
        case "lambda" if sandbox:
            entry["url"] = "public"
        case "cloud-run" if sandbox:
            entry["access"] = "public"
        case "dataflow":
            entry |= _pipeline(recognised, folder)
        case "container":
            entry["port"] = recognised.port if recognised.dockerfile and recognised.port else 8080
        case _:
            pass
    if env := {key: value for key, value in recognised.env if not _of_platform_or_secret(key)}:
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
    return {**({"main": main} if main != "main.py" else {}), **({"sample": texts[0]} if texts else {})}


def _of_platform_or_secret(name: str) -> bool:
    """Whether a variable is the platform's to set, or is a secret by its name and so is sealed, not written."""
    return bool(name == "PORT" or name.startswith(("GAE_", "GOOGLE_", "AWS_", "LAMBDA_")) or SECRET.search(name))


def _source(folder: Path, project: Project) -> str:
    relative = os.path.relpath(folder, project.root)
    return str(folder) if relative.count("..") > 3 else Path(relative).as_posix()


def _agreed(change: list[str], path: Path, wish: Wish, ask: Ask) -> bool:
    if not change:
        return True
    print(f"stacks/{path.name}:")
    print("\n".join(f"  {line}" for line in change))
    return wish.yes or ask("Write it?", "yes").lower() in ("y", "yes")


def _changed(before: str, name: str, entry: Mapping[str, Any]) -> list[str]:
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


def _write(path: Path, name: str, entry: Mapping[str, Any]) -> None:
    edit(path, lambda document: _put(document, name, entry))
    print(f"wrote {name} into stacks/{path.name}")
