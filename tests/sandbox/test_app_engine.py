"""App Engine runs the bytes that were uploaded, behind an address that stays."""

import hashlib
import io
import itertools
import zipfile
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import stamina

from slipway.sandbox import composition
from slipway.sandbox.appengine import versions
from slipway.sandbox.gcp.package import PACKAGE
from slipway.sandbox.running import restarts, web
from slipway.sandbox.running.entrance import Entrance
from slipway.sandbox.services import processes, registry
from slipway.sandbox.services.registry import Service
from slipway.sandbox.stores.google import Record, Store, store_path

ROOT = Path(__file__).parents[2]
VERSION, SPLIT = (
    "gcp:appengine/standardAppVersion:StandardAppVersion",
    "gcp:appengine/engineSplitTraffic:EngineSplitTraffic",
)
BUCKET, OBJECT = "gcp:storage/bucket:Bucket", "gcp:storage/bucketObject:BucketObject"
PROJECT = "demo-project"
EMAIL = f"runner@{PROJECT}.iam.gserviceaccount.com"
READER = {"bucket": "demo-bucket", "role": "roles/storage.objectViewer", "member": f"serviceAccount:{EMAIL}"}

APP = """
import os, sys
from wsgiref.simple_server import make_server

def app(environ, start_response):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    names = ("GAE_SERVICE", "GAE_VERSION", "GAE_ENV", "GOOGLE_CLOUD_PROJECT", "GREETING")
    told = " ".join(os.environ.get(name, "-") for name in names)
    print("asked for", environ["PATH_INFO"], flush=True)
    status = "418 Teapot" if environ["PATH_INFO"] == "/tea" else "200 OK"
    start_response(status, [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    body = environ["wsgi.input"].read(size).decode()
    return [f"TEXT|{told}|{environ['QUERY_STRING']}|{body}|{environ['HTTP_HOST']}".encode()]

if __name__ == "__main__":
    make_server(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1", int(os.environ["PORT"]), app).serve_forever()
"""


def source(text: str = "one", **more: str) -> bytes:
    """An app without requirements that says who it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in {"main.py": APP.replace("TEXT", text), **more}.items():
            packed.writestr(name, content)
    return buffer.getvalue()


class Cloud:
    """A sandbox with a paid project, an application, a bucket and a runner that may read it."""

    def __init__(self, state_folder: Path, caller: Any) -> None:
        self.state_folder, self.call = state_folder, caller
        caller.configure(project=PROJECT)
        made = caller.made
        made("gcp:organizations/project:Project", {"projectId": PROJECT, "deletionPolicy": "DELETE"})
        made("gcp:billing/projectInfo:ProjectInfo", {"billingAccount": "00ABCD-012345-6789EF"})
        for api in ("storage", "iam", "appengine"):
            made("gcp:projects/service:Service", {"service": f"{api}.googleapis.com"})
        made(BUCKET, {"name": "demo-bucket", "location": "EU"})
        made("gcp:serviceaccount/account:Account", {"accountId": "runner"})
        made("gcp:storage/bucketIAMMember:BucketIAMMember", READER)
        _, self.application = made("gcp:appengine/application:Application", {"locationId": "europe-west"})

    def inputs(self, id: str, data: bytes, tmp_path: Path, **more: Any) -> dict[str, Any]:
        from slipway.sandbox.handler import Asset

        path = tmp_path / f"{id}.zip"
        path.write_bytes(data)
        asset = Asset(hashlib.sha256(path.read_bytes()).hexdigest(), path=path)
        self.call.made(OBJECT, {"bucket": "demo-bucket", "name": f"{id}.zip", "source": asset})
        return {
            "service": "default",
            "versionId": id,
            "runtime": "python311",
            "serviceAccount": EMAIL,
            "entrypoint": {"shell": "python main.py"},
            "envVariables": {"GREETING": "hi"},
            "deployment": {"zip": {"sourceUrl": f"https://storage.googleapis.com/demo-bucket/{id}.zip"}},
            **more,
        }

    def get(self, path: str, host: str | None = None, **more: Any) -> httpx.Response:
        port = registry.load(self.state_folder)["gateway"].ports["front"]
        headers = {"Host": host or self.application["defaultHostname"]}
        return httpx.request(
            more.pop("method", "GET"), f"http://127.0.0.1:{port}{path}", headers=headers, trust_env=False, **more
        )


@pytest.fixture
def cloud(state_folder: Path, serving: Any) -> Cloud:
    composition.ensure(state_folder, ROOT)
    return Cloud(state_folder, serving(PACKAGE, composition.environment(state_folder, ROOT)))


@pytest.mark.services
def test_a_version_runs_its_bytes_and_the_next_one_takes_the_traffic(cloud: Cloud, tmp_path: Path) -> None:
    """The address stays while versions change; the old one is still listed, and reached by its own name."""
    id, outputs = cloud.call.made(VERSION, cloud.inputs("v-1", source("one"), tmp_path))
    assert (id, outputs["name"]) == (f"apps/{PROJECT}/services/default/versions/v-1",) * 2
    told = cloud.get("/a?b=c", method="POST", content=b"body")
    assert told.text == f"one|default v-1 standard {PROJECT} hi|b=c|body|{cloud.application['defaultHostname']}"
    assert told.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert cloud.get("/tea").status_code == 418
    cloud.call.made(VERSION, cloud.inputs("v-2", source("two"), tmp_path))
    assert cloud.get("/").text.startswith("one|")
    split = {"service": "default", "split": {"shardBy": "IP", "allocations": {"v-2": "1"}}}
    cloud.call.made(SPLIT, split)
    assert cloud.get("/").text.startswith("two|")
    assert cloud.get("/", f"v-1-dot-{PROJECT}.ew.r.appspot.localhost").text.startswith("one|")
    listed = [(v.id, v.traffic, v.serving) for v in versions.listed(cloud.state_folder, "default")]
    assert listed == [("v-2", 1.0, True), ("v-1", 0.0, True)]
    assert "asked for /tea" in versions.log_path(cloud.state_folder, f"{PROJECT}/default/v-1").read_text()
    cloud.call.delete(VERSION, id, outputs)
    assert cloud.get("/", f"v-1-dot-{PROJECT}.ew.r.appspot.localhost").status_code == 404
    assert len(versions.listed(cloud.state_folder)) == 1


def test_the_same_version_in_two_projects_has_two_logs(tmp_path: Path) -> None:
    """Copies of a stack have versions of one id, which is made of their bytes: none reads another's requests."""
    logs = {versions.log_path(tmp_path, f"{project}/default/v-1") for project in ("demo-anna", "demo-ben")}
    assert len(logs) == 2
    assert {path.parent for path in logs} == {tmp_path / "sandbox/logs"}


