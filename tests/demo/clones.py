"""A copy of the program in a folder of its own, with the command to run in it."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
import yaml

from slipway.engine.api import stack_outputs
from slipway.probe import reachable

ROOT = Path(__file__).parents[2]
PROGRAM = ("Pulumi.yaml", "__main__.py", "stacks", "components", "app_src", "slipway")
ENGINES = [
    "embedded",
    pytest.param(
        "pulumi",
        marks=pytest.mark.skipif(
            shutil.which("pulumi") is None, reason="the `pulumi` command is not on this machine's PATH"
        ),
    ),
]


class Clone:
    """A copy of the program in a folder of its own, with the command to run in it."""

    docker = False
    """Whether it may use this machine's Docker engine: a port can be taken once, and clones run side by side."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.engine = folder, engine
        folder.mkdir()
        leave = shutil.ignore_patterns("__pycache__")
        for name in PROGRAM:
            source = ROOT / name
            shutil.copytree(source, folder / name, ignore=leave) if source.is_dir() else shutil.copy(
                source, folder / name
            )

    def run(self, *words: str, status: int | None = 0) -> str:
        """What ``slipway WORDS`` prints; the test fails where it leaves with another status (None: any will do)."""
        return self.execute([sys.executable, "-m", "slipway", *words], status)

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

    def keep_only(self, app: str, **more: object) -> None:
        """Leave one app in the sandbox's stack, and no cloud that only the others need; ``more`` are settings of it."""
        path = self.folder / "stacks/Pulumi.sandbox.yaml"
        said = yaml.safe_load(path.read_text())
        said["config"]["slipway:apps"] = {app: {**said["config"]["slipway:apps"][app], **more}}
        for unused in ("slipway:monitoring", "slipway:registries", "slipway:gcp"):
            said["config"].pop(unused, None)
        path.write_text(yaml.safe_dump(said))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace what has to be in a file."""
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def page(self, app: str, seconds: float = 5) -> str:
        """What an app answers at its address, within some seconds."""
        outputs = stack_outputs(self.folder, f"file://{self.folder / '.slipway/state'}", "sandbox")
        address, headers = reachable(outputs["apps"][app]["url"])
        return httpx.get(address, headers=headers, trust_env=False, timeout=seconds).text

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """A command that goes on while the test does; what it prints, errors included, is on its ``stdout``."""
        command = [sys.executable, "-m", "slipway", *words]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=self.folder, env={**self.environment(), **environment}, **output)

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
