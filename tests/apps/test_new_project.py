"""A project of one's own, made around the installed Slipway, goes up and down like a checkout."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from slipway.errors import UserError
from slipway.verbs.new_project import new_project, pin
from tests.demo.clones import ROOT, Clone
from tests.demo_apps import PYPROJECT


class Own(Clone):
    """A project that was made; its commands are those of the installed Slipway."""

    forks = False

    def __init__(self, folder: Path) -> None:
        self.folder, self.engine = folder, "embedded"

    def environment(self) -> dict[str, str]:
        """Without a checkout on the path."""
        return {name: value for name, value in super().environment().items() if name != "PYTHONPATH"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Own]:
    """One that was made just now."""
    new_project(tmp_path / "my-things")
    made = Own(tmp_path / "my-things")
    yield made
    made.run("sandbox", "stop")


@pytest.mark.services
@pytest.mark.slow
def test_a_new_project_goes_up_and_down(project: Own):
    """Its app answers, a preview is quiet, its app's tests pass, nothing is left."""
    project.verb("up")
    assert json.loads(project.page("hello")) == {"hello": "hello"}
    quiet = project.verb("preview", "--json")
    assert set(json.loads(quiet[quiet.index("{") :])["changeSummary"]) == {"same"}
    assert "1 passed" in project.run("test", "hello")
    assert "nothing is left" in project.verb("destroy", "--yes")


def test_its_program_and_settings_are_those_of_the_checkout(tmp_path: Path):
    """Only the name, the apps and where the provider lies are its own."""
    new_project(tmp_path / "My_Things")
    made = tmp_path / "My_Things"
    assert (made / "__main__.py").read_text() == (ROOT / "__main__.py").read_text()
    program = yaml.safe_load((made / "Pulumi.yaml").read_text())
    ours = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert program["name"] == "my-things"
    assert (program["runtime"], program["stackConfigDir"]) == (ours["runtime"], ours["stackConfigDir"])
    (provider,) = program["plugins"]["providers"]
    place = Path(sys.prefix) / provider["path"].removeprefix(".venv/") if ".venv/" in provider["path"][:6] else None
    assert ((place or Path(provider["path"])) / "PulumiPlugin.yaml").is_file()
    assert (made / "requirements.txt").read_text() == f"{pin()}\n"
    leftover = re.compile(r"\b(NAME|PREFIX|PROVIDER|PYTHON)\b")
    assert [path.name for path in made.rglob("*") if path.is_file() and leftover.search(path.read_text())] == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path):
    """And a name that no project can have is refused."""
    with pytest.raises(UserError, match="is there already"):
        new_project(tmp_path)
    with pytest.raises(UserError, match="start it with a letter"):
        new_project(tmp_path / "9")


def test_the_package_brings_what_requirements_in_lists():
    """`pip install slipway` is enough: the two lists of what the runtime needs are one."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text().splitlines())
    assert PYPROJECT["project"]["dependencies"] == [line for line in lines if line]


@pytest.mark.parametrize("file", ["Pulumi.yaml", "slipway/verbs/project_files/Pulumi.yaml"])
def test_a_project_may_get_another_name(file: str):
    """`pulumi new` on a checkout gives it one, and ends in a panic where a key that is not its own declares a type."""
    declared = yaml.safe_load((ROOT / file).read_text())["config"]
    assert all(set(value) == {"value"} for value in declared.values())
