"""Run an app's own tests with the app's packages: ``slipway test APP``.

lock -> an environment of the app's packages and its test tools, made once for each lock -> pytest, or Django's runner
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.bundle.build import read_app
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import lock_of, names_in
from slipway.bundle.locks.pins import Lock, normal
from slipway.bundle.locks.wanted import names_of, of_poetry
from slipway.bundle.uv import run_uv
from slipway.errors import UserError
from slipway.recognise import Recognised, recognise
from slipway.stack.project import Project
from slipway.verbs.artifacts import cache_of, folder_of, wheels_for
from slipway.verbs.tools_of_tests import tools_of

LISTS = (
    *(f"requirements{mark}{name}.txt" for name in ("test", "tests", "testing", "dev") for mark in "-_/"),
    *("requirements/tests.in", "test-requirements.txt", "dev-requirements.txt", "test_requirements.txt"),
    *("dev_requirements.txt", "requirements/development.txt", "tests/requirements.txt", "test/requirements.txt"),
)
"""Where an app says what its tests need, besides the groups of its ``pyproject.toml``."""
GROUPS = ("test", "tests", "testing", "dev")
SETTINGS = {
    "pytest.ini": "",
    ".pytest.ini": "",
    "pyproject.toml": "[tool.pytest",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
"""Where pytest looks for settings -> what a file needs to count: without it pytest looks in the folders above.

https://docs.pytest.org/en/stable/reference/customize.html
"""
PACKAGE_FILES = ("setup.py", "setup.cfg", "pyproject.toml")
"""Files by which an app may be a package itself."""
NO_TESTS = 5
"""pytest's exit status where it has collected none."""


def test(name: str, stack: str, words: Sequence[str]) -> int:
    """Run an app's tests; their exit status. ``words`` are pytest's. Raises :class:`UserError`."""
    project = Project.find()
    folder = folder_of(project, name, stack)
    try:
        app = read_app(folder, cache_of(project))
        recognised = recognise(folder)
        lock = lock_of(app, wheels_for("")) if recognised.lock or not recognised.wanted else None
        packages = Packages(lock=lock or Lock(), declared=() if lock else _declared(recognised, folder))
        runner = _runner(folder, recognised.framework, packages)
        python = _environment(folder, packages, project.state_folder / "cache/tests", tools=runner == "pytest")
    except BundleError as mistake:
        raise UserError(str(mistake)) from None
    command = ["-m", "pytest", *_alone(folder), *words] if runner == "pytest" else [runner, "test", *words]
    own = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "PYTEST"))}
    if (folder / "src").is_dir():
        own["PYTHONPATH"] = "src"  # before the copy that is installed: an edit needs no new environment
    status = subprocess.run([str(python), *command], cwd=folder, env=own, check=False).returncode
    if runner == "pytest" and status == NO_TESTS:
        raise UserError(f"{folder} has no tests: pytest collects files called test_*.py")
    return status


def _settings(folder: Path) -> dict[str, str]:
    """The texts of the files in which an app may have pytest's settings, by name."""
    return {name: (folder / name).read_text("utf-8", "replace") for name in SETTINGS if (folder / name).is_file()}


def _lines(lists: Sequence[Path]) -> list[str]:
    return [line.strip() for path in lists for line in path.read_text("utf-8", "replace").splitlines()]


def _unnamed(helpers: Sequence[str], lines: Sequence[str]) -> list[str]:
    """The helpers that no line names, so that a version which the app asks for is the one that it gets."""
    named = {normal(match[0]) for line in lines if (match := re.match(r"[A-Za-z0-9][\w.-]*", line))}
    return [one for one in helpers if normal(one) not in named]


def _alone(folder: Path) -> list[str]:
    """Keep pytest from the settings and fixtures of the folders above, which are none of the app's."""
    texts = _settings(folder)
    own = any(SETTINGS[name] in text for name, text in texts.items())
    settings = [] if own else ["-c", os.devnull, "--rootdir", "."]
    return [*settings, "--confcutdir", "."]