@pytest.mark.services
def test_a_version_that_ended_is_started_again_and_counted(cloud: Cloud, tmp_path: Path) -> None:
    """As App Engine starts another instance; each time is counted, for what ends again and again is a fault."""
    cloud.call.made(VERSION, cloud.inputs("v-1", source(), tmp_path))
    name = f"{versions.PREFIX}{PROJECT}/default/v-1"
    first = registry.load(cloud.state_folder)[name].process
    processes.end([first])
    for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=30, wait_max=0.5):
        with attempt:
            assert cloud.get("/").status_code == 200
            assert restarts.times(cloud.state_folder, [name]) == 1
    assert registry.load(cloud.state_folder)[name].process != first


def test_a_version_that_ends_again_and_again_is_started_less_often(tmp_path: Path) -> None:
    """At once the first time, then after one, two, four seconds and so on; never one that is being taken away."""
    state_folder, seconds = tmp_path, 0.0
    ended = processes.Process(4_000_000, 0.0)
    registry.put(state_folder, Service("version:demo/default/v-1", ended, {"http": 1}))
    with Store(store_path(state_folder)).transaction() as now:
        for id in ("v-1", "not-started"):
            now.put("version", Record(f"demo/default/{id}", "demo", {}))
    restarter = restarts.Restarter(state_folder=state_folder, kinds=[versions.RESTARTED], clock=lambda: seconds)
    at = []
    for second in range(100):
        seconds = float(second)
        if restarter.due():
            at.append(second)
    assert at[0] == 1
    gaps = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 30
    assert restarter.due() == []


@pytest.mark.services
def test_a_version_that_does_not_start_shows_its_log(cloud: Cloud, tmp_path: Path) -> None:
    """The refusal is a failed build with the log's end; no version, no process and no files are left."""
    broken = cloud.inputs("v-1", source(**{"main.py": "import no_such_module"}), tmp_path)
    with pytest.raises(Exception) as refusal:
        cloud.call.made(VERSION, broken)
    assert str(refusal.value).startswith(
        "Error waiting to create StandardAppVersion: Error waiting for Creating StandardAppVersion: Error code 9, "
        f"message: Cloud build failed for {PROJECT}. The entry point `python main.py` failed: its process ended. "
    )
    assert "No module named 'no_such_module'" in str(refusal.value)
    assert versions.listed(cloud.state_folder) == []
    assert not versions.folder_of(cloud.state_folder, f"{PROJECT}/default/v-1").exists()
    assert cloud.call.read(VERSION, f"apps/{PROJECT}/services/default/versions/v-1").id == ""


@pytest.mark.services
def test_an_app_that_others_could_reach_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    """Nothing listens beyond 127.0.0.1: a process that cannot be bound to it does not start."""
    wide = cloud.inputs("v-1", source(), tmp_path, entrypoint={"shell": "python -S main.py 0.0.0.0"})
    with pytest.raises(Exception, match=r"listens on 0\.0\.0\.0:\d+, where other machines can reach it"):
        cloud.call.made(VERSION, wide)
    assert not [name for name in registry.load(cloud.state_folder) if name.startswith(versions.PREFIX)]


