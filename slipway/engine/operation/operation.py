"""One operation on one stack: preview, up, destroy or refresh, from the lock to the history."""

import contextlib
import importlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.journal import Journal
from slipway.engine.checkpoint.secrets import secrets_in
from slipway.engine.errors import CancelledError, EngineError, UnexpectedChangesError
from slipway.engine.operation.ahead import import_sdks
from slipway.engine.operation.context import Context
from slipway.engine.operation.evaluation import Evaluation
from slipway.engine.operation.executor import Executor
from slipway.engine.plan.interrupted import open_creations
from slipway.engine.plan.planner import Planner
from slipway.engine.providers.builtin import BuiltinProvider
from slipway.engine.providers.registry import Registry
from slipway.engine.values import urn as urns


@dataclass
class Operation:
    """The machinery of one run against a state."""

    context: Context
    journal: Journal | None
    checkpoint: state.Checkpoint
    registry: Registry = field(init=False)
    planner: Planner = field(init=False)
    executor: Executor = field(init=False)

    def __post_init__(self) -> None:
        context = self.context
        builtin = BuiltinProvider(context.outputs_of, lambda urn: self.executor.current.get(urn))
        table = os.environ.get("PULUMI_DEBUG_PROVIDERS", "")
        self.registry = Registry(table, builtin, lambda: self.planner.old)
        resources = self.checkpoint.resources
        counter = context.counter
        interrupted = open_creations(self.checkpoint.pending, resources)
        self.planner = Planner(
            context.stack, context.project.name, resources, self.registry, context.options, counter.tell, interrupted
        )
        self.executor = Executor(
            self.journal,
            self.registry,
            counter,
            counter.tell,
            parallel=context.options.parallel,
            preview=context.options.preview,
            interrupted=interrupted,
        )
        self.executor.old = resources
        self.executor.clean = counter.redactor.clean

    def evaluation(self) -> Evaluation:
        """Begin to take what a program registers."""
        return Evaluation(
            self.planner, self.executor, self.journal, self.context.provider_defaults, self.context.counter.tell
        )


Work = Callable[[Operation], None]
"""What an operation does between the lock and the history."""


def perform(context: Context, kind: str, work: Work) -> dict[str, int]:
    """Do an operation: under the stack's lock and recorded, unless it is a preview. Returns the changes by kind.

    Raises :class:`EngineError` where it failed; what was done until then is in the state.
    """
    with _signals() as interruption:
        if context.options.preview:
            operation = Operation(context, None, context.backend.load(context.stack, context.secrets))
            context.secrets.check()
            _run(operation, kind, work, interruption)
        else:
            with context.backend.locked(context.stack):
                _perform_locked(context, kind, work, interruption)
    return context.counter.changes


def _perform_locked(context: Context, kind: str, work: Work, interruption: "Interruption") -> None:
    started = time.time()
    latest = context.backend.raw(context.stack, locked=True)
    checkpoint = context.backend.load(context.stack, secrets_in(latest) or context.secrets, latest)
    context.secrets.check()
    pending = [(what, item) for what, item in checkpoint.pending if what == "creating"]
    journal = context.backend.journal(context.stack, context.secrets, {})
    journal.open(checkpoint.resources, pending)
    failure: BaseException | None = None
    try:
        _run(Operation(context, journal, checkpoint), kind, work, interruption)
    except BaseException as error:
        failure = error
        raise
    finally:
        journal.close()
        message = context.options.message
        outcome = "failed" if failure else "succeeded"
        try:
            context.backend.remember(context.stack, kind, started, outcome, context.counter.changes, message)
        except OSError as error:
            if failure is None:
                told = f"the state is written, its history is not: {error.strerror or error}"
                raise EngineError(told) from error


def _run(operation: Operation, kind: str, work: Work, interruption: "Interruption") -> None:
    if kind != "refresh" and not operation.context.options.preview:
        _warn_of_pending(operation)
    interruption.stops(operation)
    work(operation)
    if interruption.happened:
        raise CancelledError(f"{kind} canceled")
    if operation.executor.failed or operation.planner.failed:
        raise EngineError(f"{'preview' if operation.context.options.preview else kind} failed")


