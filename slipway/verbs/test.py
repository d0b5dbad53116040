"""Run an app's own tests with the app's packages: ``slipway test APP``.

lock -> an environment of the app's packages and its test tools, made once for each lock -> pytest, or Django's runner
"""

import hashlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from slipway.bundle.build import read_app
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import lock_of, names_in
from slipway.bundle.locks.pins import Lock
from slipway.bundle.uv import run_uv
from slipway.errors import UserError
from slipway.recognise import recognise
from slipway.stack.project import Project
from slipway.verbs.artifacts import cache_of, folder_of, wheels_for

LISTS = ("requirements-test.txt", "requirements-dev.txt", "requirements/test.txt", "requirements/dev.txt")
"""Where an app says what its tests need, besides the groups of its ``pyproject.toml``."""
GROUPS = ("test", "tests", "testing", "dev")
SETTINGS = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""Where pytest looks for settings (https://docs.pytest.org/en/stable/reference/customize.html)."""
NO_TESTS = 5
"""pytest's exit status where it has collected none."""


def test(name: str, stack: str, words: Sequence[str]) -> int:
    """Run an app's tests; their exit status. ``words`` are pytest's. Raises :class:`UserError`."""
    project = Project.find()
    folder = folder_of(project, name, stack)
    try:
        lock = lock_of(read_app(folder, cache_of(project)), wheels_for(""))
        runner = _runner(folder, lock)
        python = _environment(folder, lock, project.state_folder / "cache/tests", tools=runner == "pytest")
    except BundleError as mistake:
        raise UserError(str(mistake)) from None
    command = ["-m", "pytest", *_alone(folder), *words] if runner == "pytest" else [runner, "test", *words]
    own = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "PYTEST"))}
    status = subprocess.run([str(python), *command], cwd=folder, env=own, check=False).returncode
    if runner == "pytest" and status == NO_TESTS:
        raise UserError(f"{folder} has no tests: pytest collects files called test_*.py")
    return status


def _alone(folder: Path) -> list[str]:
    """Keep pytest from the settings and fixtures of the folders above, which are none of the app's."""
    settings = [] if any((folder / name).is_file() for name in SETTINGS) else ["-c", os.devnull, "--rootdir", "."]
    return [*settings, "--confcutdir", "."]


def _runner(folder: Path, lock: Lock) -> str:
    """What runs the tests: ``manage.py`` for Django without pytest's plugin, else pytest."""
    seen = recognise(folder)
    plain = seen.framework == "django" and "pytest-django" not in names_in(lock.text)
    return "manage.py" if plain and (folder / "manage.py").is_file() else "pytest"


def _environment(folder: Path, lock: Lock, cache: Path, *, tools: bool) -> Path:
    """The interpreter of an environment with the app's packages alone; made anew where the lock has changed."""
    lists = [folder / name for name in LISTS if (folder / name).is_file()]
    needs = [*_groups(folder), *(["pytest"] if tools else [])]
    digest = hashlib.sha256(lock.text + repr((sys.version, needs, lock.built, str(folder))).encode())
    for path in lists:
        digest.update(path.read_bytes())
    place = cache / digest.hexdigest()[:16]
    python, ready = place / "bin/python", place / ".ready"
    if ready.exists():
        return python
    cache.mkdir(parents=True, exist_ok=True)
    print(f"setting up: the packages of {folder.name} and of its tests", flush=True)
    run_uv(["venv", "--clear", "--quiet", "--python", sys.executable, str(place)], folder=cache, doing="no environment")
    (place / "lock.txt").write_bytes(lock.text)
    install = ["pip", "install", "--quiet", "--python", str(python)]
    failed = f"the packages of {folder.name} do not install on this machine"
    if lock.text:
        run_uv([*install, "--require-hashes", "--requirement", str(place / "lock.txt")], folder=folder, doing=failed)
    for pin in lock.built:
        run_uv([*install, "--no-deps", pin.url or str(folder / pin.folder)], folder=folder, doing=failed)
    if needs or lists:
        words = [*needs, *(word for path in lists for word in ("--requirement", str(path)))]
        doing = f"the test tools of {folder.name} do not install beside its packages"
        run_uv([*install, *words], folder=folder, doing=doing)
    ready.touch()
    return python


def _groups(folder: Path) -> list[str]:
    """What the test groups of ``pyproject.toml`` ask for (PEP 735, and extras); other groups' names in it are left."""
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as mistake:
        raise BundleError(f"{folder / 'pyproject.toml'} cannot be read: {mistake}") from None
    groups = {**document.get("project", {}).get("optional-dependencies", {}), **document.get("dependency-groups", {})}
    return [line for name in GROUPS for line in groups.get(name, ()) if isinstance(line, str)]
