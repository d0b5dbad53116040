"""A revision's own modules are imported once for all stacks, unless they come to something else in each stack."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
MAIN = """
import pulumi
import own

pulumi.export("value", own.VALUE)
"""


def outputs(folder: Path, module: str) -> dict[str, Any]:
    """The output ``value`` of each of two stacks, whose program takes it from a module of its own."""
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    for stack in ("dev", "prod"):
        (folder / f"Pulumi.{stack}.yaml").write_text(f"config:\n  small:name: of {stack}\n")
    (folder / "__main__.py").write_text(MAIN)
    (folder / "own.py").write_text(module)
    job = {
        "pairs": [{"stack": stack, "base": None, "head": str(folder)} for stack in ("dev", "prod")],
        "parallel": 2,
        "seconds": 100,
    }
    done = subprocess.run(
        [sys.executable, "-m", "slipway.review.evaluator"],
        input=json.dumps(job).encode(),
        capture_output=True,
        env={**os.environ, "SLIPWAY_HOME": str(folder / "home")},
        cwd=ROOT,
        check=True,
    )
    answers = json.loads(done.stdout)
    return {stack: answers[stack]["head"]["error"] or answers[stack]["head"]["outputs"]["value"] for stack in answers}


@pytest.mark.parametrize(
    "question",
    [
        'pulumi.Config("small").get("name")',
        '"of " + pulumi.get_stack()',
        '"of " + __import__("pulumi.runtime.settings").runtime.settings.SETTINGS.stack',
    ],
    ids=["a setting", "the stack", "the SDK's own object"],
)
def test_a_module_that_asks_as_it_is_imported_is_imported_by_each_stack(question: str, tmp_path: Path):
    """Each stack gets its own answer, though the module swallows every ordinary error."""
    module = f"import pulumi\ntry:\n    VALUE = {question}\nexcept Exception:\n    VALUE = 'nothing'\n"
    assert outputs(tmp_path, module) == {"dev": "of dev", "prod": "of prod"}


def test_a_module_that_asks_nothing_is_imported_once(tmp_path: Path):
    """Both stacks see what one import made."""
    module = "import os, pathlib\npathlib.Path('imports').open('a').write('once\\n')\nVALUE = 'same'\n"
    assert outputs(tmp_path, module) == {"dev": "same", "prod": "same"}
    assert (tmp_path / "imports").read_text() == "once\n"


@pytest.mark.parametrize(
    ("module", "error"),
    [
        ("import os\nos._exit(7)\n", "status 7"),
        ("raise ValueError('of the module')\n", "of the module"),
        ("import sys\nsys.exit(5)\n", "status 5"),
    ],
    ids=["ends the process", "fails", "ends the program"],
)
def test_a_module_that_cannot_be_imported_fails_in_each_stack(module: str, error: str, tmp_path: Path):
    """The error of each stack is that of its own evaluation."""
    answers = outputs(tmp_path, module)
    assert set(answers) == {"dev", "prod"}
    assert all(error in answer for answer in answers.values())


def test_a_module_that_starts_a_thread_is_imported_by_each_stack(tmp_path: Path):
    """A process with threads is not forked: the stacks' own processes import the module, and have the thread."""
    module = (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n"
        "VALUE = str(threading.active_count() > 1)\n"
    )
    assert outputs(tmp_path, module) == {"dev": "True", "prod": "True"}
