"""A job that is killed at any moment of its run: what the next `up` decides, and what comes of it."""

import os
import signal

import pytest

from slipway.catalog.dataflow_jobs import Job
from stacks.pipeline_runs import Decision, EndedRun, decide, job_name
from tests.sandbox.dataflow_world import BUCKET, World, package

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RUN = "0123456789ab"
MOMENTS = ("importing", "reading", "shards written", "first output written", "all written")
PROGRAM = """
import argparse
import time

parser = argparse.ArgumentParser()
parser.add_argument("--output")
parser.add_argument("--moment")
own, rest = parser.parse_known_args()


def stop(moment):
    if own.moment == moment:
        print("at", moment, flush=True)
        time.sleep(600)


stop("importing")
import apache_beam as beam
from apache_beam.io import fileio
from apache_beam.options.pipeline_options import PipelineOptions

OPTIONS = PipelineOptions(rest)


def read(line):
    stop("reading")
    return line


class Sink(fileio.TextSink):
    def flush(self):
        super().flush()
        stop("shards written")


def write(name, sink=fileio.TextSink):
    with beam.Pipeline(options=OPTIONS) as pipeline:
        lines = pipeline | beam.Create(["a", "b", "c"]) | beam.Map(read)
        lines | fileio.WriteToFiles(path=own.output + name, shards=1, sink=lambda _: sink())


write("first", Sink)
stop("first output written")
write("second")
stop("all written")
"""


def start(world: World, number: int, moment: str) -> str:
    """Start a try of the run, which waits at a moment; the job's id."""
    words = {"output": f"gs://{BUCKET}/output/{job_name('count', RUN, number)}/", "moment": moment}
    return world.run(package(PROGRAM), name=job_name("count", RUN, number), parameters=words)[0]


def next_up(world: World, **remembered: EndedRun) -> Decision:
    """What an `up` of the same code decides."""
    listed = [Job.read(row) for row in world.api("", "filter=ALL").get("jobs", ())]
    return decide("count", RUN, previous=RUN, remembered=remembered, jobs=listed, tries=3)


def written(world: World, number: int) -> list[str]:
    """What a try has left as its outputs, a text each."""
    below = f"output/{job_name('count', RUN, number)}/"
    blobs = world.storage.bucket(BUCKET).list_blobs(prefix=below)
    return [blob.download_as_text() for blob in blobs if "beam-temp" not in blob.name and ".temp" not in blob.name]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_was_killed_is_run_again_to_its_end(world: World, moment: str):
    """In mid-run it goes on; killed it has failed, and the second try writes all of it to a place of its own."""
    id = start(world, 1, moment)
    world.log(id, f"at {moment}")
    assert next_up(world) == Decision(number=1, declared=True)

    os.kill(world.record(id).body["process"]["pid"], signal.SIGKILL)
    assert world.over(id).state == "JOB_STATE_FAILED"
    decision = next_up(world)
    assert (decision.number, decision.declared, decision.error) == (2, True, "")
    assert "has ended as JOB_STATE_FAILED: this `up` runs it again (try 2 of 3)" in decision.warnings[-1]

    assert world.over(start(world, 2, "never")).state == "JOB_STATE_DONE"
    assert sorted(written(world, 2)) == ["a\nb\nc\n", "a\nb\nc\n"]
    assert not next_up(world).declared
    assert not next_up(world).error
