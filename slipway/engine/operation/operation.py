"""One operation on one stack: preview, up, destroy or refresh, from the lock to the history."""

import contextlib
import importlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.journal import Journal
from slipway.engine.checkpoint.secrets import secrets_in
from slipway.engine.errors import CancelledError, EngineError, UnexpectedChangesError
from slipway.engine.operation.ahead import import_sdks
from slipway.engine.operation.assembly import Lookup, Machine, assemble
from slipway.engine.operation.context import Context
from slipway.engine.plan.defaults import provider_defaults
from slipway.engine.plan.interrupted import open_creations
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planning import Progress
from slipway.engine.providers.builtin import BuiltinProvider
from slipway.engine.providers.plugin import Plugins
from slipway.engine.providers.registry import Registry
from slipway.engine.values import urn as urns


@dataclass(frozen=True)
class Operation:
    """One run against a stack: its context, the state it starts from, and the machine that does it."""

    context: Context
    checkpoint: state.Checkpoint
    machine: Machine

    @classmethod
    def begin(cls, context: Context, journal: Journal | None, checkpoint: state.Checkpoint) -> "Operation":
        """Put an operation together."""
        table = os.environ.get("PULUMI_DEBUG_PROVIDERS", "")

        def registry(lookup: Lookup) -> Registry:
            plugins = Plugins(context.project.program, {"PULUMI_CONFIG": json.dumps(context.config)})
            builtin = BuiltinProvider(context.outputs_of, lookup.current)
            return Registry(
                table, builtin, lookup.old, plugins, lambda urn, text: context.counter.tell("warning", urn, text)
            )

        resources, counter = checkpoint.resources, context.counter
        machine = assemble(
            stack=context.stack,
            project=context.project.name,
            options=context.options,
            progress=Progress(resources, open_creations(checkpoint.pending, resources)),
            registry=registry,
            journal=journal,
            display=counter,
            tell=counter.tell,
            defaults=lambda request: provider_defaults(request, context.config, context.secret_keys),
            clean=counter.redactor.clean,
        )
        return cls(context, checkpoint, machine)


Work = Callable[[Operation], None]
"""What an operation does between the lock and the history."""


def perform(context: Context, kind: str, work: Work) -> dict[str, int]:
    """Do an operation: under the stack's lock and recorded, unless it is a preview. Returns the changes by kind.

    Raises :class:`EngineError` where it failed; what was done until then is in the state.
    """
    context.counter.is_refresh = kind == "refresh"
    with _signals() as interruption:
        if context.options.preview:
            operation = Operation.begin(context, None, context.backend.load(context.stack, context.secrets))
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
        _run(Operation.begin(context, journal, checkpoint), kind, work, interruption)
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
                problem = f"the state is written, its history is not: {error.strerror or error}"
                raise EngineError(problem) from error


def _run(operation: Operation, kind: str, work: Work, interruption: "Interruption") -> None:
    if kind != "refresh" and not operation.context.options.preview:
        _warn_of_pending(operation)
    interruption.stops(operation)
    try:
        work(operation)
    finally:
        operation.machine.registry.close()
    if interruption.happened:
        raise CancelledError(f"{kind} canceled")
    if operation.machine.has_failed:
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
        operation.machine.executor.stop()
        threading.Thread(target=operation.machine.registry.cancel, daemon=True).start()


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
    # The SDK takes a third of a second to import, and destroy and refresh do without it.
    from slipway.engine.operation.monitor import Monitor
    from slipway.engine.operation.program import Program, evaluate

    context = operation.context
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
    runner = None
    if context.client:
        from slipway.engine.operation.remote import run_remote

        runner = partial(run_remote, context.client)
    problem, _ = evaluate(
        operation.machine, program, lambda evaluation, gate: Monitor(evaluation, program.folder, gate), runner
    )
    if problem:
        operation.machine.executor.failed = True
        context.counter.tell("error", urns.root(context.stack, context.project.name), problem)


def refuse_delete_hooks(operation: Operation) -> None:
    """Raise :class:`EngineError` where the state names hooks that a destroy without the program cannot call."""
    for resource in operation.machine.progress.old:
        hooks = [name for moment in ("BeforeDelete", "AfterDelete") for name in resource.resourceHooks.get(moment, ())]
        if hooks:
            operation.context.counter.tell(
                "error",
                resource.urn,
                f"Resource has delete hooks registered, but the program is not running. Hooks: {', '.join(hooks)}",
            )
            raise EngineError("You must run with the `--run-program` flag to use delete hooks during destroy.")


def delete_everything(operation: Operation) -> None:
    """Destroy: as a program that registers nothing."""
    evaluation = operation.machine.evaluation()
    try:
        evaluation.end().exception()
    finally:
        evaluation.close()


def expect_no_changes(changes: dict[str, int], kind: str) -> None:
    """Raise :class:`UnexpectedChangesError` where something was made, changed or deleted, or would be."""
    harmful = {op: count for op, count in sorted(changes.items()) if not StepOp(op).traits.is_harmless}
    if harmful:
        counts = ", ".join(f"{count} to {op}" for op, count in harmful.items())
        raise UnexpectedChangesError(
            f"no changes were expected but changes {'were proposed' if kind == 'preview' else 'occurred'}: {counts}"
        )
