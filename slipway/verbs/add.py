"""Take an app to a stack: ``slipway add FOLDER``.

recognise -> choose a platform -> lock what nothing locks -> write the settings that differ -> up
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from slipway.bundle.errors import BundleError
from slipway.bundle.interpreters import OWN
from slipway.bundle.trial import NO_DATABASE, OF_NO_DATABASE, OF_PLATFORM, READ_ONLY
from slipway.catalog.successors import successor
from slipway.engine.project.yamlfile import edit
from slipway.errors import UserError, nearest
from slipway.recognise import Recognised, recognise
from slipway.recognise.at_rest import at_rest
from slipway.recognise.destinations import IMAGES, TITLES, Destination, destinations
from slipway.recognise.variables import Origin, is_secret, is_signing, variable_of
from slipway.sandbox.docker import daemon
from slipway.stack.engines import Engine
from slipway.stack.project import Project
from slipway.stack.session import open_run
from slipway.stack.settings_file import config_of, refuse_unless_writable
from slipway.verbs import tables
from slipway.verbs.app_entry import APPS, NO_SECRETS, changed, settings_of, with_state, write
from slipway.verbs.app_locks import UninstallableError, is_of_slipway, lock_app_folder
from slipway.verbs.app_state import Database, Plan, plans
from slipway.verbs.app_trial import Attempt, NoDiskError, Outcome, outcome_of, tried_as
from slipway.verbs.app_variables import NoValueError, Variables, values_of
from slipway.verbs.artifacts import cache_of
from slipway.verbs.own_image import in_own_image, installs_itself, uses_own_dockerfile
from slipway.verbs.python_of_app import Choice, available, python_of
from slipway.verbs.secret import set_secret
from slipway.verbs.tables import table_of
from slipway.verbs.up import up

MADE = "made"
"""What the setting `dockerfile` says where one is made although the folder has one."""
OF_PLATFORM_ALONE = re.compile(r" has no wheel for | and compiles ")
"""Words of a refusal of packages that one platform cannot have, and another may."""
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
    refuse_unless_writable(project.stack_file(wish.stack))
    folder = wish.folder.expanduser().resolve()
    if not folder.is_dir():
        raise UserError(f"there is no folder {wish.folder}: name the folder of an app, as ../shop")
    recognised = _recognised(folder)
    if recognised.below and not any(folder.glob("*.py")):
        folder = folder / recognised.below
        print(f"note: the app is its folder {recognised.below}, which has its Dockerfile")
        recognised = _recognised(folder)
    _show(recognised, folder)
    table = destinations(recognised)
    if recognised.unreadable and not (recognised.dockerfile and not wish.platform):
        raise UserError(recognised.unreadable)
    sandbox = config.get("slipway:environment") == "sandbox"
    plan, *others = _plans(wish, recognised, table, config, ask)
    name = _name(wish, folder, config, project)
    others = others if wish.yes and wish.up and sandbox and not wish.platform else []
    while True:
        try:
            fit = _fit(recognised, folder, plan, name, config, project, tried=wish.up and sandbox)
            break
        except NoValueError:
            raise
        except UserError as mistake:
            others = [one for one in others if _may_suit(one, plan, mistake, recognised)]
            if not others:
                raise
            print(f"{TITLES[plan.platform]} does not take it: {str(mistake).partition(chr(10))[0]}")
            plan, *others = others
            print(f"{TITLES[plan.platform]} is taken instead{f': {plan.why}' if plan.why else ''}")
    entry, keys = fit.entry, fit.variables.sealed
    path = project.stack_file(wish.stack)
    before = path.read_text(encoding="utf-8")
    if not _agreed(changed(before, name, entry), path, wish, ask):
        print("nothing was written")
        return 0
    write(path, name, entry)
    for variable, value in keys.items():
        set_secret(open_run(wish.stack, wish.engine), name, variable, value)
    if not wish.up:
        print(f"bring it up with `slipway up --stack {wish.stack}`")
        return 0
    status = up(open_run(wish.stack, wish.engine))
    if status and wish.yes and sandbox and uses_own_dockerfile(recognised, plan.platform):
        return _without_dockerfile(wish, recognised, [plan, *others], name, config, project)
    return status


def _without_dockerfile(
    wish: Wish,
    recognised: Recognised,
    ways: Sequence[Plan],
    name: str,
    config: Mapping[str, Any],
    project: Project,
) -> int:
    """Take the app without its Dockerfile, which did not come up; the exit status. Raises :class:`UserError`."""
    without = replace(recognised, dockerfile="", target="", image_command="", prepares_itself=False)
    folder, path = recognised.root, project.stack_file(wish.stack)
    ways = [one for one in ways if one.platform not in IMAGES or not without.keeps] or ways[:1]
    for number, plan in enumerate(ways, 1):
        try:
            fit = _fit(without, folder, plan, name, config, project, tried=True)
        except UserError as mistake:
            print(f"{TITLES[plan.platform]} does not take it without its Dockerfile either: {mistake}")
            continue
        entry = {**fit.entry, **({"dockerfile": MADE} if plan.platform in IMAGES else {})}
        how = "by a Dockerfile that Slipway makes" if plan.platform in IMAGES else "without a Dockerfile"
        print(
            f"{name} did not come up by its own {recognised.dockerfile}, for the reason above: it is taken to "
            f"{TITLES[plan.platform]} {how}"
        )
        edit(path, lambda document, entry=entry: document["config"][APPS].update({name: entry}))
        for variable, value in fit.variables.sealed.items():
            set_secret(open_run(wish.stack, wish.engine), name, variable, value)
        status = up(open_run(wish.stack, wish.engine))
        if not status or number == len(ways):
            return status
    return 1


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """An app on a platform that takes it."""

    entry: dict[str, Any]
    """What the stack's file says of it."""
    variables: Variables
    """Those that the app needs."""


