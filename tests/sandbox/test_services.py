"""The services as processes: started once, found again, noticed when gone, ended without a trace."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from slipway.sandbox import composition
from slipway.sandbox.services import logs, processes, registry
from slipway.sandbox.services.processes import Process, beginning
from slipway.sandbox.services.registry import Service
from tests.sandbox.storage_service import paid_project

ROOT = Path(__file__).parents[2]
NAMES = ["gateway", "google", "host", "ministack", "pythonanywhere"]


def listeners(state_folder: Path) -> set[tuple[str, int]]:
    """Every address that a process of the sandbox listens on."""
    return {
        (connection.laddr.ip, connection.laddr.port)
        for process in processes.marked(state_folder)
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }


@pytest.mark.services
def test_the_services_come_up_on_loopback_alone_and_go_without_a_trace(state_folder: Path) -> None:
    """Started once, found by the next call; everything listens on 127.0.0.1; a stop leaves nothing but history."""
    first = composition.ensure(state_folder, ROOT)
    assert sorted(first.services) == NAMES
    assert sorted(first.started) == NAMES and set(first.lost) == {"ministack", "google"}
    again = composition.ensure(state_folder, ROOT)
    assert (again.started, again.lost, again.services) == ((), (), first.services)
    assert {address for address, _ in listeners(state_folder)} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert all(state.healthy for state in composition.states(state_folder))
    assert composition.audit(state_folder) == []
    (state_folder / "state" / "kept").parent.mkdir(exist_ok=True)
    (state_folder / "state" / "kept").touch()
    assert composition.stop(state_folder) == NAMES
    assert [str(path.relative_to(state_folder)) for path in state_folder.rglob("*") if path.is_file()] == ["state/kept"]
    assert (composition.audit(state_folder), composition.find(state_folder), listeners(state_folder)) == (
        [],
        None,
        set(),
    )


@pytest.mark.services
def test_services_outlive_the_command_and_two_commands_start_each_once(state_folder: Path) -> None:
    """Two commands at once end with the same processes, one a service, which run on when the commands have ended."""
    program = (
        "import sys, pathlib; from slipway.sandbox import composition;"
        "s = composition.ensure(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]));"
        "print(*sorted(str(x.process.pid) for x in s.services.values()))"
    )
    words = [sys.executable, "-c", program, str(state_folder), str(ROOT)]
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda _: subprocess.run(words, capture_output=True, text=True, check=True), range(2)))
    assert ends[0].stdout == ends[1].stdout
    assert len(list(processes.marked(state_folder))) == len(NAMES)
    assert all(state.healthy for state in composition.states(state_folder))


@pytest.mark.services
def test_two_sandboxes_do_not_meet(tmp_path: Path) -> None:
    """Two checkouts have other ports and other processes; stopping one leaves the other."""
    one, two = tmp_path / "one", tmp_path / "two"
    try:
        for state_folder in (one, two):
            composition.ensure(state_folder, ROOT)
        assert not listeners(one) & listeners(two)
        composition.stop(one)
        assert all(state.healthy for state in composition.states(two)) and composition.states(two)
    finally:
        composition.stop(one)
        composition.stop(two)


@pytest.mark.services
def test_a_service_that_died_is_started_again_where_it_was(state_folder: Path) -> None:
    """Only the missing one is started, on its old port; that its world is lost is said."""
    first = composition.ensure(state_folder, ROOT)
    processes.end([first.services["ministack"].process])
    assert [state.name for state in composition.states(state_folder) if not state.healthy] == ["ministack"]
    second = composition.ensure(state_folder, ROOT)
    assert (second.started, second.lost) == (("ministack",), ("ministack",))
    assert second.services["gateway"] == first.services["gateway"]
    assert second.services["host"] == first.services["host"]


@pytest.mark.services
@pytest.mark.parametrize("name", ["host", "google"])
def test_a_service_that_hangs_is_noticed_and_started_again(state_folder: Path, name: str) -> None:
    """A stopped process has its ports open and answers nothing: it is unhealthy, and the restart is told."""
    first = composition.ensure(state_folder, ROOT)
    os.kill(first.services[name].process.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert [state.name for state in composition.states(state_folder) if not state.healthy] == [name]
    assert time.monotonic() - began < 15
    second = composition.ensure(state_folder, ROOT)
    assert second.started == (name,)
    assert [note for note in second.notes if name in note] == [
        f"{name} ran and did not answer: it was ended and started again"
    ]
    assert all(state.healthy for state in composition.states(state_folder))


@pytest.mark.services
def test_a_reboot_is_noticed_although_the_pids_are_in_use(state_folder: Path) -> None:
    """After a reboot other processes have the pids: they are neither taken for services nor ended."""
    first = composition.ensure(state_folder, ROOT)
    processes.end([service.process for service in first.services.values()])
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        stale = {
            name: Service(name, Process(stranger.pid, service.process.created), service.ports)
            for name, service in first.services.items()
        }
        registry.save(state_folder, stale)
        second = composition.ensure(state_folder, ROOT)
        assert sorted(second.started) == NAMES
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.services
def test_a_port_that_somebody_took_meanwhile_is_left_to_them(state_folder: Path) -> None:
    """A service whose port is in use comes up on another one."""
    first = composition.ensure(state_folder, ROOT)
    port = first.services["gateway"].ports["storage"]
    processes.end([first.services["gateway"].process])
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        second = composition.ensure(state_folder, ROOT).services["gateway"].ports["storage"]
        assert second != port
        assert composition.environment(state_folder, ROOT)["STORAGE_EMULATOR_HOST"].endswith(str(second))


@pytest.mark.services
def test_the_audit_finds_what_was_left_on_purpose(state_folder: Path) -> None:
    """A bucket, an object, a role, a project; after a stop that missed them, a process, its port and a file."""
    composition.ensure(state_folder, ROOT)
    variables = composition.environment(state_folder, ROOT)
    headers = {"Authorization": f"Bearer {variables['GOOGLE_OAUTH_ACCESS_TOKEN']}"}
    paid_project(state_folder, "left-project")
    with httpx.Client(base_url=variables["STORAGE_EMULATOR_HOST"], headers=headers, trust_env=False) as storage:
        storage.post("/storage/v1/b?project=left-project", json={"name": "left-over"}).raise_for_status()
        upload = "/upload/storage/v1/b/left-over/o?uploadType=media&name=a"
        storage.post(upload, content=b"x").raise_for_status()
    from slipway.sandbox.aws.clients import Aws, Endpoint

    registry.note_region(state_folder, "eu-central-1")
    account = Aws(Endpoint.of(variables), "eu-central-1")
    account.client("logs").create_log_group(logGroupName="left-group")
    assert composition.audit(state_folder) == [
        "Cloud Storage object left-over/a",
        "bucket left-over in Google Cloud",
        "log group left-group",
        "project left-project",
    ]
    composition.stop(state_folder)
    program = (
        "import socket, time; s = socket.create_server(('127.0.0.1', 0));"
        "print(s.getsockname()[1], flush=True); time.sleep(60)"
    )
    log = state_folder / "sandbox" / "left.log"
    left = processes.spawn([sys.executable, "-c", program], state_folder=state_folder, log=log, extra={})
    while not log.read_text():
        time.sleep(0.02)
    lines = composition.audit(state_folder)
    assert lines[0] == f"file {log}"
    assert lines[1] == f"port {log.read_text().strip()} of process {left.pid}"
    assert lines[2].startswith(f"process {left.pid}: ")


@pytest.mark.services
def test_a_service_that_cannot_start_says_so_with_its_log(state_folder: Path) -> None:
    """The error names the service and shows the end of what it wrote."""
    from slipway.sandbox.composition.start import StartError

    (state_folder / "sandbox").mkdir(parents=True)
    (state_folder / "sandbox" / "storage").write_text("a file where the emulator wants a folder")
    with pytest.raises(StartError) as failure:
        composition.ensure(state_folder, ROOT)
    assert "the sandbox's google did not start: google has ended" in str(failure.value)
    assert "FileExistsError" in str(failure.value) or "NotADirectoryError" in str(failure.value)


def test_credentials_of_real_clouds_are_not_passed_on() -> None:
    """A service that installs packages sees uv's settings, an app does not; neither sees what opens an account."""
    given = {
        "PATH": "/bin",
        "AWS_PROFILE": "prod",
        "GOOGLE_APPLICATION_CREDENTIALS": "k",
        "UV_CACHE_DIR": "c",
        "X": "y",
    }
    assert processes.inherited(given, installs=True) == {"PATH": "/bin", "UV_CACHE_DIR": "c"}
    assert processes.inherited(given, installs=False) == {"PATH": "/bin"}


