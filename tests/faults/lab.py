"""One stack and one cloud in a folder of their own, and the engine's commands on them."""

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from slipway.engine.checkpoint.journal import merged
from tests.faults.bench import ROOT, Launcher, Running
from tests.faults.stack import PASSPHRASE, Raw, settings

PROGRAM = ROOT / "tests/faults/program"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is disturbed: a command on what the step ``before`` left ("" for nothing), with the program at ``step``."""

    command: str
    before: str = "base"
    step: str = "base"
    drifts: bool = False
    """Whether the cloud changed behind the engine's back: one thing is gone, another was changed."""


OPERATIONS = {
    "up": Operation(command="up", before=""),
    "update": Operation(command="up", step="update"),
    "replace": Operation(command="up", step="replace"),
    "replace-first": Operation(command="up", step="replace-first"),
    "destroy": Operation(command="destroy"),
    "refresh": Operation(command="refresh", drifts=True),
}


class Lab:
    """See the module. Made in ``folder``; whoever makes it closes it."""

    def __init__(self, launcher: Launcher, folder: Path, *, adopts: bool = True, program: Path = PROGRAM) -> None:
        self.launcher, self.folder = launcher, folder
        self.program, self.cloud, self.backend = folder / "program", folder / "cloud", folder / "state"
        shutil.copytree(program, self.program, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROGRAM / "things.py", self.program)
        for made in (self.cloud, self.backend):
            made.mkdir()
        self.step("base")
        self._count = 0
        self.provider: Running | None = None
        self.conduct(adopts=adopts)

    # what is in it

    @property
    def store(self) -> Path:
        return self.backend / ".pulumi"

    @property
    def checkpoint(self) -> Path:
        return self.store / "stacks/faults/test.json"

    def latest(self) -> Raw:
        """The state as the engine reads it: checkpoint and journal."""
        content = self.checkpoint.read_bytes()
        journal = self.checkpoint.with_suffix(".journal")
        return merged(content, journal.read_bytes() if journal.exists() else b"")[0]

    def written(self) -> Raw:
        """The checkpoint alone, as Pulumi reads it."""
        return json.loads(self.checkpoint.read_bytes())["checkpoint"]["latest"]

    def world(self) -> Raw:
        """What exists in the cloud."""
        path = self.cloud / "world.json"
        return json.loads(path.read_text()) if path.exists() else {"made": {}, "things": {}}

    def calls(self) -> list[Raw]:
        """What the provider was asked since :meth:`forget_calls`."""
        path = self.cloud / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    # what is changed from outside

    def step(self, step: str) -> None:
        (self.program / "Pulumi.test.yaml").write_text(settings(step))

    def conduct(self, **fields: Any) -> None:
        """How the cloud behaves (``provider.py``: ``adopts``, ``delay``)."""
        path = self.cloud / "conduct.json"
        was = json.loads(path.read_text()) if path.exists() else {}
        _write(path, was | fields)

    def fault(self, kind: str, call: str, n: int, times: int = 1) -> None:
        """Let the ``n``-th ``call`` from now on fail, and the next ones where ``times`` is more than 1."""
        wanted = {"serial": time.monotonic_ns(), "call": call, "n": n, "kind": kind, "times": times}
        _write(self.cloud / "fault.json", wanted)

    def heal(self) -> None:
        """No fault any more, and nothing under way: a dead engine's last call may still wait to be read."""
        (self.cloud / "fault.json").unlink(missing_ok=True)
        if self.provider is not None and not self.provider.ended.is_set():
            self._hear_out()

    def _hear_out(self) -> None:
        port = (self.cloud / "port").read_text()
        with contextlib.suppress(grpc.RpcError), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            asked = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo
            for _ in range(2):  # answered in the order in which they come
                asked(empty_pb2.Empty(), timeout=5)

    def forget_calls(self) -> None:
        os.truncate(self.cloud / "calls.jsonl", 0)

    def change_world(self, change: Callable[[Raw], None]) -> None:
        """Change the cloud behind the engine's back."""
        data = self.world()
        change(data)
        _write(self.cloud / "world.json", data)

    def copy_from(self, other: "Lab") -> None:
        """Take another lab's state and cloud."""
        shutil.copytree(other.backend, self.backend, dirs_exist_ok=True)
        if (other.cloud / "world.json").exists():
            shutil.copy(other.cloud / "world.json", self.cloud / "world.json")

    # processes

    def serve(self) -> None:
        """Have a provider running."""
        if self.provider is not None and not self.provider.ended.is_set():
            return
        port = self.cloud / "port"
        port.unlink(missing_ok=True)
        said = self.folder / "provider.log"
        self.provider = self.launcher.start(
            "provider", [str(self.cloud)], cwd=self.cloud, env=self._env(""), output=said, errors=said
        )
        until(port.exists, "the provider serves")

    def start(self, *words: str, fault: str = "", limit: int = 0, env: dict[str, str] | None = None) -> Running:
        """Start a command of the engine on the stack."""
        self.serve()
        self._count += 1
        return self.launcher.start(
            "engine",
            [*words, "--stack", "test"] if words[0] != "stack" else [*words],
            cwd=self.program,
            env=self._env(fault) | (env or {}),
            output=self.folder / f"{self._count}.out",
            errors=self.folder / f"{self._count}.err",
            limit=limit,
        )

    def begin(self, command: str, *words: str, fault: str = "", limit: int = 0) -> Running:
        """Start an operation that asks nothing."""
        return self.start(command, "--yes", "--skip-preview", "--non-interactive", *words, fault=fault, limit=limit)

    def run(self, command: str, *words: str) -> Running:
        """Do an operation. Raises AssertionError with what it said where it fails."""
        running = self.begin(command, *words)
        assert running.wait() == 0, f"{running.what} failed:\n{running.said}"
        return running

    def tell(self, *words: str) -> Running:
        """Run any other command. Raises AssertionError where it fails."""
        running = self.start(*words)
        assert running.wait() == 0, f"{running.what} failed:\n{running.said}"
        return running

    def close(self) -> None:
        """End the provider and remove everything."""
        if self.provider:
            self.provider.signal(signal.SIGKILL)
            self.provider.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _env(self, fault: str) -> dict[str, str]:
        port = self.cloud / "port"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DEBUG_PROVIDERS": f"conf:{port.read_text()}" if port.exists() else "",
            "SLIPWAY_FAULT": fault,
        }


def prepare(lab: Lab, operation: Operation, bases: Callable[[str], Lab]) -> None:
    """Bring the lab to where the operation begins. ``bases`` has the lab that a step left, "" for a fresh stack."""
    lab.copy_from(bases(operation.before))
    if operation.drifts:
        lab.change_world(drift)
    lab.step(operation.step)


def drift(world: Raw) -> None:
    """One thing is gone, another was changed by somebody else."""
    gone = next(identity for identity in world["things"] if identity.startswith("going#"))
    del world["things"][gone]
    changed = next(identity for identity in world["things"] if identity.startswith("twig#"))
    world["things"][changed]["inputs"]["value"] = "tampered"


def until(true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for something. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"it never came to pass that {what}")
        time.sleep(0.002)


def _write(path: Path, data: Raw) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(data))
    temporary.replace(path)
