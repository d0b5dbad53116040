"""Dataflow's jobs: the packaged pipeline runs in a process of its own, as its service account, on real objects."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from google.api_core.exceptions import Forbidden

from slipway.bundle import beam_package
from slipway.providers.protocol import wire
from slipway.sandbox.dataflow import jobs
from slipway.sandbox.dataflow.inside.identity import Account
from slipway.sandbox.running import app_user
from slipway.sandbox.services import processes

from .conftest import Refused
from .dataflow_world import BUCKET, EMAIL, JOB, PROJECT, World, package

ROOT = Path(__file__).parents[2]
FAILING = """
import sys
import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

def halve(number):
    if number == 3:
        raise ArithmeticError(f"{number} is odd")
    return number // 2

if __name__ == "__main__":
    with beam.Pipeline(options=PipelineOptions(sys.argv[1:])) as pipeline:
        pipeline | "Numbers" >> beam.Create([2, 3]) | "Halve" >> beam.Map(halve)
"""
PEEKING = """
from apache_beam.io.filesystems import FileSystems
print(FileSystems.open("gs://others-bucket/secret.txt").read())
"""
WAITING = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
time.sleep(600)
"""

QUERIES = {
    "filter=ALL": True,
    "filter=ACTIVE&name=count-1": True,
    "": True,
    "filter=TERMINATED": False,
    "filter=ALL&name=count-2": False,
}
"""Query -> whether the one job that runs is in the answer."""


@pytest.mark.slow
def test_the_packaged_wordcount_reads_and_writes_the_bucket(world: World):
    """As packaged, gs:// in and out; done, it counts as gone, and its counts stay to be looked at."""
    world.put("input/a.txt", "to be or not to be\n" * 50)
    wheel = beam_package(ROOT / "app_src" / "wordcount").path.read_bytes()
    where = {"input": f"gs://{BUCKET}/input/a.txt", "output": f"gs://{BUCKET}/output/run/a"}
    id, made = world.run(wheel, parameters=where)
    assert (made["state"], made["type"], made["jobId"]) == ("JOB_STATE_RUNNING", "JOB_TYPE_BATCH", id)
    with pytest.raises(Refused, match="There is already an active job named count-1"):
        world.run(wheel, parameters=where)
    done = world.over(id)
    assert (done.state, done.error) == ("JOB_STATE_DONE", "")
    assert sorted(world.text("output/run/").splitlines()) == ["be: 100", "not: 50", "or: 50", "to: 100"]
    counted = {each.name: (each.read, each.written) for each in done.transforms}
    assert counted == {"Read": (0, 50), "Split": (50, 300), "Count": (300, 4), "Format": (4, 4), "Write": (4, 1)}
    metrics = world.api(f"/{id}/metrics")["metrics"]
    assert ["Split", 300] in [[row["name"]["context"]["step"], row["scalar"]] for row in metrics]
    assert world.call.read(JOB, id, made).id == ""
    world.call.delete(JOB, id, made)
    assert [job.state for job in jobs.listed(world.state_folder)] == ["JOB_STATE_DONE"]


IDENTITY = """
import os, sys

sys.exit(f"user {os.getuid()}, group {os.getpgid(0) == os.getpid()}")
"""


@pytest.mark.slow
def test_a_job_has_a_group_of_its_own_and_is_not_root(world: World):
    """It ends by itself, and its log and status are read all the same."""
    id, _ = world.run(package(IDENTITY))
    expected = app_user.user_here(world.state_folder) or os.getuid()
    assert world.over(id).error == f"user {expected}, group True"


@pytest.mark.slow
def test_a_failed_job_leaves_the_state_and_tells_its_end_over_the_api(world: World):
    """As in the provider: a refresh takes it out; the API has its state, and an error that names the transform."""
    id, made = world.run(package(FAILING))
    assert world.over(id).state == "JOB_STATE_FAILED"
    assert world.call.read(JOB, id, made).id == ""
    assert world.api(f"/{id}")["currentState"] == "JOB_STATE_FAILED"
    last = world.api(f"/{id}/messages", "pageSize=1000")["jobMessages"][-1]
    assert last["messageImportance"] == "JOB_MESSAGE_ERROR"
    assert "Workflow failed. Causes: ArithmeticError: 3 is odd [while running 'Halve" in last["messageText"]


