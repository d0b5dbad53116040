"""What a platform holds its apps to, this machine does too: read-only files, a /tmp of their own, their memory."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from slipway.sandbox.running import app_user, as_user, memory
from slipway.sandbox.running.app_user import Limits
from slipway.sandbox.services import registry

TRIES = """
import json, os, sys, tempfile

def tried(path):
    try:
        with open(path, "w") as file:
            file.write("x")
        return "written"
    except OSError as error:
        return error.strerror

before = os.listdir("/tmp")
print(json.dumps({path: tried(path) for path in sys.argv[1:]} | {"before": before}))
"""
PYTHON = "/usr/bin/python3"
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has what the sandbox holds apps by"),
    pytest.mark.skipif(not Path(PYTHON).exists(), reason="there is no Python that other users may start"),
]


@pytest.fixture
def state_folder() -> Iterator[Path]:
    """A sandbox's folder below folders that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="slipway-", dir="/var/tmp") as above:
        Path(above).chmod(0o755)
        folder = Path(above) / ".slipway"
        registry.private(folder)
        registry.private(registry.folder(folder))
        yield folder


def folders(state_folder: Path) -> tuple[Path, Path]:
    """An app's code, and a folder of its own beside it."""
    code, door = registry.folder(state_folder) / "code", registry.folder(state_folder) / "door"
    for folder in (code, door):
        folder.mkdir(mode=0o700)
    (code / "main.py").write_text("", encoding="utf-8")
    app_user.lend(state_folder, code)
    return code, door


def run(words: Sequence[str], *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*words, *command], cwd=cwd, capture_output=True, text=True, check=False)


