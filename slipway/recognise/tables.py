"""The commands that make an app's tables before it serves, where it does not do it itself."""

import posixpath
import re
import shlex
from collections.abc import Iterator

from slipway.bundle.locks import normal
from slipway.bundle.locks.wanted import Wanted, names_of
from slipway.recognise.entries import PASSED_OVER, Candidate, Code
from slipway.recognise.folder import Folder, script_of
from slipway.recognise.notes import Notes

PREPARES = re.compile(r"\bmigrate\b|\bupgrade\b|\bcreate_all\b|\binit[_-]?db\b|\bsyncdb\b|\bcreate[_-]?db\b")
"""Words of commands that make an app's tables."""


def prepares_itself(notes: Notes, folder: Folder, dockerfile: str) -> bool:
    """Whether what starts the image makes the tables."""
    commands = [command for command, file, _ in notes.starts if file == dockerfile] + [notes.image_command]
    return any(PREPARES.search(f"{command} {script_of(command, folder)}") for command in commands)


def release_of(code: Code, folder: Folder, framework: str, best: Candidate | None, dependencies: Wanted) -> str:
    """The command that makes the app's tables, where it has one and does not do it itself."""
    if framework == "django":
        manager = min(
            (path for path in code.modules if posixpath.basename(path) == "manage.py"),
            key=lambda path: path.count("/"), default="",
        )  # fmt: skip
        return f"python {manager} migrate --noinput" if manager else ""
    if framework == "nanodjango" and best is not None and any(one.startswith("sqlite") for one in _texts(code)):
        # As its own server does: such an app may have no migrations yet.
        label = posixpath.basename(best.code.removesuffix("/__init__.py")).removesuffix(".py")
        manage = f"python -m nanodjango manage {best.code}"
        return f"{manage} makemigrations {label} --noinput && {manage} migrate --noinput"
    entry = best.entry if best is not None else ""
    declared = {normal(name) for name in names_of(dependencies.lines, lambda _: True)}
    if framework == "flask" and ":" in entry and "+" not in entry and "," not in entry:
        place, _, inside = entry.rpartition("/")
        before = f"PYTHONPATH={place}:$PYTHONPATH " if place else ""
        if "migrations/env.py" in folder.tree.files and "flask-migrate" in declared:
            return f"{before}python -m flask --app {shlex.quote(inside)} db upgrade"
        tables = _tables(code, inside, place)
        return f"{before}{tables}" if tables else ""
    if "alembic.ini" in folder.tree.files and "alembic" in declared:
        return "python -m alembic upgrade head"
    return ""


def _texts(code: Code) -> Iterator[str]:
    """What the app keeps, as its code names it."""
    for path, module in code.modules.items():
        if not PASSED_OVER.search(path):
            yield from (text for text, _ in module.texts)


def setup_of(code: Code, framework: str, best: Candidate | None) -> str:
    """The command that makes the tables of an app with statements of its own, as the tutorial of Flask's has it."""
    start, colon, name = best.entry.partition(":") if best is not None else ("", "", "")
    folder, _, owner = start.rpartition("/")
    paths = sorted((path for path in code.modules if not PASSED_OVER.search(path)), key=lambda path: path.count("/"))
    setups = [(path, command, function) for path in paths for command, function in code.modules[path].setups]
    if not colon or not setups or framework not in ("flask", "quart", "fastapi", "starlette", "bottle", "falcon"):
        return ""
    before = f"PYTHONPATH={folder}:$PYTHONPATH " if folder else ""
    command = next((command for _, command, _ in setups if command and framework == "flask"), "")
    if command:
        return f"{before}python -m flask --app {shlex.quote(f'{owner}:{name}')} {command}"
    path, _, function = next(((one for one in setups if not one[1])), ("", "", ""))
    if not path:
        return ""
    module = code.name_of(path, code.root_of(path)).rpartition("/")[2]
    app, brace, call = name.partition("(")
    context = (
        f"from {owner} import {app} as app; app{brace}{call}.app_context().push(); " if framework == "flask" else ""
    )
    return f'{before}python -c "{context}from {module} import {function}; {function}()"'


def _tables(code: Code, entry: str, place: str) -> str:
    """Makes the tables of Flask-SQLAlchemy's models, which some apps leave to a line of their README."""
    modules = [(path, module) for path, module in code.modules.items() if not PASSED_OVER.search(path)]
    path, module = next(((path, module) for path, module in modules if module.databases), ("", None))
    if module is None or any(one.creates_tables for _, one in modules):
        return ""
    folder, _, owner = code.name_of(path, code.root_of(path)).rpartition("/")
    start, _, name = entry.partition(":")
    name, brace, call = name.partition("(")
    if folder != place:
        return ""
    return (
        f'python -c "from {start} import {name} as app; from {owner} import {module.databases[0]} as db; '
        f'app{brace}{call}.app_context().push(); db.create_all()"'
    )