def test_this_machine_is_never_asked_through_a_proxy() -> None:
    """Where the user has a proxy, loopback is excepted; its password is for what installs packages alone."""
    given = {"HTTPS_PROXY": "http://me:secret@proxy:1", "http_proxy": "http://proxy:1", "NO_PROXY": "corp"}
    seen = processes.proxies(given, with_password=False)
    assert seen["NO_PROXY"] == seen["no_proxy"] == "corp,127.0.0.1,localhost,.localhost,::1"
    assert "HTTPS_PROXY" not in seen and seen["http_proxy"] == "http://proxy:1"
    assert processes.proxies(given, with_password=True)["HTTPS_PROXY"] == "http://me:secret@proxy:1"
    assert processes.proxies({"NO_PROXY": "corp"}, with_password=True) == {}


def test_a_process_is_itself_by_pid_and_start() -> None:
    """The same pid that began at another time is somebody else."""
    created = beginning(psutil.Process())
    assert Process(os.getpid(), created).alive
    assert not Process(os.getpid(), created - 100).alive


@pytest.mark.skipif(not psutil.LINUX, reason="only there a process's start is counted from the machine's")
def test_a_clock_that_is_set_changes_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel reckons the moment of the machine's start anew from the clock; a service stays itself."""
    mine = Process(os.getpid(), beginning(psutil.Process()))
    before = psutil.Process().create_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: 86_400.0)
    assert abs(psutil.Process().create_time() - before) > 3600
    assert mine.alive


