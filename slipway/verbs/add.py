"""Take an app to a stack: ``slipway add FOLDER``.

recognise -> choose a platform -> lock what nothing locks -> write the settings that differ -> up
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from slipway.bundle.entries import Interface
from slipway.bundle.errors import BundleError
from slipway.bundle.interpreters import OWN
from slipway.bundle.trial import OF_PLATFORM, READ_ONLY
from slipway.catalog.successors import successor
from slipway.engine.project.yamlfile import edit, edited
from slipway.errors import UserError, nearest
from slipway.recognise import Recognised, recognise
from slipway.recognise.at_rest import at_rest
from slipway.recognise.destinations import IMAGES, TITLES, Destination, destinations
from slipway.recognise.recogniser import SECRET
from slipway.recognise.sources import SIGNING
from slipway.stack.engines import Engine
from slipway.stack.project import Project
from slipway.stack.session import open_run
from slipway.stack.settings_file import config_of
from slipway.verbs import tables
from slipway.verbs.app_locks import UninstallableError, is_of_slipway, lock_app_folder
from slipway.verbs.app_trial import TRIED, Attempt, NoDiskError, answering_paths
from slipway.verbs.artifacts import cache_of
from slipway.verbs.python_of_app import available, python_of
from slipway.verbs.secret import set_secret
from slipway.verbs.tables import table_of
from slipway.verbs.up import up

APPS = "slipway:apps"
NO_SECRETS = frozenset({"dataflow"})
"""Platforms whose apps have no environment."""
OF_PLATFORM_ALONE = re.compile(r" has no wheel for | and compiles ")
"""Words of a refusal of packages that one platform cannot have, and another may."""
PASSWORD_INSIDE = re.compile(
    r"://[^/?#\s:@]*:[^/?#\s@]+@|(?:^|[?&;\s])(?:password|passwd|pwd|secret|token|api_?key|access_?key)=\S",
    re.IGNORECASE,
)
"""A password in an address or a connection's words."""
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
    if recognised.unreadable and not (recognised.dockerfile and not wish.platform):
        raise UserError(recognised.unreadable)
    platform = _platform(wish, recognised, table, config, ask)
    name = _name(wish, folder, config, project)
    sandbox = config.get("slipway:environment") == "sandbox"
    others = _others(platform, table, config) if wish.yes and wish.up and sandbox and not wish.platform else []
    while True:
        try:
            fit = _fit(recognised, folder, platform, name, config, project, tried=wish.up and sandbox)
            break
        except (NoDiskError, UninstallableError) as mistake:
            others = [one for one in others if _may_suit(one, mistake, recognised)]
            if not others:
                raise
            print(f"{TITLES[platform]} does not take it: {str(mistake).partition(chr(10))[0]}")
            platform, *others = others
            print(f"{TITLES[platform]} is taken instead")
    entry, keys = fit.entry, fit.keys
    path = project.stack_file(wish.stack)
    before = path.read_text(encoding="utf-8")
    if not _agreed(_changed(before, name, entry), path, wish, ask):
        print("nothing was written")
        return 0
    _write(path, name, entry)
    for variable, value in keys.items():
        set_secret(open_run(wish.stack, wish.engine), name, variable, value)
    if not wish.up:
        print(f"bring it up with `slipway up --stack {wish.stack}`")
        return 0
    return up(open_run(wish.stack, wish.engine))


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """An app on a platform that takes it."""

    entry: dict[str, Any]
    """What the stack's file says of it."""
    keys: Mapping[str, str]
    """Variables to seal -> their values."""


def _fit(
    recognised: Recognised,
    folder: Path,
    platform: str,
    name: str,
    config: Mapping[str, Any],
    project: Project,
    *,
    tried: bool,
) -> _Fit:
    """Lock an app for a platform, and try it there. Raises :class:`UserError`."""
    sandbox = config.get("slipway:environment") == "sandbox"
    choice = python_of(recognised, available(platform, sandbox=sandbox), sandbox=sandbox)
    if choice.note:
        print(choice.note)
    locked_for = lock_app_folder(recognised, platform, choice.python, sandbox=sandbox)
    python = locked_for or choice.python
    entry = _settings(recognised, folder, platform, name, config, project, sandbox=sandbox)
    if python != OWN or not sandbox:
        entry["python"] = python
    keys = _signing_keys(recognised) if sandbox and platform not in NO_SECRETS else {}
    if tried and platform in TRIED:
        variables = {**OF_PLATFORM[platform], **entry.get("env", {}), **keys}
        cache, created = cache_of(project), bool(locked_for) or is_of_slipway(recognised)
        paths = answering_paths(
            Attempt(app=recognised, platform=platform, python=python, variables=variables, cache=cache, created=created)
        )
        entry |= {"probe": paths} if paths is not None else {}
    return _Fit(entry=entry, keys=keys)


def _others(platform: str, table: tuple[Destination, ...], config: Mapping[str, Any]) -> list[str]:
    """The platforms beside one that take an app too, and cost nothing at rest."""
    free = [one.platform for one in table if one.possible and one.platform != "beanstalk"]
    return [one for one in free if one != platform and _is_ready(one, config)]


def _may_suit(platform: str, mistake: UserError, recognised: Recognised) -> bool:
    """Whether a platform may take an app that another refused so."""
    if isinstance(mistake, NoDiskError):
        return platform not in READ_ONLY
    # What cannot be built here is built nowhere but where the app's own Dockerfile says how.
    return bool(OF_PLATFORM_ALONE.search(str(mistake))) or (platform in IMAGES and bool(recognised.dockerfile))


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
    rows = [
        (one.platform, str(one.verdict), one.why, at_rest(one.platform) if one.possible else "")
        for one in destinations(recognised)
    ]
    tables.show(table_of("Where it can go", ("platform", "", "", "a month at rest"), rows))


def _platform(
    wish: Wish, recognised: Recognised, table: tuple[Destination, ...], config: Mapping[str, Any], ask: Ask
) -> str:
    possible = [one.platform for one in table if one.possible]
    if wish.platform:
        if wish.platform not in TITLES and (instead := successor(wish.platform)):
            raise UserError(f"{instead}; got --platform {wish.platform!r}")
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
    if recognised.interface is Interface.chalice and not recognised.routes:
        entry["probe"] = []
    env = {key: value for key, value in recognised.env if not _of_platform_or_secret(key, value)}
    if recognised.hosts and recognised.framework == "django" and platform not in NO_SECRETS:
        env[recognised.hosts] = "*"
        print(f"note: {recognised.hosts} is *: the platform sends the app the requests of its own host names alone")
    if env:
        entry["env"] = env
    return entry


def _signing_keys(recognised: Recognised) -> dict[str, str]:
    """Values of this sandbox's own for the keys that the app signs with: any will do there that stays the same."""
    names = dict.fromkeys([*recognised.secrets, *(name for name, _ in recognised.env)])
    return {name: token_urlsafe(40) for name in names if SIGNING.fullmatch(name)}


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


def _of_platform_or_secret(name: str, value: str) -> bool:
    """Whether a variable is the platform's to set, or is a secret by its name or value, which is sealed."""
    of_platform = name == "PORT" or name.startswith(("GAE_", "GOOGLE_", "AWS_", "LAMBDA_"))
    return bool(of_platform or SECRET.search(name) or PASSWORD_INSIDE.search(value))


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