def _fit(
    recognised: Recognised,
    folder: Path,
    plan: Plan,
    name: str,
    config: Mapping[str, Any],
    project: Project,
    *,
    tried: bool,
) -> _Fit:
    """Lock an app for a platform, and try it there. Raises :class:`UserError`."""
    sandbox, platform = config.get("slipway:environment") == "sandbox", plan.platform
    locked_for, python, own_packages = "", OWN, platform in IMAGES and installs_itself(recognised)
    choice = Choice(python=OWN)
    if not own_packages:
        choice = python_of(recognised, available(platform, sandbox=sandbox), sandbox=sandbox)
        if choice.note:
            print(choice.note)
        if choice.refusal and not tried_as(recognised, platform):
            raise UserError(choice.refusal)
        locked_for = lock_app_folder(recognised, platform, choice.python, sandbox=sandbox)
        python = locked_for or choice.python
    entry = settings_of(recognised, folder, platform, name, config, project, sandbox=sandbox)
    if platform in IMAGES and recognised.dockerfile:
        plan = in_own_image(recognised, plan, entry)
    if (python != OWN or not sandbox) and not own_packages:
        entry["python"] = python
    env = {name: value for name, value in {**entry.pop("env", {}), **plan.env}.items() if name not in plan.parts}
    variables = Variables(plain=env)
    if sandbox and platform not in NO_SECRETS:
        variables = variables.together(_without_asking(recognised, {*variables.names, *plan.parts}))
    if tried and (like := tried_as(recognised, platform)):
        outcome = _on(
            choice,
            lambda: outcome_of(
                Attempt(
                    app=recognised,
                    platform=like,
                    python=python,
                    of_platform={
                        **OF_PLATFORM[like],
                        **({"DATABASE_URL": NO_DATABASE} if plan.database is Database.postgres else {}),
                        **{name: OF_NO_DATABASE[part] for name, part in plan.parts.items()},
                    },
                    variables=variables,
                    cache=cache_of(project),
                    created=bool(locked_for) or is_of_slipway(recognised),
                    release=plan.release if plan.database is not Database.postgres else "",
                    folders=tuple(path for path in plan.data if not PurePosixPath(path).suffix),
                    made=frozenset(
                        {*plan.parts, *({"DATABASE_URL"} if plan.database is Database.postgres else set[str]())}
                    ),
                    judged=plan.database is not Database.postgres,
                )
            ),
        )
        entry |= {"entry": outcome.entry} if outcome.entry else {}
        entry |= {"probe": outcome.probe} if outcome.probe is not None else {}
        variables = outcome.variables
        if outcome.release:
            plan = replace(plan, release=outcome.release, data=tuple(dict.fromkeys([*plan.data, *outcome.written])))
    _note_keys(recognised, name, {*variables.names, *plan.parts})
    return _Fit(entry={**entry, **with_state(plan, variables)}, variables=variables)