def _warn_of_pending(operation: Operation) -> None:
    pending = operation.checkpoint.pending
    if pending:
        listed = "".join(f"  * {resource.urn}, interrupted while {what}\n" for what, resource in pending)
        operation.context.counter.tell(
            "warning",
            "",
            f"Attempting to deploy or update resources with {len(pending)} pending operations from previous "
            "deployment.\n"
            f"{listed}These resources are in an unknown state because the engine was interrupted while it waited for "
            "them. Look whether they exist. `refresh` reads the state of those that are known; with "
            "`--clear-pending-creates` it forgets those that were being created, with "
            "`--import-pending-creates URN ID` it adopts them.",
        )


class Interruption:
    """The first SIGINT or SIGTERM lets what runs finish and begins nothing new; the second stops at once."""

    def __init__(self) -> None:
        self.happened = False
        self._operation: Operation | None = None

    def stops(self, operation: Operation) -> None:
        """Say what is to be stopped; at once, where the signal came before there was anything to stop."""
        self._operation = operation
        if self.happened:
            self._stop(operation)

    def __call__(self, number: int, frame: object) -> None:
        """Take a signal."""
        del frame
        if self.happened:
            os.write(2, b"\nstopped at once; pending operations are kept in the state\n")
            os._exit(128 + number)
        self.happened = True
        os.write(2, b"\nstopping: what runs is finished and recorded; once more stops at once\n")
        if self._operation:
            self._stop(self._operation)

    @staticmethod
    def _stop(operation: Operation) -> None:
        operation.executor.stop()
        threading.Thread(target=operation.registry.cancel, daemon=True).start()


@contextlib.contextmanager
def _signals() -> Iterator[Interruption]:
    """Take signals from before the lock is taken until it has been given back."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.signal(number, interruption) for number in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGURG] = signal.signal(signal.SIGURG, lambda number, frame: None)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    earlier = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    threading.Thread(target=_poke, args=(woken, threading.get_ident()), daemon=True).start()
    try:
        yield interruption
    finally:
        signal.set_wakeup_fd(earlier)
        os.close(wake)
        for number, handler in before.items():
            signal.signal(number, handler)


def _poke(woken: int, main: int) -> None:
    """Wake the main thread for each signal that the system gave to another one.

    Python runs handlers in the main thread alone, and that may be waiting for a lock, which only a signal of its own
    interrupts; SIGURG does nothing else.
    """
    while byte := os.read(woken, 1):
        if byte[0] != signal.SIGURG:
            signal.pthread_kill(main, signal.SIGURG)
    os.close(woken)


def prepare(context: Context) -> None:
    """Import what running the program will need, while the key of the secrets is being derived on another core."""
    importlib.import_module("slipway.engine.operation.program")
    import_sdks(context.backend.raw(context.stack))


def run_program(operation: Operation) -> None:
    """Evaluate the program: everything it registers is planned and done, and what it no longer has is deleted."""
    from slipway.engine.operation.monitor import Engine, Monitor
    from slipway.engine.operation.program import InOrder, Program, run

    context = operation.context
    threads = InOrder()
    evaluation = operation.evaluation()
    try:
        monitor = Monitor(evaluation, context.project.program, threads.passed)
        engine = Engine(context.counter.tell)
        program = Program(
            folder=context.project.program,
            root=context.project.root,
            project=context.project.name,
            stack=context.stack,
            preview=context.options.preview,
            parallel=context.options.parallel,
            config=context.config,
            secret_keys=context.secret_keys,
        )
        problem = run(program, monitor, engine, threads)
        if problem:
            operation.executor.failed = True
            context.counter.tell("error", urns.root(context.stack, context.project.name), problem)
    finally:
        if not evaluation.finished:
            evaluation.stop()
        evaluation.close()
        threads.shutdown(wait=False)


def delete_everything(operation: Operation) -> None:
    """Destroy: as a program that registers nothing."""
    evaluation = operation.evaluation()
    try:
        evaluation.end().exception()
    finally:
        evaluation.close()


_HARMLESS = frozenset({"same", "read", "read-replacement", "discard"})
"""What changes nothing that exists (pulumi's ``engine.HasChanges``)."""


def expect_no_changes(changes: dict[str, int], kind: str) -> None:
    """Raise :class:`UnexpectedChangesError` where something was made, changed or deleted, or would be."""
    found = {op: count for op, count in sorted(changes.items()) if op not in _HARMLESS}
    if found:
        told = ", ".join(f"{count} to {op}" for op, count in found.items())
        raise UnexpectedChangesError(
            f"no changes were expected but changes {'were proposed' if kind == 'preview' else 'occurred'}: {told}"
        )