@pytest.mark.slow
def test_a_job_may_do_what_its_account_may(world: World):
    """A bucket that nobody granted is as closed to the pipeline as in the cloud."""
    world.storage.bucket("others-bucket").blob("secret.txt").upload_from_string("nobody's")
    id, _ = world.run(package(PEEKING))
    ended = world.over(id)
    assert ended.state == "JOB_STATE_FAILED"
    assert f"{EMAIL} does not have storage.objects.get access to the Google Cloud Storage object" in ended.error
    assert "nobody's" not in jobs.log_path(world.state_folder, id).read_text()


@pytest.mark.slow
def test_cancelling_ends_the_process_and_what_it_started(world: World):
    """By pid; the job counts as cancelled, and nothing of it runs on."""
    id, made = world.run(package(WAITING))
    child = int(world.log(id, "child").split()[1])
    assert world.status(id).state == "JOB_STATE_RUNNING"
    world.call.delete(JOB, id, made)
    assert world.status(id).state == "JOB_STATE_CANCELLED"
    assert not list(processes.marked(world.state_folder))
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_the_api_lists_jobs_as_dataflow_does(world: World):
    """By name and by whether they are over; another region has none, a missing job is not found."""
    id, _ = world.run(package(WAITING))
    names = {query: [job["id"] for job in world.api("", query).get("jobs", ())] for query in QUERIES}
    assert names == {query: [id] if there else [] for query, there in QUERIES.items()}
    assert world.api("", "filter=SOME", status=400)["error"]["status"] == "INVALID_ARGUMENT"
    assert world.api("/nope", status=404)["error"]["status"] == "NOT_FOUND"


def test_a_job_is_read_by_its_place_in_the_state(world: World):
    """A refresh asks for the state's own region and project; a job that Dataflow lists is found by its id alone too."""
    id, made = world.run(package(WAITING))
    seen = wire.plain_props(world.call.read(JOB, id, made).properties)
    assert {key: seen[key] for key in made} == made
    alone = wire.plain_props(world.call.read(JOB, id).properties)
    assert (alone["name"], alone["region"], alone["state"]) == ("count-1", "europe-west1", "JOB_STATE_RUNNING")
    assert world.call.read(JOB, id, {**made, "region": "europe-west4"}).id == ""


def test_a_creation_that_was_cut_off_takes_its_own_job_over(world: World):
    """It launches no second one; another stack's creation of the name is refused."""
    id, _ = world.run(package(WAITING))
    inputs = world.call.checked(JOB, world.inputs())
    assert world.call.create(JOB, inputs, resumes=True)[0] == id
    with pytest.raises(Refused, match="There is already an active job named count-1"):
        world.call.create(JOB, inputs, resumes=True, stack="prod")


def test_a_job_that_is_drained_is_waited_for(world: World):
    """It comes to its end by itself, and not before its delete is through."""
    id, made = world.run(package("import time\ntime.sleep(2)\nprint('through', flush=True)\n"), onDelete="drain")
    world.call.delete(JOB, id, made)
    assert world.log(id, "through")
    assert world.status(id).over


def test_a_job_whose_process_was_killed_has_failed(world: World):
    """Out of memory, or by hand: the resource says so, with the end of the log."""
    id, _ = world.run(package(WAITING))
    os.kill(world.record(id).body["process"]["pid"], signal.SIGKILL)
    assert world.over(id).state == "JOB_STATE_FAILED"
    last = world.api(f"/{id}/messages", "pageSize=1000")["jobMessages"][-1]
    assert "its process ended before the pipeline did" in last["messageText"]


def test_a_package_that_needs_other_versions_is_refused(world: World):
    """What it was locked with is what it runs on, or it does not run."""
    info = {"count-1.dist-info/METADATA": "Name: count\nRequires-Dist: apache-beam[gcp]==1.0\nRequires-Dist: nope==2\n"}
    id, _ = world.run(package("raise SystemExit('it ran')", **info))
    ended = world.over(id)
    assert ended.error.startswith("the package needs apache-beam==1.0 (it has 2.")
    assert "nope==2 (it has none)" in ended.error