def _on(choice: Choice, attempt: Callable[[], Outcome]) -> Outcome:
    """What came of an attempt; where the app is for other Pythons and fails on this one, that is the reason."""
    try:
        return attempt()
    except UserError as mistake:
        if not choice.refusal or isinstance(mistake, NoDiskError | NoValueError):
            raise
        first = str(mistake).partition("\n")[0]
        raise UserError(f"{choice.refusal}. On {choice.python} it fails: {first}") from None


def _note_keys(recognised: Recognised, name: str, present: Collection[str]) -> None:
    """Name the keys of other services that the app asks for and does not have: it may start without."""
    keys = [key for key in (*recognised.secrets, *recognised.optional) if is_secret(key) and key not in present]
    if keys:
        print(
            f"note: it asks for {', '.join(dict.fromkeys(keys))}, which nothing here gives a value of: what needs "
            f"{'them' if len(keys) > 1 else 'it'} fails until `slipway secret set {name} {keys[0]}`"
            f"{' and so on' if len(keys) > 1 else ''}"
        )


def _without_asking(recognised: Recognised, present: Collection[str]) -> Variables:
    """The variables that the app needs and that need no answer; an app that fails without the others says so itself."""
    names = [*recognised.secrets, *recognised.variables, *(name for name, _ in recognised.env if is_signing(name))]
    own = {name for name, value, file in recognised.examples if file == ".env" and value}
    ready = [name for name in names if name in own or variable_of(recognised, name).origin is not Origin.asked_for]
    return values_of(recognised, [name for name in dict.fromkeys(ready) if name not in present])


def _plans(
    wish: Wish, recognised: Recognised, table: tuple[Destination, ...], config: Mapping[str, Any], ask: Ask
) -> tuple[Plan, ...]:
    """The ways to take the app somewhere, the one to begin with first. Raises :class:`UserError`."""
    possible = [one.platform for one in table if one.possible and one.platform != "beanstalk"]
    ready = [one for one in possible if _is_ready(one, config)]
    has_docker = any(platform in IMAGES for platform in possible) and daemon.find() is not None
    proposed = plans(recognised, ready, has_docker=has_docker)
    platform = _platform(wish, recognised, table, config, ask, first=proposed[0].platform if proposed else "")
    chosen = [plan for plan in proposed if plan.platform == platform]
    if not chosen:
        chosen = list(plans(recognised, [platform], has_docker=True))
    if chosen[0].why:
        print(f"note: {chosen[0].why}")
    return (chosen[0], *(plan for plan in proposed if plan != chosen[0]))


def _may_suit(plan: Plan, before: Plan, mistake: UserError, recognised: Recognised) -> bool:
    """Whether a way to take an app somewhere may suit where another was refused so."""
    if isinstance(mistake, NoDiskError):
        return plan.platform not in READ_ONLY
    if isinstance(mistake, UninstallableError):
        # What cannot be built here is built nowhere but where the app's own Dockerfile says how.
        own = plan.platform in IMAGES and bool(recognised.dockerfile)
        return bool(OF_PLATFORM_ALONE.search(str(mistake))) or own
    # Models of PostgreSQL's own types make no tables in SQLite.
    return before.database is Database.sqlite and plan.database is Database.postgres


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
    wish: Wish,
    recognised: Recognised,
    table: tuple[Destination, ...],
    config: Mapping[str, Any],
    ask: Ask,
    *,
    first: str,
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
    first = first or possible[0]
    return first if wish.yes else _choice(ask("Where should it go?", first), possible)


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


def _agreed(change: list[str], path: Path, wish: Wish, ask: Ask) -> bool:
    if not change:
        return True
    print(f"stacks/{path.name}:")
    print("\n".join(f"  {line}" for line in change))
    return wish.yes or ask("Write it?", "yes").lower() in ("y", "yes")