@pytest.mark.services
def test_an_app_that_asks_for_all_addresses_gets_this_machines_own(cloud: Cloud, tmp_path: Path) -> None:
    """`0.0.0.0` is how a program for a cloud is written: here it means 127.0.0.1."""
    cloud.call.made(VERSION, cloud.inputs("v-1", source(), tmp_path, entrypoint={"shell": "python main.py 0.0.0.0"}))
    process = registry.load(cloud.state_folder)[f"{versions.PREFIX}{PROJECT}/default/v-1"].process
    listening = [
        connection.laddr.ip
        for member in process.tree()
        for connection in member.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.services
def test_traffic_is_split_between_versions(cloud: Cloud, tmp_path: Path) -> None:
    """At random, both answer; another service has an address of its own."""
    for id in ("v-1", "v-2"):
        cloud.call.made(VERSION, cloud.inputs(id, source(id), tmp_path))
    split = {"shardBy": "RANDOM", "allocations": {"v-1": "0.5", "v-2": "0.5"}}
    cloud.call.made(SPLIT, {"service": "default", "split": split})
    assert {cloud.get("/").text.split("|")[0] for _ in range(40)} == {"v-1", "v-2"}
    cloud.call.made(VERSION, cloud.inputs("w", source("api"), tmp_path, service="api"))
    assert cloud.get("/", f"api-dot-{PROJECT}.ew.r.appspot.localhost").text.startswith("api|api w ")
    assert cloud.get("/", "nobody.ew.r.appspot.localhost").status_code == 404


@pytest.mark.services
def test_deleting_the_project_ends_its_versions(cloud: Cloud, tmp_path: Path) -> None:
    """No process and no port outlives the project."""
    cloud.call.made(VERSION, cloud.inputs("v-1", source(), tmp_path))
    process = registry.load(cloud.state_folder)[f"{versions.PREFIX}{PROJECT}/default/v-1"].process
    cloud.call.delete("gcp:organizations/project:Project", f"projects/{PROJECT}", {"deletionPolicy": "DELETE"})
    assert not process.alive
    assert (versions.listed(cloud.state_folder), cloud.get("/").status_code) == ([], 404)


@pytest.mark.services
@pytest.mark.slow
def test_requirements_are_installed_once_for_each_set(cloud: Cloud, tmp_path: Path) -> None:
    """The time service's own locked requirements and the default entry point; the next version installs none."""
    requirements = (ROOT / "app_src/time_service/requirements.txt").read_text()
    data = source(**{"main.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": requirements})
    given = cloud.inputs("v-1", data, tmp_path)
    del given["entrypoint"]
    cloud.call.made(VERSION, given)
    assert cloud.get("/").status_code == 404
    environments = cloud.state_folder / "sandbox/environments"
    before = {path.name: path.stat().st_mtime_ns for path in environments.iterdir()}
    cloud.call.made(VERSION, {**given, "versionId": "v-2"})
    assert {path.name: path.stat().st_mtime_ns for path in environments.iterdir()} == before
    assert len(before) == 1


@pytest.mark.services
def test_requirements_that_do_not_install_are_the_builds_failure(cloud: Cloud, tmp_path: Path) -> None:
    """The installer's own words come with the refusal."""
    wrong = source(**{"requirements.txt": "flask==3.1.3 --hash=sha256:" + "0" * 64 + "\nno-such==="})
    with pytest.raises(Exception, match=r"requirements.txt does not install:\n.*") as refusal:
        cloud.call.made(VERSION, cloud.inputs("v-1", wrong, tmp_path))
    assert "no-such" in str(refusal.value)


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        ("gunicorn -b :$PORT main:app", "gunicorn -b 127.0.0.1:$PORT main:app"),
        ("gunicorn --bind=0.0.0.0:${PORT} main:app", "gunicorn --bind=127.0.0.1:${PORT} main:app"),
        ("gunicorn -b [::]:$PORT main:app", "gunicorn -b 127.0.0.1:$PORT main:app"),
        ("gunicorn -b 127.0.0.1:$PORT main:app", "gunicorn -b 127.0.0.1:$PORT main:app"),
        ("python main.py --port $PORT", "python main.py --port $PORT"),
    ],
)
def test_an_entry_point_for_all_addresses_is_bound_to_one(said: str, bound: str) -> None:
    """`:$PORT` is how App Engine's documentation says it; here it means this machine alone."""
    assert web.on_loopback(said, versions.PORT) == bound


def test_environment_variables_never_hide_app_engines_own() -> None:
    """A program cannot give another port or another version than the one it has."""
    told = versions.variables("p", "s", "v", {"envVariables": {"PORT": "1", "GAE_VERSION": "x", "A": "b"}})
    app = web.WebApp(
        name="version:p/s/v",
        command="serve",
        said="entry point `serve`",
        remedy="",
        source=Path("source"),
        installed=Path("installed"),
        port=8080,
        log=Path("log"),
        variables=told,
    )
    seen = web.variables(app, Entrance(folder=Path("f"), socket=None, port=8080, greeting="g"))
    assert (seen["PORT"], seen["GAE_VERSION"], seen["A"]) == ("8080", "v", "b")
    assert "127.0.0.1:8080" in seen["GUNICORN_CMD_ARGS"]
