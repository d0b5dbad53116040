"""Bad days: a disk that is full, a daemon that dies in the middle of a build. Slow, and as root alone."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from slipway.sandbox.docker import daemon
from slipway.sandbox.docker.builds import Build, build
from slipway.sandbox.docker.client import connect
from slipway.sandbox.docker.daemon import NoDaemonError
from slipway.sandbox.services.processes import Process
from tests.sandbox.conftest import Refused
from tests.sandbox.docker.conftest import IMAGE, Bench

pytestmark = [
    pytest.mark.docker,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dockerd"), reason="needs root and dockerd"),
]


class Daemon:
    """A daemon of the test's own, with its own folders, in a network of its own: it would take docker0 away."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.where = folder, f"unix://{folder}/sock"
        self.start()

    def start(self) -> None:
        places = ["--data-root", "data", "--exec-root", "exec", "--pidfile", "pid"]
        words = [word if word.startswith("-") else str(self.folder / word) for word in places]
        apart = ["--bridge", "none", "--iptables=false", "--ip-forward=false"]
        # Where nobody buries the dead, a daemon takes its last containerd's body for a containerd that runs.
        (self.folder / "exec/containerd/containerd.pid").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            command = ["unshare", "--net", "dockerd", *words, *apart, "-H", self.where]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not daemon.answers(self.where):
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.1)

    def die(self) -> None:
        """End as for want of memory or power: nothing is tidied up, its containerd goes the same way."""
        members = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for member in members:
            member.kill()
        psutil.wait_procs(members, timeout=10)
        self.process.wait()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            if str(self.folder) in line:
                subprocess.run(["umount", "-l", line.split()[1]], check=False)


@pytest.fixture
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Another daemon beside the machine's."""
    folder = tmp_path_factory.mktemp("e")  # a socket's path is short
    made = Daemon(folder)
    yield made
    made.end()


def test_a_daemon_that_dies_during_a_build_is_named_and_the_next_build_goes_on(
    other: Daemon, tiny: str, base, context: Callable[..., Path], tmp_path: Path
):
    """The error says that it has ended, not that the build is wrong; once it is back, the same build works."""
    with closing(daemon.connect(other.where)) as client:
        client.images.load(b"".join(base[0].images.get(tiny).save(named=True)))
    flag = tmp_path / "go"
    dockerfile = f"FROM {tiny}\nRUN sleep 5\n"
    docker = connect({"host": other.where}, environment={"SLIPWAY_HOME": str(tmp_path)})
    wanted = Build(name="slipway-tests/slow:1", context=context({"Dockerfile": dockerfile}), network="none")
    killer = threading.Timer(2.5, lambda: (flag.touch(), other.die()))
    killer.start()
    with pytest.raises(NoDaemonError, match=r"building slipway-tests/slow:1: it has ended.*make docker"):
        build(docker, wanted)
    assert flag.exists()
    other.start()
    assert build(docker, wanted).startswith("sha256:")


@pytest.fixture
def small(bench: Bench) -> Iterator[Bench]:
    """A bench whose registry has four megabytes of disk."""
    bench.stop_registry()
    disk = bench.state_folder / "sandbox/registry/images"
    disk.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "slipway-test", disk], check=True)
    bench.start_registry()
    bench.caller.configure()
    yield bench
    bench.stop_registry()
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_registry_is_said_and_its_place_named(small: Bench, context: Callable[..., Path]):
    """After the second try, not after the minute in which Docker tries five: the error has the room that is left."""
    folder = context({"Dockerfile": "ARG BASE\nFROM ${BASE}\nCOPY large /\n"})
    (folder / "large").write_bytes(os.urandom(8 << 20))
    with pytest.raises(Refused, match=r"pushing .*stack/app:1: .* the registry's disk has [0-3] MB left \("):
        small.caller.made(IMAGE, small.image(folder))
    (folder / "large").write_bytes(b"small now")
    small.caller.made(IMAGE, small.image(folder))
    assert small.tags() == ["stack/app:1"]


def test_the_process_of_the_registry_is_the_sandboxs_own(bench: Bench):
    """Started by the sandbox, so ended by it: what is noted of it is what runs."""
    from slipway.sandbox.services import registry

    process = registry.load(bench.state_folder)["registry"].process
    assert isinstance(process, Process)
    assert process.alive
    bench.stop_registry()
    assert not process.alive
    bench.start_registry()
