"""A pipeline's life on a laptop: it runs once, is not run again, fails, runs when it is mended, and leaves nothing."""

import json
import re
import shutil

import pytest
from ruamel.yaml import YAML

from tests.demo.clones import ROOT, Clone

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(900)]

FORMAT = 'return f"{word}: {number}"'


@pytest.fixture
def pipeline(clone: Clone) -> Clone:
    """A clone whose sandbox has the wordcount and nothing else."""
    shutil.copy(ROOT / "requirements-beam.txt", clone.folder)
    path, yaml = clone.folder / "stacks/Pulumi.sandbox.yaml", YAML()
    document = yaml.load(path)
    config = document["config"]
    config["slipway:apps"] = {"wordcount": config["slipway:apps"]["wordcount"]}
    for other in ("slipway:monitoring", "slipway:registries", "slipway:pythonanywhere"):
        config.pop(other, None)
    yaml.dump(document, path)
    return clone


def ended(clone: Clone) -> str:
    """What `status` says of the run once it is over, which is when its log is not followed any more."""
    clone.run("logs", "wordcount", "--follow")
    return clone.run("status", "wordcount", status=None)


def changes(clone: Clone) -> dict[str, int]:
    """What a preview would do, less what stays."""
    said = clone.verb("preview", "--json")
    summary = json.loads(said[said.index("{") :])["changeSummary"]
    return {what: count for what, count in summary.items() if what != "same"}


def test_a_pipeline_runs_once_for_each_code(pipeline: Clone):
    """Without --with nothing of it is there; with it, one run a code, one more after a failure, none for nothing."""
    assert "FlexTemplateJob" not in pipeline.verb("up")
    assert re.search(r"FlexTemplateJob +wordcount-\w{12} +created", pipeline.verb("up", "--with", "wordcount"))
    done = ended(pipeline)
    assert "JOB_STATE_DONE" in done
    assert re.search(r"Split +14 elements in, 210 out", done)
    first = re.search(r"output/(\w{12})/", done)
    assert first
    assert "Renamed 1 shards" in pipeline.run("logs", "wordcount")

    # The run is over and leaves the state; nothing starts it again, a refresh neither, nor what no worker runs.
    assert re.search(r"FlexTemplateJob +wordcount-\w{12} +deleted", pipeline.verb("up"))
    assert changes(pipeline) == {}
    assert "FlexTemplateJob" not in pipeline.verb("up", "--refresh")
    (pipeline.folder / "app_src/wordcount/README.md").write_text("Another text for people.\n")
    (pipeline.folder / "app_src/wordcount/tests/test_more.py").write_text("assert True\n")
    assert changes(pipeline) == {}
    (pipeline.folder / "app_src/wordcount/sample/harbour.txt").write_text("another sample\n")
    assert changes(pipeline) in ({"update": 1}, {"replace": 1})  # the object alone, whatever the engine calls it

    # Broken: the run fails, and the commands say so; each up tries once more, as often as the settings say.
    counting = pipeline.folder / "app_src/wordcount/counting.py"
    code = counting.read_text()
    assert FORMAT in code
    counting.write_text(code.replace(FORMAT, "raise LookupError(word)"))
    pipeline.run("up", "--engine", pipeline.engine, status=None)  # 1 where the run has failed before `up` has ended
    failed = ended(pipeline)
    assert "JOB_STATE_FAILED" in failed
    assert "Workflow failed. Causes: LookupError" in failed
    assert "[while running 'Format']" in failed
    assert "wordcount has failed" in pipeline.run("status", status=1)
    again = pipeline.run("up", "--engine", pipeline.engine, status=None)
    assert "this `up` runs it again (try 2 of 3)" in again
    assert "JOB_STATE_FAILED" in ended(pipeline)

    # Mended in another way: another code, another run, which comes to its end.
    counting.write_text(code.replace(FORMAT, 'return f"{word} = {number}"'))
    assert re.search("FlexTemplateJob +wordcount-", pipeline.verb("up"))
    mended = ended(pipeline)
    assert "JOB_STATE_DONE" in mended
    assert f"output/{first[1]}/" not in mended

    # Back to the first code: it has run, and is not paid for again.
    counting.write_text(code)
    assert not re.search(r"FlexTemplateJob +wordcount-\w{12} +created", pipeline.verb("up"))
    assert "nothing is left" in pipeline.verb("destroy")
