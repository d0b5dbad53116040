"""What a folder of every shape is recognised as: one data file an app, which holds its files too."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.recognise import recognise
from slipway.recognise.destinations import destinations

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def written(case: dict[str, Any], folder: Path) -> Path:
    """The app's folder."""
    for name, text in case["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding=case.get("encoding", {}).get(name, "utf-8"))
    return folder


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_app_is_recognised(tmp_path: Path, path: Path):
    """Framework, interface and entry, and what else its data file says, without a question."""
    case = yaml.safe_load(path.read_text())
    seen = recognise(written(case, tmp_path / path.stem))
    known = {
        "dependencies": seen.wanted.origin,
        "env": dict(seen.env),
        "arguments": {file: dict(options) for file, options in seen.arguments.items()},
        **{
            name: getattr(seen, name)
            for name in (
                "framework",
                "entry",
                "command",
                "lock",
                "probe",
                "release",
                "setup",
                "worker",
                "port",
                "hosts",
                "dockerfile",
                "target",
                "below",
                "image_command",
                "prepares_itself",
            )
        },
        **{name: getattr(seen, name) for name in ("python", "python_version")},
        **{
            name: list(getattr(seen, name))
            for name in ("others", "variables", "secrets", "optional", "keeps", "routes")
        },
        "undeclared": list(seen.undeclared),
        "services": [list(service) for service in seen.services],
        "examples": [list(example) for example in seen.examples],
        "interface": str(seen.interface) if seen.interface else None,
    }
    assert {name: known[name] for name in case["recognised"]} == case["recognised"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_finding_says_where_it_was_read(tmp_path: Path, path: Path):
    """A file that is there, but for what no file says."""
    folder = written(yaml.safe_load(path.read_text()), tmp_path / path.stem)
    for finding in recognise(folder).findings:
        assert not finding.file or (folder / finding.file).is_file(), finding


def test_a_runtime_that_has_ended_is_a_note_where_the_code_runs_on_python_3(tmp_path: Path):
    """It names the runtimes that there are; where nothing starts, no platform takes the app, and each says why."""
    (tmp_path / "app.yaml").write_text("runtime: python27\nthreadsafe: true\n")
    (tmp_path / "main.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (tmp_path / "requirements.txt").write_text("flask\n")
    running = recognise(tmp_path)
    assert running.problems[0] == (
        "app.yaml names the runtime 'python27' of App Engine's first generation, which has ended: choose one of "
        "python311, python312, python313, python314"
    )
    assert {one.platform: one.possible for one in destinations(running)}["app-engine"]
    (tmp_path / "main.py").write_text('print "hello"\n')
    reasons = {one.why for one in destinations(recognise(tmp_path)) if one.platform != "dataflow"}
    assert len(reasons) == 1
    assert reasons.pop().startswith("it is for python27, a runtime of App Engine's first generation, which has ended")
