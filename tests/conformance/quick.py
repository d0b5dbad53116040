"""The scenarios without the start of a process for each command: a launcher that has imported everything forks.

What the engine does in such a fork is what it does on the command line, from its arguments to its exit status. The
stack's salt is written beforehand, so that its key is derived once for all.
"""

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from slipway.engine.checkpoint.keys import ROUNDS
from tests.faults.bench import Launcher, Running

HERE = Path(__file__).parent
PASSPHRASE = "conformance"
NO_NETWORK = {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
SALT = "v1:Hw8h9u4MYnI=:v1:MgEV/zsWz5s+HN6t:TkKy5WPe8rdJyPPxL1bY7Qn2eDVukg=="
"""An ``encryptionsalt`` of that passphrase."""


@cache
def key() -> bytes:
    """The key of every stack here; the launcher derives it, with these very arguments, for all that it forks."""
    raw = base64.b64decode(SALT.split(":")[1])
    return hashlib.pbkdf2_hmac("sha256", PASSPHRASE.encode(), raw, ROUNDS, 32)


@cache
def judge() -> ModuleType:
    """The module ``conformance.py``, as it was given; it derives the one key of these stacks once."""
    spec = importlib.util.spec_from_file_location("conformance_harness", HERE / "conformance.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.Opener = cache(module.Opener)  # type: ignore[attr-defined]
    return module


class Quick:
    """A project in a folder: its provider runs until :meth:`close`, and commands of the engine run in forks."""

    def __init__(self, launcher: Launcher, work: Path, provider: Path = HERE / "provider.py") -> None:
        self.launcher, self.work, self._count = launcher, work, 0
        work.mkdir(exist_ok=True)
        (work / "state").mkdir()
        (work / "said").mkdir()
        (work / "Pulumi.yaml").write_text("name: conformance\nruntime: python\n")
        (work / "Pulumi.test.yaml").write_text(f"encryptionsalt: {SALT}\n")
        self._provider = self._start("script", [str(provider), "world.json", "calls.jsonl", "port"], dict(os.environ))
        while not (work / "port").exists() or not (work / "port").read_text():
            assert not self._provider.ended.is_set(), self._provider.said
            time.sleep(0.01)
        self.env = {
            **os.environ,
            "PULUMI_HOME": str(work / "home"),
            "PULUMI_BACKEND_URL": f"file://{work}/state",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DEBUG_PROVIDERS": (work / "port").read_text(),
        }

    def call(self, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the engine."""
        running = self._start("engine", list(args), {**self.env, **env})
        status = running.wait()
        return subprocess.CompletedProcess(args, status, running.output.read_text(), running.errors.read_text())

    def must(self, *args: str, **env: str) -> str:
        """Run a command that has to succeed; what it printed."""
        done = self.call(*args, **env)
        assert done.returncode == 0, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def close(self) -> None:
        """End the provider."""
        self._provider.signal(15)
        self._provider.wait()

    def _start(self, what: str, args: list[str], env: dict[str, str]) -> Running:
        self._count += 1
        said = self.work / "said" / str(self._count)
        output, errors = said.with_suffix(".out"), said.with_suffix(".err")
        return self.launcher.start(what, args, cwd=self.work, env=env, output=output, errors=errors)


class Command(Quick):
    """The same for an engine that is a command of this machine; its programs run in the environment ``virtualenv``."""

    def __init__(self, launcher: Launcher, work: Path, command: Sequence[str], virtualenv: Path) -> None:
        super().__init__(launcher, work)
        self._command = command
        self.env = {**self.env, "PULUMI_SKIP_UPDATE_CHECK": "true", **NO_NETWORK}
        options = f"  name: python\n  options:\n    virtualenv: {virtualenv}\n"
        (work / "Pulumi.yaml").write_text(f"name: conformance\nruntime:\n{options}")

    def call(self, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the engine."""
        return subprocess.run(
            [*self._command, *args],
            cwd=self.work,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=120,
        )


def played(scenario: Any, stage: Quick) -> list[dict[str, Any]]:
    """What the judge's ``Scenario.run`` finds, on a stage; it is closed then."""
    work = stage.work
    try:
        shutil.copy(scenario.path, work / "__main__.py")
        shutil.copy(scenario.path.parent / "conf.py", work / "conf.py")
        stage.must("stack", "init", "test")
        for line in scenario.config:
            key, value = line.split("=", 1)
            *flags, text = value.split()
            stage.must("config", "set", *flags, key, text)
        return [scenario.step(command, work, stage.call, stage.must) for command in scenario.commands]
    finally:
        stage.close()
