"""What an app's tests need beside its packages, told from pytest's settings and from the tests: plugins and helpers.

Many apps declare these nowhere: their authors have them installed. What is declared is installed as declared.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

BY_OPTION: Mapping[str, str] = {
    r"--cov\b": "pytest-cov",
    r"(?:^|\s)-n[ =]?(?:auto|\d)": "pytest-xdist",
    r"--reuse-db|--nomigrations|\bDJANGO_SETTINGS_MODULE\b": "pytest-django",
    r"\basyncio_mode\b": "pytest-asyncio",
    r"--timeout\b|^\s*timeout\s*=": "pytest-timeout",
    r"^\s*env\s*=": "pytest-env",
    r"--randomly|-p randomly": "pytest-randomly",
    r"--html\b": "pytest-html",
    r"--mypy\b": "pytest-mypy",
    r"--ruff\b": "pytest-ruff",
    r"--flake8\b": "pytest-flake8",
    r"--black\b": "pytest-black",
    r"--benchmark": "pytest-benchmark",
    r"--reruns\b": "pytest-rerunfailures",
    r"--ds[ =]": "pytest-django",
}
"""What pytest's settings say -> the plugin that understands it."""
BY_FIXTURE: Mapping[str, str] = {
    "mocker": "pytest-mock",
    "requests_mock": "requests-mock",
    "httpx_mock": "pytest-httpx",
    "aiohttp_client": "pytest-aiohttp",
    "benchmark": "pytest-benchmark",
    "httpserver": "pytest-httpserver",
    "faker": "faker",
    "freezer": "pytest-freezer",
    "snapshot": "syrupy",
    "subtests": "pytest-subtests",
}
"""A fixture that a test asks for and the folder does not define -> the plugin that brings it."""
BY_IMPORT: Mapping[str, str] = {
    "aioresponses": "aioresponses",
    "asgi_lifespan": "asgi-lifespan",
    "bs4": "beautifulsoup4",
    "factory": "factory-boy",
    "faker": "faker",
    "freezegun": "freezegun",
    "httpx": "httpx",
    "hypothesis": "hypothesis",
    "mock": "mock",
    "model_bakery": "model-bakery",
    "moto": "moto",
    "parameterized": "parameterized",
    "pytest_asyncio": "pytest-asyncio",
    "pytest_mock": "pytest-mock",
    "requests": "requests",
    "requests_mock": "requests-mock",
    "respx": "respx",
    "responses": "responses",
    "testfixtures": "testfixtures",
    "time_machine": "time-machine",
    "vcr": "vcrpy",
    "webtest": "webtest",
}
"""A module that tests import -> its package."""
MARKED = {"pytest.mark.asyncio": "pytest-asyncio", "pytest.mark.django_db": "pytest-django"}
TEST_CLIENT = re.compile(r"\b(?:fastapi|starlette)\.testclient\b")
"""Starlette's client asks by httpx: https://www.starlette.io/testclient/."""
TEST_FILES = ("test_*.py", "*_test.py", "conftest.py", "tests.py")
MOST_FILES = 500
PASSED_OVER = frozenset({".git", ".venv", "venv", "node_modules", "site-packages", ".tox", ".slipway"})
IMPORT = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)


def tools_of(folder: Path, settings: Mapping[str, str]) -> list[str]:
    """The packages, sorted; ``settings`` are the texts of the files that pytest reads in the folder."""
    texts = list(_tests(folder))
    together = "\n".join(texts)
    imported = {name for text in texts for name in IMPORT.findall(text)}
    used = {name for text in texts for names in re.findall(r"def test_\w*\(([^)]*)\)", text) for name in _names(names)}
    defined = set(re.findall(r"def (\w+)\(", together))
    tools = {package for pattern, package in BY_OPTION.items() for text in settings.values()
             if re.search(pattern, text, re.MULTILINE)}  # fmt: skip
    tools |= {package for name, package in BY_FIXTURE.items() if name in used - defined}
    tools |= {package for name, package in BY_IMPORT.items() if name in imported and not _is_own(folder, name)}
    tools |= {package for mark, package in MARKED.items() if mark in together}
    return sorted(tools | ({"httpx"} if TEST_CLIENT.search(together) else set()))


def _tests(folder: Path) -> Iterator[str]:
    paths = {path for pattern in TEST_FILES for path in folder.rglob(pattern)}
    own = [path for path in sorted(paths) if PASSED_OVER.isdisjoint(path.relative_to(folder).parts) and path.is_file()]
    for path in own[:MOST_FILES]:
        yield path.read_text(encoding="utf-8", errors="replace")


def _names(arguments: str) -> set[str]:
    return set(re.findall(r"(?:^|,)\s*(\w+)", arguments))


def _is_own(folder: Path, name: str) -> bool:
    """Whether a module of that name is the app's own."""
    return any((folder / place).exists() for place in (name, f"{name}.py", f"src/{name}"))
