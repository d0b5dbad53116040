"""Runs the Pulumi program in this process, as Pulumi's Python language host would run it in one of its own."""

import asyncio
import contextlib
import contextvars
import io
import os
import runpy
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from slipway.engine.errors import EngineError
from slipway.engine.operation.assembly import Machine
from slipway.engine.operation.evaluation import Evaluation
from slipway.engine.operation.monitor import Engine, Monitor, MonitorDown
from slipway.engine.operation.outstanding import Outstanding

_OURS = str(Path(__file__).parents[1])
_PYTHON = str(Path(os.__file__).parent)


class InOrder(ThreadPoolExecutor):
    """Threads for the SDK's requests, which reach the monitor in the order in which the program made them.

    A request starts when the one before it has called :meth:`passed` (it has its place in the planner's queue, or does
    not need one), so two runs of a program are planned alike. There is a thread for every request that waits.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=100_000, thread_name_prefix="request")
        self._last = threading.Event()
        self._last.set()
        self._mine = threading.local()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":  # noqa: ANN401
        """Run ``fn`` after the request before it has passed."""
        before, mine = self._last, threading.Event()
        self._last = mine

        def run() -> Any:  # noqa: ANN401
            before.wait()
            self._mine.gate = mine
            try:
                return fn(*args, **kwargs)
            finally:
                mine.set()

        return super().submit(run)

    def passed(self) -> None:
        """Let the next request start."""
        gate = getattr(self._mine, "gate", None)
        if gate is not None:
            gate.set()


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, and what it is told about itself."""

    folder: Path
    root: Path
    project: str
    stack: str
    preview: bool
    parallel: int
    config: dict[str, str] = field(repr=False)
    secret_keys: list[str]


MakeMonitor = Callable[[Evaluation, Callable[[], None]], Monitor]
"""Makes the monitor of an evaluation; the function is to be called when a request has its place in the queue."""


Runner = Callable[[Program, Monitor, Engine, InOrder], str]
"""Runs a program to its end; returns what it failed with."""


def evaluate(
    machine: Machine, program: Program, monitor: MakeMonitor, runner: Runner | None = None
) -> tuple[str, bool]:
    """Run the program against a machine, and wait for everything that follows from it. ``runner`` is :func:`run`.

    Returns what the program failed with, for a person (empty where it did not), and whether all was done.
    """
    threads, evaluation = InOrder(), machine.evaluation()
    try:
        engine = Engine(machine.tell)
        problem = (runner or run)(program, monitor(evaluation, threads.passed), engine, threads)
        return problem, evaluation.finished
    finally:
        if not evaluation.finished:
            evaluation.stop()
        evaluation.close()
        threads.shutdown(wait=False)


def run(program: Program, monitor: Monitor, engine: Engine, threads: InOrder) -> str:
    """Run the program to its end. Returns what it failed with, for a person; empty where it did not.

    The caller's thread is the program's main thread.
    """
    entry = program.folder / "__main__.py"
    if not entry.is_file():
        raise EngineError(f"there is no program: {entry} does not exist")
    with contextlib.redirect_stdout(_Printed(engine)), _quick_switches():
        return contextvars.copy_context().run(_run_here, program, entry, monitor, engine, threads)


class _Printed(io.TextIOBase):
    """What the program prints goes to the display line by line, so that ``--json`` stays alone on the output."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._rest = engine, ""

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def write(self, text: str) -> int:
        """Pass on what is whole lines."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._engine.printed(line)
        return len(text)


def _run_here(program: Program, entry: Path, monitor: Monitor, engine: Engine, threads: InOrder) -> str:
    import pulumi
    from pulumi.runtime import config, settings
    from pulumi.runtime.stack import run_in_stack

    chosen = settings.Settings(
        project=program.project,
        stack=program.stack,
        organization="organization",
        dry_run=program.preview,
        monitor=monitor,
        engine=engine,
        root_directory=str(program.root),
        parallel=program.parallel,
    )
    chosen.outputs = Outstanding()  # type: ignore[assignment]
    settings.configure(chosen)
    settings.ROOT.set(None)
    config.set_all_config(program.config, program.secret_keys)
    loop = asyncio.new_event_loop()
    loop.set_default_executor(threads)
    loop.set_exception_handler(lambda loop, context: None)
    asyncio.set_event_loop(loop)
    try:
        with _place(program.folder):
            main = run_in_stack(lambda: runpy.run_path(str(entry), run_name="__main__") and None)  # type: ignore[arg-type]
            loop.run_until_complete(main)
    except pulumi.RunError as error:
        return "" if _engine_stopped(error) else str(error)
    except SystemExit as error:
        return "" if error.code in (None, 0) else f"the program ended itself with status {error.code}"
    except BaseException as error:
        return "" if _engine_stopped(error) else explained(error, program.folder)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with contextlib.suppress(Exception):
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        asyncio.set_event_loop(None)
    return ""


@contextlib.contextmanager
def _quick_switches() -> Iterator[None]:
    """A request goes through four threads; with Python's usual 5 ms a busy program would make each of them wait."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextlib.contextmanager
def _place(folder: Path) -> Iterator[None]:
    """Work in the program's folder, import from it, and forget in the end what was imported from it."""
    before, path, here = set(sys.modules), list(sys.path), Path.cwd()
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    try:
        yield
    finally:
        sys.path[:] = path
        os.chdir(here)
        for name in set(sys.modules) - before:
            where = getattr(sys.modules[name], "__file__", None) or ""
            own = where.startswith(f"{folder}{os.sep}") and "site-packages" not in where
            if own and not name.startswith("slipway"):
                del sys.modules[name]


def explained(error: BaseException, folder: Path) -> str:
    """The traceback of an exception with the program's own lines, without the engine's and the SDK's."""
    frames = [frame for frame in _frames(error.__traceback__) if _is_programs(frame.filename, folder)]
    lines = traceback.format_list(frames)
    head = "Program failed with an unhandled exception:\n"
    body = "".join(traceback.format_exception_only(error)).rstrip()
    return head + ("Traceback (most recent call last):\n" + "".join(lines) if lines else "") + body


def _is_programs(filename: str, folder: Path) -> bool:
    """Whether a frame is the program's, or of a library that it uses; not the engine's, Python's or the SDK's."""
    if filename.startswith(f"{folder}{os.sep}") and "site-packages" not in filename:
        return not filename.startswith(_OURS)
    return not filename.startswith((_OURS, _PYTHON, "<frozen")) and "/site-packages/pulumi/" not in filename


def _frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(trace))


def _engine_stopped(error: BaseException | None) -> bool:
    """Whether the program failed only because the operation was stopped."""
    visited: set[int] = set()  # an exception raised again in the handler of its own cause makes a ring
    while error is not None and id(error) not in visited:
        if isinstance(error, MonitorDown) or "Resource monitor has terminated" in str(error):
            return True
        visited.add(id(error))
        error = error.__cause__ or error.__context__
    return False