def test_the_registry_is_replaced_whole(tmp_path: Path) -> None:
    """A reader never finds half of it, and no draft stays behind."""
    service = Service("a", Process(1, 2.5), {"http": 3})
    registry.put(tmp_path, service)
    assert registry.load(tmp_path) == {"a": service}
    registry.drop(tmp_path, "a")
    assert json.loads((tmp_path / "sandbox/services.json").read_text()) == {"version": 1, "services": {}}
    assert [path.name for path in (tmp_path / "sandbox").iterdir()] == ["services.json"]


def test_a_lock_whose_file_was_removed_keeps_others_out_all_the_same(tmp_path: Path) -> None:
    """Who waited for a lock that is removed by its holder gets a new one, not the removed one."""
    with registry.locked(tmp_path):
        registry.forget_locks(tmp_path)
        with registry.locked(tmp_path):
            assert (tmp_path / ".services.lock").exists()


def test_a_lock_that_is_kept_too_long_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the folder whose services somebody else is changing."""
    monkeypatch.setattr(registry, "PATIENCE", 0.1)
    with registry.locked(tmp_path), pytest.raises(registry.BusyError, match=str(tmp_path)), registry.locked(tmp_path):
        pytest.fail("two held the lock")


def test_limits_are_pairs_of_words() -> None:
    """What `slipway sandbox status` prints."""
    assert all(len(row) == 2 and all(row) for row in composition.LIMITS)


def test_a_log_that_grew_too_long_is_set_aside(tmp_path: Path) -> None:
    """Its writer goes on in the emptied file; the earlier part is beside it; a short one stays."""
    grown, short = tmp_path / "a.log", tmp_path / "below" / "b.log"
    short.parent.mkdir()
    short.write_text("short")
    with grown.open("a") as writer:
        writer.write("x" * 100)
        writer.flush()
        assert logs.rotate(tmp_path, most=50) == [grown]
        writer.write("after")
    assert grown.read_text() == "after"
    assert (tmp_path / "a.log.1").read_text() == "x" * 100
    assert short.read_text() == "short"
