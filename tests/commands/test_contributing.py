"""The recipes of CONTRIBUTING.md, followed with a dummy: the files that each names are the ones that it takes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOUD = "docker"
NEW: dict[str, dict[str, str]] = {
    "a resource type": {
        "slipway/sandbox/docker/dummy.py": (
            "from slipway.sandbox.handler import Calls, Handler\n"
            "HANDLERS = {'docker:index/dummy:Dummy': Handler(calls=Calls(create=lambda cloud, new: ('1', {}), "
            "read=lambda cloud, id: {}, delete=lambda cloud, id, old: None))}\n"
        ),
    },
    "a platform": {
        "slipway/platforms/dummy.py": (
            "from slipway.platforms.platform import Platform\n"
            "PLATFORM = Platform(name='Dummy', **dict.fromkeys(('logs', 'versions', 'rollback', 'canary', 'prune', "
            "'invoke', 'trigger', 'data'), 'Dummy does nothing: take another'))\n"
        ),
    },
    "a policy rule": {
        "policy/rules/dummy.py": (
            "from policy.model import rule\n"
            "@rule('dummy', source='S', remedy='D', types=('aws:ecr/repository:Repository',))\n"
            'def dummy(resource, context):\n    """T.\n\n    R.\n    """\n    yield \'dummy found\'\n'
            "RULES = (dummy,)\n"
        ),
        "tests/cases/policy/dummy.yaml": "pass: {}\nfail: {}\n",
    },
    "a verb": {
        "slipway/verbs/dummy.py": "def dummy():\n    print('a dummy')\n    return 0\n",
    },
    "a scenario": {
        "tests/conformance/scenarios/dummy.py": '"""A dummy.\n\nrun: up 1\n"""\n',
    },
}
"""By recipe: the new files, with what is in them."""
EDITS: dict[str, dict[str, tuple[str, str]]] = {
    "a resource type": {
        "slipway/catalog/docker.py": (
            "TYPES = (\n",
            "TYPES = (\n    ResourceType(type='docker:index/dummy:Dummy', words='dummy'),\n",
        ),
        "slipway/sandbox/docker/package.py": (
            "handlers={",
            "handlers={**__import__('slipway.sandbox.docker.dummy', fromlist=['x']).HANDLERS, ",
        ),
    },
    "a platform": {
        "slipway/platforms/__init__.py": ('    "Docker":', '    "Dummy": "slipway.platforms.dummy",\n    "Docker":'),
    },
    "a policy rule": {
        "policy/table.py": (
            "RULES: tuple[AnyRule, ...] = (\n",
            "from policy.rules import dummy\nRULES: tuple[AnyRule, ...] = (\n    *dummy.RULES,\n",
        ),
    },
    "a verb": {
        "slipway/cli/project.py": (
            "app = group()\n",
            "from slipway.verbs.dummy import dummy as run_dummy\napp = group()\n"
            "@app.command()\n@guarded\ndef dummy() -> int:\n    return run_dummy()\n",
        ),
        "slipway/cli/groups.py": (
            '        "doctor": Entry(',
            '        "dummy": Entry("project", "A dummy."),\n        "doctor": Entry(',
        ),
    },
    "a scenario": {},
}
"""By recipe: the files that are edited, with what is replaced by what."""
SHOWS: dict[str, tuple[list[str], str]] = {
    "a resource type": (
        [
            "-c",
            "from slipway.catalog.table import row_of; from slipway.sandbox.docker.package import PACKAGE as p; "
            "print(row_of('docker:index/dummy:Dummy').words, 'docker:index/dummy:Dummy' in p.handlers)",
        ],
        "dummy True",
    ),
    "a platform": (["-c", "from slipway.platforms import platform_of; print(platform_of('Dummy').name)"], "Dummy"),
    "a policy rule": (["-c", "from policy.table import BY_ID; print(BY_ID['dummy'].title)"], "T"),
    "a verb": (["-m", "slipway", "dummy"], "a dummy"),
    "a scenario": (
        ["-c", "import pathlib; print(*pathlib.Path('tests/conformance/scenarios').glob('dummy.py'))"],
        "tests/conformance/scenarios/dummy.py",
    ),
}
"""By recipe: a command that shows that the dummy is there, and what it prints."""


def recipes() -> dict[str, list[str]]:
    """The files that each recipe lists, by its name."""
    sections = re.split(r"^### ", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.M)[1:]
    return {
        section.splitlines()[0]: re.findall(r"^\d\. `([^`]+)`", section.split("\n## ")[0], flags=re.M)
        for section in sections
    }


@pytest.mark.parametrize("recipe", NEW)
def test_a_recipe_names_what_it_takes(recipe: str, tmp_path: Path):
    """Its files, and no others, are enough for the dummy to be there."""
    listed = {path.replace("CLOUD", CLOUD).replace("NAME", "dummy") for path in recipes()[recipe]}
    assert listed == {*NEW[recipe], *EDITS[recipe]}
    for folder in {path.split("/")[0] for path in listed} | {"slipway"}:
        leave = shutil.ignore_patterns("__pycache__", "recorded", "round_trips")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave)
    for path, (old, new) in EDITS[recipe].items():
        text = (tmp_path / path).read_text()
        assert old in text, path
        (tmp_path / path).write_text(text.replace(old, new, 1))
    for path, text in NEW[recipe].items():
        (tmp_path / path).write_text(text)
    words, shown = SHOWS[recipe]
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == shown, done.stderr


def test_every_recipe_is_followed():
    """A new list in CONTRIBUTING.md needs a dummy here."""
    assert set(recipes()) == set(NEW)
