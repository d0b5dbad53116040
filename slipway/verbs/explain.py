"""The settings explained: what each is, its unit, its default, which environments may change it.

The model is the program's, which this command does not import: it is asked for its settings as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping

from slipway.errors import UserError, nearest
from slipway.stack.project import Project
from slipway.stack.settings_file import config_of
from slipway.verbs import tables
from slipway.verbs.tables import table_of
from slipway.wire.settings import Setting


def explain(key: str | None) -> int:
    """Show every setting, or those at and below ``key`` with what each stack's file says of it."""

    project = Project.find()
    settings = read_settings(project)
    chosen = [setting for setting in settings if key is None or _below(setting.key, key)]
    if not chosen:
        raise _unknown(key or "", [_short(setting.key) for setting in settings])
    columns = ("setting", "what it is", "unit", "default", "changed in")
    rows = [
        (f"{s.key} ({s.platform})" if s.platform else s.key, s.what, s.unit, s.default, s.environments) for s in chosen
    ]
    tables.show(table_of("Settings", columns, rows))
    if key is not None:
        tables.show(table_of("As the stacks have it", ("stack", "setting", "value"), _values_of(project, chosen)))
    return 0


def refuse_unknown(project: Project, key: str) -> None:
    """Raise :class:`UserError` for a setting of the program that there is not; below a section it looks at nothing."""
    namespace, _, name = key.rpartition(":")
    if namespace not in ("", "slipway"):
        return
    sections = sorted({_section(_short(setting.key)) for setting in read_settings(project)})
    if _section(name) not in sections:
        raise _unknown(key, sections)


def _section(key: str) -> str:
    return key.partition(".")[0].partition("[")[0]


def _unknown(key: str, keys: list[str]) -> UserError:
    likely = nearest(_short(key), keys)
    if key != _short(key) and ":" not in likely:
        likely = likely.replace("'", "'slipway:", 1)
    return UserError(f"there is no setting {key!r}{likely}: `slipway config explain` shows them all")


def read_settings(project: Project) -> list[Setting]:
    """The metadata of the project's settings. Raises :class:`UserError` where they cannot be read."""
    words = [sys.executable, "-m", "stacks.explain"]
    done = subprocess.run(words, cwd=project.root, capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UserError(f"{project.root / 'stacks'} does not explain its settings: {last[0]}")
    return [Setting(**row) for row in json.loads(done.stdout)]


def _below(key: str, prefix: str) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for name in (key, _short(key)))


def _short(key: str) -> str:
    return key.removeprefix("slipway:")


def _values_of(project: Project, settings: list[Setting]) -> Iterator[tuple[str, str, str]]:
    """Stack, key and value of each of ``settings`` in the stacks' files, the apps by their names."""
    for stack in project.stacks:
        config = config_of(project, stack)
        for setting in settings:
            namespace, _, path = setting.key.partition(":")
            head, *rest = path.split(".")
            yield from ((stack, *pair) for pair in _values(config, (f"{namespace}:{head}", *rest), ""))


def _values(at: object, way: tuple[str, ...], place: str) -> Iterator[tuple[str, str]]:
    """Where the way leads: plain values alone, for what is below a mapping has a setting of its own."""
    if not way:
        if isinstance(at, list):
            yield place, ", ".join(map(str, at))
        elif not isinstance(at, Mapping):
            yield place, str(at)
        elif "secure" in at:
            yield place, "(sealed)"
        return
    if isinstance(at, Mapping):
        for name in at if way[0] == "NAME" else [way[0]] if way[0] in at else []:
            yield from _values(at[name], way[1:], f"{place}.{name}" if place else name)
