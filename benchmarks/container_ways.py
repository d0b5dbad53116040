"""Ways from an edited line of an app to its answer from a container, timed."""

import select
import shlex
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

PATIENCE = 120.0
"""Seconds until somebody has to look why there is no new answer."""
STARTS = ("docker", "events", "--filter", "type=container", "--filter", "event=start", "--format", "{{.ID}}")
"""Says when the new container has started. It is not asked before: what is sent to an address whose interface is only
being made looks for it in vain, and the kernel looks again after a second, whoever asks."""


@dataclass
class Way:
    """A way from an edited line to its answer."""

    name: str
    source: Path
    """The file whose line is edited."""
    port: int
    folder: Path
    environment: dict[str, str]
    commands: Callable[[int], Sequence[Sequence[str]]]
    """The commands of a turn, one after the other."""
    to_answer: list[float] = field(default_factory=list)
    to_end: list[float] = field(default_factory=list)

    def turn(self, number: int) -> None:
        """Edit, deploy, and note when the answer is there and when the commands are through."""
        text = f"answer {number} of {self.name}"
        source = self.source.read_text()
        began = time.monotonic()
        self.source.write_text(source.replace(said_in(source), text))
        started = subprocess.Popen(STARTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert started.stdout is not None
        running = self.deploy(number)
        until = began + PATIENCE
        while not select.select([started.stdout], [], [], 0.1)[0] and running.poll() is None:
            continue
        started.terminate()
        while answer(self.port) != text:
            if time.monotonic() > until or (running.poll() or 0) != 0:
                running.kill()
                raise SystemExit(f"{self.name} never answered {text!r}:\n{running.communicate()[0]}")
            time.sleep(0.02)
        self.to_answer.append(time.monotonic() - began)
        self.see_through(running)
        self.to_end.append(time.monotonic() - began)

    def deploy(self, number: int) -> "subprocess.Popen[str]":
        """Begin with what brings the edited line up."""
        words = [" ".join(map(shlex.quote, command)) for command in self.commands(number)]
        return self.begin(["sh", "-c", " && ".join(words)])

    def begin(self, words: Sequence[str]) -> "subprocess.Popen[str]":
        """A process in the folder, whose output can be read."""
        return subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def see_through(self, running: "subprocess.Popen[str]") -> None:
        """Wait until it is done. Exits where it failed."""
        said = running.communicate()[0]
        if running.returncode:
            raise SystemExit(f"{self.name} failed:\n{said}")


@dataclass
class Watched(Way):
    """A command that stays and deploys what is saved, as long as it is used as a context."""

    staying: "subprocess.Popen[str] | None" = None

    def deploy(self, number: int) -> "subprocess.Popen[str]":
        """It has seen by itself that the file was saved; the first time it has yet to be started."""
        if self.staying is None:
            (words,) = self.commands(number)
            self.staying = self.begin(words)
        return self.staying

    def see_through(self, running: "subprocess.Popen[str]") -> None:
        """Wait until it waits for the next file."""
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("watching "):
                return
        raise SystemExit(f"{self.name} ended")

    def end(self) -> None:
        """Let it end."""
        if self.staying is not None:
            self.staying.terminate()
            self.staying.communicate()


def said_in(source: str) -> str:
    """The text that the app answers now."""
    return source.split('Response("', 1)[1].split('"', 1)[0]


def answer(port: int) -> str:
    """What the port answers; "" where nothing does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
            return response.read().decode()
    except (OSError, HTTPException):
        return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
