"""Versions that are broken, as data: one is deployed over one that serves, while requests go on.

A file of ``tests/cases/broken_versions`` has:

- ``app``: of the sandbox's stack; ``append``: the code at the end of its file that breaks it;
- ``status``, ``names`` and ``seconds``: the exit status of `up`, what it has to say, and how long it may take;
- ``serves``: ``the one before`` (no request is lost) or ``itself``, where the platform's cloud would have it serve too;
- ``logged``: what `logs` shows of it, although the one before serves;
- ``counted``: what `status` says of it, where it ends again and again;
- ``slow``: whether it takes a minute and more, and is left out unless ``SLIPWAY_BROKEN=all`` asks for it;
- ``back``: the command that lets a good version serve again: ``rollback``, or ``up`` of mended code.
"""

import os
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from tests.contract.requests_lost import Subject
from tests.demo.clones import Clone
from tests.docker.load import Load

CASES = Path(__file__).parents[1] / "cases/broken_versions"
PATIENCE = 180.0
"""Seconds that a state is waited for."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A broken version, and what becomes of it."""

    name: str
    says: str
    app: str
    append: str
    status: int
    names: str
    seconds: float
    serves: Literal["the one before", "itself"]
    logged: str = ""
    counted: str = ""
    slow: bool = False
    back: Literal["", "up", "rollback"] = ""

    @classmethod
    def read(cls, path: Path) -> "Broken":
        """Of its file."""
        document: dict[str, Any] = yaml.safe_load(path.read_text())
        return cls(name=path.stem, **document)


def broken_of(subject: Subject) -> list[Broken]:
    """The broken versions of an app, that after which there is a rollback at the end."""
    every = os.environ.get("SLIPWAY_BROKEN") == "all"
    cases = [Broken.read(path) for path in sorted(CASES.glob("*.yaml"))]
    own = [case for case in cases if case.app == subject.app and (every or not case.slow)]
    return [case for back in ("", "up", "rollback") for case in own if case.back == back]


def hold(case: Broken, subject: Subject, clone: Clone, asked: Load) -> None:
    """Deploy the broken version, see what becomes of it, and have one that is well serve again."""
    source = clone.folder / "app_src" / subject.file
    good, lost, began = source.read_text(), len(asked.lost), time.monotonic()
    source.write_text(f"{good}\n\n{case.append}")
    output = clone.verb("up", status=case.status)
    took = time.monotonic() - began
    source.write_text(good)
    assert re.search(case.names, " ".join(output.split())), output
    assert took < case.seconds
    assert case.logged in clone.run("logs", case.app, "--lines", "60") if case.logged else True
    if case.serves == "the one before":
        assert asked.lost[lost:] == []
        return
    if case.counted:
        wait_until(lambda: re.search(case.counted, clone.run("status", status=None)) is not None)
    else:
        wait_until(lambda: len(asked.lost) > lost)
    if case.back == "rollback":
        clone.verb("rollback", subject.app)
    else:
        subject.edit(clone, zlib.crc32(case.name.encode()))  # mended: another version
        clone.verb("up")
    quiet, answered = len(asked.lost), sum(asked.answers.values())
    wait_until(lambda: sum(asked.answers.values()) > answered + 60)
    assert asked.lost[quiet:] == []


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as something holds."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.2)