@dataclass(frozen=True, kw_only=True)
class Packages:
    """What an app runs with: what its lock pins, or what it declares where it has no lock."""

    lock: Lock
    declared: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether a package is among them."""
        lines = tuple(line for line in self.declared if not line.startswith("/"))
        return name in names_in(self.lock.text) or name in map(normal, names_of(lines, lambda _: True))


def _declared(app: Recognised, folder: Path) -> tuple[str, ...]:
    """What an app without a lock depends on. Tests may run without one; nothing is deployed without."""
    named = app.wanted.origin or app.root.name
    print(f"no lock pins what {named} names: the newest versions are taken; `slipway lock {folder}` pins them")
    return (*app.wanted.lines, *(str(folder / path) for path in app.wanted.folders))


def _runner(folder: Path, framework: str, packages: Packages) -> str:
    """What runs the tests: ``manage.py`` for Django without pytest's plugin, else pytest."""
    plain = framework == "django" and not packages.has("pytest-django")
    return "manage.py" if plain and (folder / "manage.py").is_file() else "pytest"


def _environment(folder: Path, packages: Packages, cache: Path, *, tools: bool) -> Path:
    """The interpreter of an environment with the app's packages alone; made anew where what it declares has changed."""
    lock, lists = packages.lock, [folder / name for name in LISTS if (folder / name).is_file()]
    declared = _groups(folder)
    helpers = [one for one in tools_of(folder, _settings(folder)) if not packages.has(one)] if tools else []
    needs = [*declared, *(["pytest"] if tools else []), *_unnamed(helpers, [*declared, *_lines(lists)])]
    own = [folder / name for name in PACKAGE_FILES if (folder / name).is_file()] if _is_package(folder) else []
    facts = (sys.version, needs, lock.built, str(folder), packages.declared)
    digest = hashlib.sha256(lock.text + repr(facts).encode())
    for path in (*lists, *own):
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
    words = [*packages.declared, *needs, *(word for path in lists for word in ("--requirement", str(path)))]
    if words:
        doing = f"the test tools of {folder.name} do not install beside its packages"
        run_uv([*install, *words], folder=folder, doing=doing)
    if own:
        _install_app(folder, place, install)
    ready.touch()
    return python


def _is_package(folder: Path) -> bool:
    """Whether a folder says how it is built (PEP 517, or setuptools' own file)."""
    project = folder / "pyproject.toml"
    return (folder / "setup.py").is_file() or (project.is_file() and "[build-system]" in project.read_text("utf-8"))


def _install_app(folder: Path, place: Path, install: Sequence[str]) -> None:
    """Install the app as the package that it is, from a copy: tests may ask for its version; a build writes files."""
    copy = place / "app"
    left_out = shutil.ignore_patterns(".git", ".venv", "venv", "node_modules", "__pycache__", ".slipway")
    shutil.copytree(folder, copy, symlinks=True, ignore=left_out)
    # Its version may be the one of git's tags, which no copy has.
    os.environ.setdefault("SETUPTOOLS_SCM_PRETEND_VERSION", "0")
    try:
        run_uv([*install, "--no-deps", str(copy)], folder=place, doing=f"{folder.name} itself is not installed")
    except BundleError as mistake:
        print(f"note: {str(mistake).strip().splitlines()[0][:300]}")
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _groups(folder: Path) -> list[str]:
    """What the test groups of ``pyproject.toml`` ask for (PEP 735, extras, Poetry's, PDM's and uv's)."""
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as mistake:
        raise BundleError(f"{folder / 'pyproject.toml'} cannot be read: {mistake}") from None
    tool = document.get("tool", {})
    groups = {
        **document.get("project", {}).get("optional-dependencies", {}),
        **tool.get("pdm", {}).get("dev-dependencies", {}),
        **({"dev": tool["uv"]["dev-dependencies"]} if tool.get("uv", {}).get("dev-dependencies") else {}),
        **document.get("dependency-groups", {}),
    }
    lines = [line for name in GROUPS for line in groups.get(name, ()) if isinstance(line, str)]
    poetry = tool.get("poetry", {})
    listed = [poetry.get("dev-dependencies", {})]
    listed += [poetry.get("group", {}).get(name, {}).get("dependencies", {}) for name in GROUPS]
    return [*lines, *(line for group in listed for line in of_poetry(group, {}).lines)]
