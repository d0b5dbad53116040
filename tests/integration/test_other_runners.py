"""The guide's commands for Prism, Flink and Spark, held against Beam itself and run where their programs can be had."""

import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from slipway.bundle.pipeline_image import beam_version
from slipway.sandbox.dataflow import prism
from slipway.sandbox.dataflow.beam import LIST
from tests.prism import ROOT, beam_python, by_itself, location

GUIDE = (ROOT / "docs/guide/dataflow.md").read_text()
PRISM, FLINK, *_ = COMMANDS = re.findall(r"^python main\.py .*?(?=\n\n|\n```)", GUIDE, re.MULTILINE | re.DOTALL)
JAR = """
import sys
from apache_beam.utils.subprocess_server import JavaJarServer
print(JavaJarServer.path_to_beam_jar(f":runners:flink:{sys.argv[1]}:job-server:shadowJar"))
"""
"""Prints where Beam has the job server for a version of Flink from."""
READS = """
import sys
from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions, PipelineOptions, PrismRunnerOptions, SparkRunnerOptions
)
options = PipelineOptions(sys.argv[1:])
options.view_as(FlinkRunnerOptions), options.view_as(PrismRunnerOptions), options.view_as(SparkRunnerOptions)
unknown = set(name.split("=")[0][2:] for name in sys.argv[1:]) - set(options.get_all_options()) - {"input", "output"}
sys.exit(f"unknown: {unknown}" if unknown else 0)
"""


def words(command: str) -> list[str]:
    """A command's words after `python main.py`."""
    return command.replace("\\\n", " ").split()[2:]


@pytest.mark.parametrize("command", COMMANDS, ids=["Prism", "Flink of its own", "Flink", "Spark"])
def test_beam_knows_every_option_of_the_guide(command: str):
    """With their values: a version of Flink that Beam has no job server for is refused."""
    options = re.sub(r"--(input|output) ", r"--\1=", " ".join(words(command))).split()
    done = subprocess.run([beam_python(), "-c", READS, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_wordcount_runs_on_prism(tmp_path: Path):
    """The guide's command; its Prism lies where `make prism` says."""
    option = re.search(r"--prism_location=(\S+)", PRISM)
    assert option is not None
    assert Path(option[1]).name == prism.place(beam_version((ROOT / LIST).read_bytes())).name
    output = tmp_path / "counts"
    command = [part.replace("/tmp/counts", str(output)).replace(option[1], str(location())) for part in words(PRISM)]
    where = ROOT / "app_src/wordcount"
    done = subprocess.run(
        by_itself(beam_python(), "main.py", *command), cwd=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "harbour" in "".join(path.read_text() for path in tmp_path.glob("counts*"))


@pytest.mark.slow
def test_the_wordcount_runs_on_a_flink_of_its_own(tmp_path: Path):
    """The guide's first command, which needs no cluster."""
    version = re.search(r"--flink_version=(\S+)", FLINK)
    assert version is not None
    if shutil.which("java") is None:
        pytest.skip("there is no Java here, which Beam's job server runs on")
    jar = subprocess.run(
        [beam_python(), "-c", JAR, version[1]], capture_output=True, text=True, check=True
    ).stdout.strip()
    try:
        urllib.request.urlopen(urllib.request.Request(jar, method="HEAD"), timeout=10).close()
    except (urllib.error.URLError, OSError) as failed:
        pytest.skip(f"Beam's job server for Flink {version[1]} cannot be had here ({failed}): {jar}")
    output = tmp_path / "counts"
    command = [part.replace("/tmp/counts", str(output)) for part in words(FLINK)]
    where = ROOT / "app_src/wordcount"
    done = subprocess.run([beam_python(), "main.py", *command], cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "harbour" in "".join(path.read_text() for path in tmp_path.glob("counts*"))
