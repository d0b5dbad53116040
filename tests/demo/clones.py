"""A copy of the program in a folder of its own, with the command to run in it."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from slipway.engine.api import stack_outputs
from slipway.platforms.addresses import reachable
from tests.faults.bench import Launcher

ROOT = Path(__file__).parents[2]
PROGRAM = ("Pulumi.yaml", "__main__.py", "stacks", "components", "app_src", "slipway")
USERS = {
    "slipway:gcp": {"app-engine", "cloud-run", "dataflow"},
    "slipway:registries": {"cloud-run"},
    "slipway:monitoring": set(),
}
"""Settings of the sandbox's stack that can be left out, each with the platforms whose apps need it."""
PATIENCE = 60.0
"""Seconds until a command that goes on has said what is waited for."""
LONGEST = 900.0
"""Seconds that a command may take; what a test may take is less."""
ENGINES = [
    "embedded",
    pytest.param(
        "pulumi",
        marks=pytest.mark.skipif(
            shutil.which("pulumi") is None, reason="the `pulumi` command is not on this machine's PATH"
        ),
    ),
]


@cache
def launcher() -> Launcher:
    """What commands are forked from; it ends with this process."""
    return Launcher("tests.demo.preloaded")


class Clone:
    """A copy of the program in a folder of its own, with the command to run in it."""

    docker = False
    """Whether it may use this machine's Docker daemon: a port can be taken once, and clones run side by side."""

    forks = True
    """Whether commands are forked from a process that has imported what they need, or started as a user does."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.engine = folder, engine
        folder.mkdir()
        leave = shutil.ignore_patterns("__pycache__")
        for name in PROGRAM:
            source = ROOT / name
            shutil.copytree(source, folder / name, ignore=leave) if source.is_dir() else shutil.copy(
                source, folder / name
            )

    def run(self, *words: str, status: int | None = 0, **environment: str) -> str:
        """What ``slipway WORDS`` prints; the test fails where it leaves with another status (None: any will do)."""
        if not self.forks:
            assert not environment
            return self.execute([sys.executable, "-m", "slipway", *words], status)
        with tempfile.TemporaryDirectory() as folder:
            output, errors = Path(folder, "output"), Path(folder, "errors")
            command = launcher().start(
                "command",
                [*words],
                cwd=self.folder,
                env={**self.environment(), **environment},
                output=output,
                errors=errors,
            )
            left = command.wait(LONGEST)
            assert status is None or left == status, f"{words}:\n{command.said}"
            return command.said

    def execute(self, words: list[str] | str, status: int | None = 0) -> str:
        """What a command prints in this folder; a text is the shell's to read."""
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment(), capture_output=True, text=True, shell=isinstance(words, str)
        )
        assert status is None or done.returncode == status, f"{words}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def engine_command(self, *words: str) -> str:
        """What a command of the engine itself prints, with what leads it to the sandbox."""
        slipway = f"{sys.executable} -m slipway"
        return self.execute(f'eval "$({slipway} sandbox env)" && {slipway} engine {shlex.join(words)}')

    def keep_only(self, *apps: str, **more: object) -> None:
        """Leave some apps in the sandbox's stack, and no cloud that only others need; ``more`` are settings of each."""
        path = self.folder / "stacks/Pulumi.sandbox.yaml"
        said = yaml.safe_load(path.read_text())
        kept = {app: {**said["config"]["slipway:apps"][app], **more} for app in apps}
        said["config"]["slipway:apps"] = kept
        drop_unused(said["config"])
        path.write_text(yaml.safe_dump(said))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace what has to be in a file."""
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def page(self, app: str, path: str = "", seconds: float = 5) -> str:
        """What an app answers below its address, within some seconds."""
        address, headers = reachable(self.url(app).rstrip("/") + path)
        return httpx.get(address, headers=headers, trust_env=False, timeout=seconds).text

    def url(self, app: str) -> str:
        """An app's address, as the outputs have it."""
        return self.outputs()["apps"][app]["url"]

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return stack_outputs(self.folder, f"file://{self.folder / '.slipway/state'}", "sandbox")

    def nothing_would_change(self) -> bool:
        """Whether a preview finds everything the same."""
        quiet = self.verb("preview", "--json")
        return set(json.loads(quiet[quiet.index("{") :])["changeSummary"]) == {"same"}

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """A command that goes on while the test does; what it prints, errors included, is on its ``stdout``."""
        command = [sys.executable, "-m", "slipway", *words]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=self.folder, env={**self.environment(), **environment}, **output)

    def follow(self, app: str, ask: Callable[[str], object]) -> None:
        """Hold that ``logs APP --follow`` shows what comes, until Ctrl-C; ``ask(word)`` has the app log a word."""
        ask("before")
        with self.start("logs", app, "--follow") as process:
            try:
                wait_for(process, "before")  # from here on it follows: what comes is no part of what was there
                ask("after")
                wait_for(process, "after")
                process.send_signal(signal.SIGINT)
                assert process.wait(PATIENCE) == 0
            finally:
                process.kill()

    def environment(self) -> dict[str, str]:
        """This process's, without what would lead a command out of the folder."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_", "SLIPWAY_"))}
        engine = {} if self.docker else {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
        return {**mine, **engine, "PYTHONPATH": str(self.folder)}

    def verb(self, *words: str, status: int = 0) -> str:
        return self.run(*words, "--stack", "sandbox", "--engine", self.engine, status=status)

    def processes(self) -> list[psutil.Process]:
        """The processes that work in this clone or name it on their command line."""
        found = []
        for process in psutil.process_iter(["cmdline", "cwd"]):
            said = " ".join(process.info["cmdline"] or []) + " " + (process.info["cwd"] or "")
            if str(self.folder) in said:
                found.append(process)
        return found


def drop_unused(config: dict[str, Any]) -> None:
    """Leave out of a stack's configuration what none of its apps needs."""
    platforms = {app["platform"] for app in config["slipway:apps"].values()}
    for setting, users in USERS.items():
        if not users & platforms:
            config.pop(setting, None)


def wait_for(process: "subprocess.Popen[str]", pattern: str) -> str:
    """Read the lines of a process until one matches ``pattern``; all of them."""
    assert process.stdout is not None
    said = ""
    late = threading.Timer(PATIENCE, process.kill)
    late.start()
    try:
        for line in process.stdout:
            said += line
            if re.search(pattern, line):
                return said
    finally:
        late.cancel()
    raise AssertionError(f"it ended, or was ended, without a line like {pattern!r}:\n{said}")
