"""Copies of a stack for a class: ``slipway classroom NAMES``.

    a list of names -> a throw-away copy each, owned by its student -> up, one after the other -> a table of addresses

Each copy is a stack as any other: `slipway reap` destroys those that are past their end.
"""

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from slipway.errors import UserError
from slipway.sandbox.services import registry
from slipway.stack.clone import PREFIX, make_clone
from slipway.stack.engines import Engine
from slipway.stack.outputs import deployed
from slipway.stack.project import Project
from slipway.stack.session import open_run, previous_outputs
from slipway.verbs import tables
from slipway.verbs.tables import table_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
ACTIONS = {"up": ("up",), "down": ("destroy", "--yes")}
"""What can be done to every copy, and the command that does it."""


def classroom(names: Path, *, source: str, expires: str, budget: int | None, engine: Engine, action: str) -> int:
    """Make a copy of a stack for each name, do something to all of them, and show where they answer.

    ``budget`` is the amount a month of each new copy, the source's where it is None; ``action`` is "" or a key of
    ``ACTIONS``. Returns 1 where it failed for one of them. Raises :class:`UserError`.
    """
    project = Project.find()
    students = students_in(names)
    new = [student for student in students if f"{PREFIX}{student}" not in project.stacks]
    for student in new:
        path = make_clone(project, f"{PREFIX}{student}", source, expires, student, budget)
        print(f"made {path.relative_to(project.root)}")
    if budget is not None and len(new) < len(students):
        print(f"--budget {budget} is for new copies: {len(students) - len(new)} of {len(students)} are there already")
    failed = [student for student in students if action and not _done(project, student, action, engine)]
    rows = [row for student in students for row in _rows(student, engine, is_new=not action and student in new)]
    tables.show(table_of("Addresses", ("owner", "stack", "app", "address"), rows))
    for student in failed:
        print(f"{PREFIX}{student} failed: its output is in {_log(project, student, action)}")
    return 1 if failed else 0


def students_in(names: Path) -> list[str]:
    """The names in a file, a line each; what follows a ``#`` is a comment. Raises :class:`UserError`."""
    try:
        lines = names.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UserError(
            f"{names}: a text file with a name a line is expected: {why}; write one, or name another"
        ) from None
    students: list[str] = []
    for number, line in enumerate(lines, start=1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        if not NAME.fullmatch(name):
            likely = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")
            raise UserError(
                f"{names}:{number}: a name has 1 to 41 characters of a-z, 0-9, '_' and '-', got {name!r}"
                + (f": write {likely}" if likely else "")
            )
        students.append(name)
    twice = [name for name, count in Counter(students).items() if count > 1]
    if twice or not students:
        raise UserError(f"{names}: {f'{twice[0]!r} stands there twice' if twice else 'there is no name in it'}")
    return students


def _done(project: Project, student: str, action: str, engine: Engine) -> bool:
    """Whether a command on one copy went well; its output goes to a file, and a line says how it went."""
    stack, log = f"{PREFIX}{student}", _log(project, student, action)
    registry.close(project.state_folder)
    command = [sys.executable, "-m", "slipway", *ACTIONS[action], "--stack", stack, "--engine", engine.value]
    began = time.monotonic()
    with log.open("wb") as output:
        status = subprocess.run(
            command, cwd=project.root, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    print(f"{stack}: {action} {'failed' if status else 'done'} ({time.monotonic() - began:.0f} s)", flush=True)
    return not status


def _log(project: Project, student: str, action: str) -> Path:
    return project.state_folder / "classroom" / f"{student}.{action}.log"


def _rows(student: str, engine: Engine, *, is_new: bool) -> list[tuple[str, str, str, str]]:
    """A row for each app of a copy; no engine is asked for a copy whose file alone was made just now."""
    stack = f"{PREFIX}{student}"
    apps = () if is_new else deployed(previous_outputs(open_run(stack, engine))).values()
    return [(student, stack, app.name, app.url) for app in apps] or [(student, stack, "", "not up")]