OWN_OPTION = """
import argparse
import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

parser = argparse.ArgumentParser()
parser.add_argument("--least", type=int, default=1)
own, rest = parser.parse_known_args()
with beam.Pipeline(options=PipelineOptions(rest)) as pipeline:
    pipeline | beam.Create([own.least]) | beam.Map(print)
"""


@pytest.mark.parametrize(("name", "error"), [("least", ""), ("job_endpoint", ""), ("lest", "--lest")])
def test_an_option_that_nothing_takes_fails_the_job(world: World, name: str, error: str):
    """The program's own options and Beam's are taken; another one would be dropped, and the job run without it."""
    id, _ = world.run(package(OWN_OPTION), parameters={name: "3"})
    ended = world.over(id)
    assert ended.error == (
        error
        and "neither this pipeline nor Beam has --lest: look at the spelling in parameters, reads and writes, or take "
        "it out"
    )


def test_a_package_without_its_module_is_refused(world: World):
    """A template runs main.py, so there has to be one."""
    with pytest.raises(Refused, match=r"the package has no main\.py"):
        world.run(package("", **{"main.py": "", "other.py": ""}).replace(b"main.py", b"mine.py"))


def test_every_change_makes_another_job_but_those_about_the_end(world: World):
    """Dataflow updates streaming jobs alone; how a job is ended is the provider's to remember."""
    old = {"name": "a", "onDelete": "cancel", "maxWorkers": 1, "labels": {"owner": "me"}, "type": "JOB_TYPE_BATCH"}
    assert world.call.diff(JOB, old, {**old, "onDelete": "drain"}).replaces == []
    for change in ({"name": "b"}, {"maxWorkers": 2}, {"labels": {}}, {"parameters": {"a": "b"}}):
        assert list(world.call.diff(JOB, old, {**old, **change}).replaces) == [next(iter(change))]


def test_a_project_that_goes_takes_its_jobs_along(world: World):
    """A shut-down project's jobs run nowhere."""
    id, _ = world.run(package(WAITING))
    state = {"projectId": PROJECT, "deletionPolicy": "DELETE"}
    world.call.delete("gcp:organizations/project:Project", f"projects/{PROJECT}", state)
    assert not list(processes.marked(world.state_folder))
    assert jobs.listed(world.state_folder) == []
    assert not jobs.folder_of(world.state_folder, id).exists()


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        ("GET", "/storage/v1/b/mine/o/a%2Fb.txt?alt=media", ""),
        ("GET", "/download/storage/v1/b/mine/o/a?alt=media", ""),
        ("GET", "/storage/v1/b/mine/o?prefix=a", ""),
        ("GET", "/storage/v1/b/other/o/a", "storage.objects.get"),
        ("GET", "/storage/v1/b/other/o", "storage.objects.list"),
        ("GET", "/storage/v1/b/mine", "storage.buckets.get"),
        ("POST", "/upload/storage/v1/b/mine/o?uploadType=resumable", "storage.objects.create"),
        ("DELETE", "/storage/v1/b/mine/o/a", "storage.objects.delete"),
        ("PATCH", "/storage/v1/b/mine/o/a", "storage.objects.update"),
        ("POST", "/storage/v1/b/mine/o/a/rewriteTo/b/other/o/a", "storage.objects.create"),
        ("POST", "/storage/v1/b/other/o/a/compose", "storage.objects.create"),
        ("POST", "/storage/v1/b/other/o/a/moveTo/o/b", "storage.objects.delete"),
        ("GET", "/anything/else", ""),
    ],
)
def test_each_request_is_asked_what_it_needs(method: str, path: str, missing: str):
    """A reader of one bucket reads that one bucket, whatever way the clients ask."""
    reader = Account("me@example.com", {"mine": ["storage.objects.get", "storage.objects.list"]})
    try:
        reader.before_request(None, method, f"http://127.0.0.1:1{path}", {})
        refused = ""
    except Forbidden as error:
        refused = str(error)
    assert (f"'{missing}' denied" in refused) if missing else refused == ""