def tried(words: Sequence[str], cwd: Path, *paths: Path | str) -> dict[str, str]:
    done = run(words, PYTHON, "-c", TRIES, *map(str, paths), cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_app_writes_its_own_tmp_and_nothing_else(state_folder: Path) -> None:
    """Its code is read-only, /tmp is empty and its own, and what it was handed beside its code it may write."""
    if not app_user.held_by_views():
        pytest.skip("this system gives no process a view of its own")
    code, door = folders(state_folder)
    limits = Limits(read_only=True, temporary=1 << 20)
    words = app_user.words_before(state_folder, own=[door], reads=[code], limits=limits)
    name = f"/tmp/{state_folder.parent.name}"
    answer = tried(words, code, code / "new", code / "main.py", door / "new", name)
    refused = "Read-only file system"
    assert [answer[str(path)] for path in (code / "new", code / "main.py")] == [refused, refused]
    assert (answer[str(door / "new")], answer[name]) == ("written", "written")
    assert (answer["before"], Path(name).exists()) == ([], False)


def test_a_tmp_in_memory_has_an_end(state_folder: Path) -> None:
    """What is larger than the instance's memory is refused, as in the cloud."""
    if not app_user.held_by_views():
        pytest.skip("this system gives no process a view of its own")
    code, door = folders(state_folder)
    limits = Limits(read_only=True, temporary=1 << 20)
    words = app_user.words_before(state_folder, own=[door], reads=[code], limits=limits)
    done = run(words, PYTHON, "-c", "open('/tmp/big', 'wb').write(b'x' * (2 << 20))", cwd=code)
    assert "No space left on device" in done.stderr


def test_a_tmp_can_be_a_folder(state_folder: Path) -> None:
    """A function's /tmp is on disk, which does not count as its memory."""
    if not app_user.held_by_views():
        pytest.skip("this system gives no process a view of its own")
    code, door = folders(state_folder)
    place = registry.folder(state_folder) / "temporary"
    limits = Limits(read_only=True, temporary=place, hidden=(Path("/dev/shm"),))
    words = app_user.words_before(state_folder, own=[door], reads=[code], limits=limits)
    answer = tried(words, code, "/tmp/one", "/dev/shm/one")
    assert (answer["/tmp/one"], (place / "one").read_text()) == ("written", "x")
    assert answer["/dev/shm/one"] == "Read-only file system"


@pytest.mark.skipif(os.geteuid() != 0 or not app_user.held_by_views(), reason="an app has no /tmp of its own here")
def test_a_python_below_tmp_is_there_by_each_name_that_leads_to_it(state_folder: Path) -> None:
    """A virtual environment leads to a folder that is a link itself, and the app's own /tmp covers all of them."""
    code, _ = folders(state_folder)
    with tempfile.TemporaryDirectory(prefix="slipway-", dir="/tmp") as above:
        Path(above).chmod(0o755)
        installed, name, environment = Path(above) / "python-3.1.4", Path(above) / "python-3", Path(above) / "venv"
        for folder in (installed, environment):
            (folder / "bin").mkdir(parents=True)
        name.symlink_to(installed.name)
        (installed / "bin" / "python").symlink_to(PYTHON)
        (environment / "bin" / "python").symlink_to(name / "bin" / "python")
        python = environment / "bin" / "python"
        words = app_user.words_before(
            state_folder,
            own=[],
            reads=[code, *app_user.prefixes(python)],
            limits=Limits(read_only=True, temporary=registry.folder(state_folder) / "tmp"),
        )
        done = run(words, str(python), "-c", "print('runs')", cwd=code)
        assert (done.stdout, done.stderr) == ("runs\n", "")


def test_where_there_are_no_views_the_kernels_rules_hold_the_code(
    state_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Landlock, which every user may ask for, refuses to write where a view would."""
    if not app_user.rules_work():
        pytest.skip("this kernel has no Landlock")
    monkeypatch.setattr(app_user, "held_by_views", lambda: False)
    code, door = folders(state_folder)
    words = app_user.words_before(
        state_folder, own=[door], reads=[code], limits=Limits(read_only=True, temporary=1 << 20)
    )
    outside = Path(f"/var/tmp/{state_folder.parent.name}.outside")
    temporary = Path(f"/tmp/{state_folder.parent.name}")
    try:
        answer = tried(words, code, code / "new", outside, door / "new", temporary)
    finally:
        temporary.unlink(missing_ok=True)
    assert [answer[str(path)] for path in (code / "new", outside)] == ["Permission denied"] * 2
    assert [answer[str(path)] for path in (door / "new", temporary)] == ["written"] * 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user for a test")
@pytest.mark.parametrize("means", [as_user.VIEW, as_user.LANDLOCK])
def test_an_ordinary_user_is_held_too(means: str) -> None:
    """Who is not root holds an app of his own, by a table of users of its own or by the kernel's rules."""
    user = app_user.FIRST
    with tempfile.TemporaryDirectory(prefix="slipway-", dir="/var/tmp") as above:
        os.chown(above, user, user)
        orders = as_user.Orders(user, user, places=[above], writable=[], means=means)
        inner = [sys.executable, "-I", "-S", str(app_user.LAUNCHER), json.dumps(orders._asdict()), "--"]
        as_another = as_user.Orders(user, user, places=[above, *map(str, readable())])
        outer = [sys.executable, "-I", "-S", str(app_user.LAUNCHER), json.dumps(as_another._asdict()), "--"]
        done = run([*outer, *inner], PYTHON, "-c", TRIES, f"{above}/new", cwd=Path(above))
    if done.returncode == as_user.DIFFERENT:
        pytest.skip(f"this system does not let an ordinary user: {done.stderr}")
    refused = {as_user.VIEW: "Read-only file system", as_user.LANDLOCK: "Permission denied"}[means]
    assert json.loads(done.stdout)[f"{above}/new"] == refused


def readable() -> list[Path]:
    return [*app_user.own_prefixes(), app_user.LAUNCHER.parent]


@pytest.mark.skipif(bool(memory.obstacle()), reason="this machine holds no app to its memory")
def test_who_uses_more_memory_than_there_is_gets_killed(state_folder: Path) -> None:
    """The group counts the kill, and goes when the app does."""
    code, door = folders(state_folder)
    group = memory.make(state_folder, "version:a", 64 << 20)
    words = app_user.words_before(
        state_folder, own=[door], reads=[code], limits=Limits(read_only=True, memory=64 << 20), group=group
    )
    fits, bursts = (f"print(len(b'x' * ({size} << 20)))" for size in (10, 200))
    assert run(words, PYTHON, "-c", fits, cwd=code).returncode == 0
    assert memory.kills(state_folder, "version:a") == 0
    assert run(words, PYTHON, "-c", bursts, cwd=code).returncode == -9
    assert memory.kills(state_folder, "version:a") == 1
    assert [one.name for one in memory.groups(state_folder)] == [group.name if group else ""]
    memory.remove(state_folder, "version:a")
    assert memory.groups(state_folder) == []


@pytest.mark.skipif(bool(memory.obstacle()), reason="this machine holds no app to its memory")
def test_a_group_that_a_killed_sandbox_has_left_is_swept(state_folder: Path) -> None:
    """One without a process, and old enough that none is about to join it; one with a process stays."""
    left, used = (memory.make(state_folder, name, 64 << 20) for name in ("left", "used"))
    assert left
    assert used
    memory.sweep()
    assert left.exists()
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        memory.processes_of(used).write_text(str(process.pid), encoding="ascii")
        for group in (left, used):
            os.utime(group, (0, 0))
        memory.sweep()
        assert (left.exists(), used.exists()) == (False, True)
        process.kill()
    memory.remove(state_folder, "used")


def test_what_this_machine_cannot_hold_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a limit, with why."""
    monkeypatch.setattr(app_user, "held_by_views", lambda: False)
    monkeypatch.setattr(app_user, "rules_work", lambda: False)
    monkeypatch.setattr(memory, "obstacle", lambda: "only root may make a control group")
    files, of_memory = app_user.unenforced()
    assert files.startswith("read-only files: this system gives a process no view of its own")
    assert of_memory == "memory: only root may make a control group"
    monkeypatch.setattr(app_user, "rules_work", lambda: True)
    assert app_user.unenforced()[0].startswith("a /tmp of an app's own: ")
    monkeypatch.setattr(app_user, "held_by_views", lambda: True)
    assert app_user.unenforced() == [of_memory]
