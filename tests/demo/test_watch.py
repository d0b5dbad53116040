"""`slipway watch`: what is saved is live, a mistake is said and waited out, Ctrl-C ends it and nothing else."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.demo.clones import PATIENCE, Clone, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]

APP, OTHER = "time-service", "hello-function"
FUNCTION = "app_src/hello_function/lambda_function.py"
MAIN = "app_src/time_service/main.py"
STACK = "stacks/Pulumi.sandbox.yaml"
READY = "watching the stack 'sandbox'"


@contextmanager
def watched(clone: Clone) -> Iterator["subprocess.Popen[str]"]:
    """The command, once it waits for what is saved; killed where the test fails."""
    with clone.start("watch", "--stack", "sandbox", "--engine", clone.engine) as process:
        try:
            wait_for(process, READY)
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def until_it_waits(process: "subprocess.Popen[str]") -> None:
    """Until what the next `up` needs is imported and its key derived.

    No thread is left by then: its locks would stay locked in what is forked.
    """
    end = time.monotonic() + PATIENCE
    while psutil.Process(process.pid).num_threads() > 1:
        assert time.monotonic() < end, "a thread goes on where the next `up` will be forked"
        time.sleep(0.1)


def end(process: "subprocess.Popen[str]", number: int) -> str:
    """Send a signal; what is still said, after which the command has left with 0."""
    process.send_signal(number)
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, said
    return said


def test_what_is_saved_is_live(clone: Clone):
    """One journey: an app in two clouds, a mistake, the stack's file, the program, the tool itself, and the end."""
    clone.keep_only(APP, OTHER)
    with watched(clone) as process:
        clone.edit(MAIN, "Welcome to the time service", "Good morning")
        wait_for(process, f"saved: {MAIN}")
        wait_for(process, READY)
        assert clone.page(APP).startswith("Good morning")

        # Another app in another cloud, whose SDK is another process's import too.
        (clone.folder / FUNCTION).open("a").write("\n\nSEEN = True\n")
        said = wait_for(process, READY)
        assert re.search("aws:lambda.*:Function +hello-function +updated", said)
        assert "error" not in said
        assert clone.page(OTHER, "?key1=a&key2=b&key3=c") == '{"key1": "a"}'

        # A mistake is said, what was live answers, and the next save goes on.
        clone.edit(MAIN, "WELCOME = ", "1 / 0\nWELCOME = ")
        wait_for(process, "ZeroDivisionError")
        wait_for(process, READY)
        assert clone.page(APP).startswith("Good morning")
        clone.edit(MAIN, "1 / 0\nWELCOME = ", "WELCOME = ")
        wait_for(process, READY)

        # The stack's file, and the program with what it imports: nothing of the last time is kept.
        clone.edit(STACK, "slipway:owner: ", "slipway:owner: not-")
        wait_for(process, f"saved: {STACK}")
        wait_for(process, READY)
        assert clone.outputs()["lifecycle"]["owner"].startswith("not-")
        (clone.folder / "stacks/seen.py").write_text('SEEN = "one"\n')
        (clone.folder / "__main__.py").open("a").write(
            "\nfrom stacks.seen import SEEN\n\npulumi.export('seen', SEEN)\n"
        )
        while clone.outputs().get("seen") != "one":
            wait_for(process, READY)
        clone.edit("stacks/seen.py", "one", "two")
        wait_for(process, "saved: stacks/seen.py")
        wait_for(process, READY)
        assert clone.outputs()["seen"] == "two"

        # The command itself: it begins anew, as the same process.
        (clone.folder / "slipway/verbs/status.py").open("a").write("\n\nprint('begun anew')\n")
        wait_for(process, "begun anew")
        wait_for(process, READY)

        # What is not the stack's is not deployed.
        (clone.folder / "app_src/hello_flask/notes.txt").write_text("not ours")
        (clone.folder / "stacks/Pulumi.other.yaml").write_text("config: {}\n")
        (clone.folder / "stacks/__pycache__").mkdir(exist_ok=True)
        (clone.folder / "stacks/__pycache__/x.pyc").write_text("not ours")
        time.sleep(1)
        until_it_waits(process)
        said = end(process, signal.SIGINT)
    assert said == "no longer watching; what is up stays up until `slipway destroy --stack sandbox`\n"
    assert clone.page(APP).startswith("Good morning")
    assert [
        p for p in clone.processes() if re.search("slipway.verbs.saved_files|slipway watch", " ".join(p.cmdline()))
    ] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "ended"])
def test_ended_in_the_middle_of_an_up(clone: Clone, number: int):
    """What runs is finished, nothing new is begun, and the next `up` goes on from there."""
    clone.keep_only(APP)
    with watched(clone) as process:
        before = {p.pid for p in psutil.Process(process.pid).children(recursive=True)}
        clone.edit(MAIN, "Welcome to the time service", "Good morning")
        wait_for(process, "BucketObject +")
        said = end(process, number)
        assert "no longer watching" in said
        assert not any(psutil.pid_exists(pid) for pid in before)
    clone.verb("up")
    assert clone.page(APP).startswith("Good morning")
    assert clone.nothing_would_change()


def test_it_ends_with_whoever_started_it(clone: Clone):
    """Killed, it leaves nothing that watches."""
    clone.keep_only(APP)
    with watched(clone) as process:
        (watcher,) = psutil.Process(process.pid).children()
        process.kill()
        watcher.wait(PATIENCE)
