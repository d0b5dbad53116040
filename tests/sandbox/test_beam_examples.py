"""Beam's own examples: packaged unmodified, with settings alone, and run where the sandbox has what they read."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slipway.bundle import beam_package
from slipway.sandbox.dataflow import beam
from tests.prism import beam_python

from .dataflow_world import BUCKET, World

ROOT = Path(__file__).parents[2]
EXAMPLES: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).parent / "beam_examples.yaml")


def packaged(file: str, folder: Path) -> bytes:
    """The package of a folder with that one example and the wordcount's lock."""
    (folder / "requirements.txt").write_bytes((ROOT / "app_src/wordcount/requirements.txt").read_bytes())
    (source,) = beam.folder().glob(f"lib/python*/site-packages/apache_beam/examples/{file}")
    main = Path(file).name
    (folder / main).write_bytes(source.read_bytes())
    artifact = beam_package(folder, main=main)
    assert artifact.manifest[main]
    return artifact.path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=[example["file"] for example in EXAMPLES])
def test_an_example_runs_as_it_is(world: World, tmp_path: Path, example: dict[str, Any]) -> None:
    """What it writes is what it is known for."""
    beam_python()
    wheel = packaged(example["file"], tmp_path)
    if "only" in example:
        return
    for parameter, text in example["reads"].items():
        world.put(f"input/{parameter}.txt", text)
    reads = {parameter: f"gs://{BUCKET}/input/{parameter}.txt" for parameter in example["reads"]}
    writes = {parameter: f"gs://{BUCKET}/output/run/{parameter}" for parameter in example.get("writes", ["output"])}
    id, _ = world.run(wheel, parameters={**reads, **writes, **example.get("parameters", {})})
    ended = world.over(id)
    assert (ended.state, ended.error) == ("JOB_STATE_DONE", "")
    written = world.text("output/run/")
    assert [line for line in example["lines"] if line not in written] == [], written
