"""A launcher for each worker, labs, and what undisturbed runs come to."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Launcher
from tests.faults.lab import OPERATIONS, Lab, prepare
from tests.faults.ledger import Ledger, table
from tests.faults.stack import Raw, normal


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full-campaign", action="store_true", help="every fault at every place, and a table of them")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: only with --full-campaign")
    if config.getoption("--full-campaign") and not hasattr(config, "workerinput"):
        for path in _ledgers(config).glob("*.json"):
            path.unlink()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full-campaign"):
        return
    chosen = [item for item in items if item.get_closest_marker("full") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--full-campaign"):
        terminalreporter.section("faults recovered from")
        terminalreporter.write_line(table(sorted(_ledgers(config).glob("*.json"))))


def _ledgers(config: pytest.Config) -> Path:
    """Where the workers leave their counts for the one that adds them up."""
    assert config.cache
    return config.cache.mkdir("faults")


@pytest.fixture(scope="session")
def ledger(pytestconfig: pytest.Config) -> Ledger:
    """Where recovered faults are counted; only a full campaign keeps the counts."""
    full = pytestconfig.getoption("--full-campaign")
    return Ledger(_ledgers(pytestconfig) / f"{os.getpid()}.json" if full else None)


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """Starts engines and providers."""
    made = Launcher("tests.faults.stack")
    yield made
    made.close()


@pytest.fixture(scope="session")
def bases(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Lab]]:
    """The lab that an undisturbed ``up`` of a step left; "" for a stack in which nothing happened yet."""
    made: dict[str, Lab] = {}

    def base(step: str) -> Lab:
        if step not in made:
            lab = made[step] = Lab(launcher, tmp_path_factory.mktemp("base") / "lab", adopts=False)
            lab.tell("stack", "init", "test")
            if step:
                lab.step(step)
                lab.run("up")
        return made[step]

    yield base
    for lab in made.values():
        lab.close()


@pytest.fixture(scope="session")
def undisturbed(
    launcher: Launcher, bases: Callable[[str], Lab], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Raw]:
    """State and world after an operation and an ``up`` that nothing disturbed."""
    made: dict[str, Raw] = {}

    def run(name: str) -> Raw:
        if name not in made:
            lab = Lab(launcher, tmp_path_factory.mktemp("undisturbed") / "lab", adopts=False)
            prepare(lab, OPERATIONS[name], bases)
            lab.run(OPERATIONS[name].command)
            lab.run("up")
            made[name] = normal(lab.latest(), lab.world())
            lab.close()
        return made[name]

    return run


@pytest.fixture
def lab_for(launcher: Launcher, bases: Callable[[str], Lab], tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """A lab at the beginning of an operation."""
    made: list[Lab] = []

    def make(name: str, *, adopts: bool = False) -> Lab:
        lab = Lab(launcher, tmp_path / f"lab{len(made)}", adopts=adopts)
        made.append(lab)
        prepare(lab, OPERATIONS[name], bases)
        return lab

    yield make
    for lab in made:
        lab.close()
