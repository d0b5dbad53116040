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
    assert re.search("FlexTemplateJob +wordcount-run +created", pipeline.verb("up", "--with", "wordcount"))
    done = ended(pipeline)
    assert "JOB_STATE_DONE" in done
    assert re.search(r"Split +14 elements in, 210 out", done)
    first = re.search(r"output/(\w{12})/", done)
    assert first
    assert "Renamed 1 shards" in pipeline.run("logs", "wordcount")

    # The run is over and leaves the state; nothing starts it again, a refresh neither.
    assert re.search("FlexTemplateJob +wordcount-run +deleted", pipeline.verb("up"))
    assert changes(pipeline) == {}
    assert "FlexTemplateJob" not in pipeline.verb("up", "--refresh")

    # Broken: the run fails, its error is on the resource, and the commands say so.
    counting = pipeline.folder / "app_src/wordcount/counting.py"
    code = counting.read_text()
    assert FORMAT in code
    counting.write_text(code.replace(FORMAT, "raise LookupError(word)"))
    pipeline.verb("up")
    failed = ended(pipeline)
    assert "JOB_STATE_FAILED" in failed
    assert "[while running 'Format']" in failed
    assert "wordcount has failed" in pipeline.run("status", status=1)
    assert "Workflow failed. Causes: LookupError" in pipeline.verb("refresh")
    state = pipeline.engine_command("stack", "export", "--stack", "sandbox")
    assert "Workflow failed. Causes: LookupError" in json.dumps(
        [one.get("initErrors") for one in json.loads(state[state.index("{") :])["deployment"]["resources"]]
    )

    # Mended in another way: another code, another run, which comes to its end.
    counting.write_text(code.replace(FORMAT, 'return f"{word} = {number}"'))
    assert re.search("FlexTemplateJob +wordcount-run", pipeline.verb("up"))
    mended = ended(pipeline)
    assert "JOB_STATE_DONE" in mended
    assert f"output/{first[1]}/" not in mended
    assert "nothing is left" in pipeline.verb("destroy")
