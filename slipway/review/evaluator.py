"""Evaluates revisions in processes of their own: ``python -m slipway.review.evaluator``, a job to stdin, JSON back.

The SDKs are imported once; then every evaluation is forked off, before any thread runs. The SDKs' large modules are
imported once a child has used one of them, so that those that follow have it. A child gets the import path of
its revision, so that the revision's own components and artifacts are used, whichever revision this tool is of. What a
child says comes through a pipe as JSON, never as code.
"""

import ast
import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

Outcome = dict[str, Any]

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent ends."""


@dataclass
class Pair:
    """A stack, and its revisions' folders; None where the revision does not have it."""

    stack: str
    base: str | None
    head: str | None
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def next_side(self) -> str:
        """Which revision is to be evaluated now; the head stands on what the base came to. Empty: none."""
        for side in ("base", "head"):
            if getattr(self, side) and side not in self.outcomes:
                return side
        return ""


@dataclass
class Running:
    """A child."""

    pair: Pair
    side: str
    pid: int
    pipe: int
    errors: Any
    until: float
    said: bytearray = field(default_factory=bytearray)


BUNDLE = "slipway.bundle"
"""What a revision has of its own, though the tool has it too."""


def main() -> int:
    """Read the job, do it, write what was found."""
    job = json.load(sys.stdin)
    pairs = [Pair(**entry) for entry in job["pairs"]]
    names = _warm({folder for pair in pairs for folder in (pair.base, pair.head) if folder})
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    _run(pairs, job["parallel"], job["seconds"], os.urandom(32), names)
    result = {pair.stack: pair.outcomes for pair in pairs}
    for outcomes in result.values():
        for outcome in outcomes.values():
            outcome.pop("state", None)
            outcome.pop("modules", None)
    json.dump(result, sys.stdout)
    return 0


def _warm(folders: set[str]) -> set[str]:
    """Import the engine, and the SDKs' modules that the programs' sources name; the names of those modules."""
    from slipway.review import evaluate, monitor, offline  # noqa: F401

    for package in offline.PACKAGES:
        offline.package_of(package)  # now, while the tool's own modules can be imported
    names = {name for folder in folders for name in _imports(Path(folder))}
    for name in sorted(names):
        with contextlib.suppress(Exception):  # one may not be installed: the evaluation reports that
            importlib.import_module(name)
    return names


def _load(modules: object, names: set[str]) -> None:
    """Load the modules that a child has used, of those that the programs name."""
    for name in names & set(modules if isinstance(modules, list) else ()):
        with contextlib.suppress(Exception):
            getattr(importlib.import_module(name), "__all__", None)


def _loaded() -> list[str]:
    """The SDKs' modules that this process has used; the others are of a class of their own until they are."""
    return [name for name, module in sys.modules.items() if name.startswith("pulumi_") and type(module) is ModuleType]


def _imports(root: Path) -> Iterator[str]:
    """The modules of Pulumi's SDKs (and of pydantic) that a program names, as ``aws.s3`` in ``aws.s3.Bucket``."""
    files = [root / "__main__.py"]
    for package in ("components", "stacks"):
        files += (root / package).rglob("*.py")
    for file in files:
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            names = list(_names(ast.parse(file.read_bytes())))
            yield from (name for name in names if name.split(".")[0].startswith(("pulumi", "pydantic")))


def _names(source: ast.Module) -> Iterator[str]:
    """What a file imports, and each attribute of an imported module, which may be a module too."""
    nodes = list(ast.walk(source))
    modules = {
        alias.asname or alias.name: alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    yield from modules.values()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{modules[node.value.id]}.{node.attr}"


def _run(pairs: list[Pair], parallel: int, seconds: float, key: bytes, names: set[str]) -> None:
    waiting = deque(pairs)
    running: list[Running] = []
    with contextlib.ExitStack() as at_end, selectors.DefaultSelector() as selector:
        at_end.callback(lambda: [_end(child.pid) for child in running])
        while waiting or running:
            while waiting and len(running) < parallel:
                pair = waiting.popleft()
                if side := pair.next_side():
                    child = _fork(pair, side, key, seconds, [other.pipe for other in running])
                    running.append(child)
                    selector.register(child.pipe, selectors.EVENT_READ, child)
            for chosen, _ in selector.select(timeout=1):
                child: Running = chosen.data
                data = os.read(child.pipe, 1 << 20)
                child.said += data
                if not data:
                    selector.unregister(child.pipe)
                    running.remove(child)
                    child.pair.outcomes[child.side] = outcome = _ended(child)
                    _load(outcome.get("modules"), names)
                    waiting.appendleft(child.pair)
            for child in running:
                if time.monotonic() > child.until:
                    _end(child.pid)


def _fork(pair: Pair, side: str, key: bytes, seconds: float, others: list[int]) -> Running:
    before = pair.outcomes["base"]["state"] if side == "head" and _sound(pair.outcomes.get("base")) else None
    folder = Path(getattr(pair, side))
    reading, writing = os.pipe()
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the child has ended
    pid = os.fork()
    if pid == 0:
        for descriptor in (reading, *others):
            os.close(descriptor)
        _child(folder, pair.stack, before, key, writing, errors.fileno())
    os.close(writing)
    return Running(pair, side, pid, reading, errors, time.monotonic() + seconds)


def _sound(outcome: Outcome | None) -> bool:
    return outcome is not None and not outcome["error"]


def _child(folder: Path, stack: str, before: list[Any] | None, key: bytes, answer: int, errors: int) -> None:
    """Evaluate, answer and end; never returns."""
    status = 1
    try:
        os.setpgid(0, 0)
        _end_with_parent()
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(errors, 1)
            os.dup2(errors, 2)
        _enter(folder)
        from slipway.review.evaluate import evaluate

        text = json.dumps({**evaluate(folder, stack, before, key), "modules": _loaded()}).encode()
        with os.fdopen(answer, "wb") as pipe:
            pipe.write(text)
        status = 0
    except BaseException as error:
        os.write(errors, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def _end_with_parent() -> None:
    """Have the system end this process as soon as its parent is gone, however that ended (Linux; elsewhere not)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _enter(folder: Path) -> None:
    """Import from the revision alone: what is loaded of the tool stays, everything else of the project is its own."""
    import slipway

    own = str(Path(slipway.__file__).resolve().parent.parent)
    sys.path[:] = [str(folder), *(entry for entry in sys.path if entry and str(Path(entry).resolve()) != own)]
    slipway.__path__ = [str(folder / "slipway")]
    # The tool's handlers have what they need of it; the program is to import the revision's.
    for name in [name for name in sys.modules if name == BUNDLE or name.startswith(f"{BUNDLE}.")]:
        del sys.modules[name]
    if hasattr(slipway, "bundle"):
        delattr(slipway, "bundle")
    os.chdir(folder)


def _ended(child: Running) -> Outcome:
    os.close(child.pipe)
    _, status = os.waitpid(child.pid, 0)
    child.errors.seek(0)
    text = child.errors.read().decode(errors="replace").strip()
    child.errors.close()
    late = time.monotonic() > child.until
    with contextlib.suppress(ValueError):
        document = json.loads(child.said)
        if isinstance(document, dict) and not status:
            return document
    how = "did not end in time" if late else f"ended with status {os.waitstatus_to_exitcode(status)}"
    lines = f"the evaluation {how}" + (f":\n{text[-2000:]}" if text else "")
    return {"error": lines, "diagnostics": [], "config": {}, "outputs": {}, "steps": [], "state": []}


def _end(pid: int) -> None:
    """End a child and what it started: it leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
