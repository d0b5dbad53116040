"""One operation on one stack: preview, up, destroy or refresh, from the lock to the history."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from slipway.engine import state
from slipway.engine import urn as urns
from slipway.engine.backend import Backend
from slipway.engine.builtin import BuiltinProvider
from slipway.engine.errors import CancelledError, EngineError, UnexpectedChangesError
from slipway.engine.evaluation import Evaluation
from slipway.engine.executor import Executor
from slipway.engine.journal import Journal
from slipway.engine.planner import Planner
from slipway.engine.project import Project, StackSettings
from slipway.engine.registry import Registry
from slipway.engine.secrets import Secrets, secrets_in
from slipway.engine.steps import ProviderRequest, Step
from slipway.engine.targets import Options
from slipway.engine.values import Props, secret


class Output(Protocol):
    """Where an operation tells what it does: lines and tables for a person, or a digest."""

    def began(self, step: Step) -> None: ...  # noqa: D102
    def ended(self, step: Step, problem: str) -> None: ...  # noqa: D102
    def tell(self, severity: str, urn: str, message: str) -> None: ...  # noqa: D102


class Counter:
    """Counts the steps that a person counts, and passes everything on."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._guard = threading.Lock()
        self.changes: dict[str, int] = {}

    def began(self, step: Step) -> None:
        """Pass it on."""
        with self._guard:
            self._output.began(step)

    def ended(self, step: Step, problem: str) -> None:
        """Count it where it went well."""
        with self._guard:
            if not problem and _counts(step):
                self.changes[step.op] = self.changes.get(step.op, 0) + 1
            self._output.ended(step, problem)

    def tell(self, severity: str, urn: str, message: str) -> None:
        """Pass it on."""
        with self._guard:
            self._output.tell(severity, urn, message)


def _counts(step: Step) -> bool:
    if urns.is_default_provider(step.urn) or step.skipped:
        return False
    if step.op == "read":
        old, new = step.old, step.new
        return old is not None and new is not None and old.outputs != new.outputs
    return step.logical


@dataclass
class Context:
    """A stack, and everything an operation needs to know about it."""

    project: Project
    backend: Backend
    stack: str
    settings: StackSettings
    output: Output
    options: Options
    secrets: Secrets = field(init=False)
    counter: Counter = field(init=False)
    config: dict[str, str] = field(init=False, default_factory=dict, repr=False)
    secret_keys: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.counter = Counter(self.output)
        latest = self.backend.raw(self.stack)
        self.secrets = secrets_of(self.settings, latest)

    def read_config(self) -> None:
        """Read the stack's settings. Raises :class:`UsageError` where one is missing or mistyped."""
        self.config, self.secret_keys = self.settings.for_program(lambda: self.secrets)

    def provider_defaults(self, request: ProviderRequest) -> Props:
        """The inputs of a default provider: the stack's settings of its package, and its version."""
        found: Props = {}
        for key, value in self.config.items():
            package, _, name = key.partition(":")
            if package == request.package:
                found[name] = secret(value) if key in self.secret_keys else value
        if request.version:
            found["version"] = request.version
        if request.url:
            found["__internal"] = {"pluginDownloadURL": request.url}
        return found

    def outputs_of(self, name: str) -> Props:
        """The outputs of a stack of the same backend, for a stack reference."""
        *where, stack = name.split("/")
        backend = replace(self.backend, project=where[-1]) if len(where) > 1 else self.backend
        latest = backend.raw(stack)
        same = backend == self.backend and stack == self.stack
        checkpoint = backend.load(stack, self.secrets if same else secrets_in(latest) or self.secrets, latest)
        return next((item.outputs for item in checkpoint.resources if urns.is_root(item.urn)), {})


def secrets_of(settings: StackSettings, latest: dict[str, Any]) -> Secrets:
    """The secrets of a stack: of its settings file, or of its checkpoint; new ones where neither has any."""
    if settings.salt:
        return Secrets(settings.salt)
    return secrets_in(latest) or Secrets.create()


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
        self.planner = Planner(
            context.stack, context.project.name, resources, self.registry, context.options, counter.tell
        )
        self.executor = Executor(
            self.journal,
            self.registry,
            counter,
            counter.tell,
            parallel=context.options.parallel,
            preview=context.options.preview,
        )
        self.executor.old = resources

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
    if context.options.preview:
        operation = Operation(context, None, context.backend.load(context.stack, context.secrets))
        context.secrets.check()
        _run(operation, kind, work)
        return context.counter.changes
    started = time.time()
    with context.backend.locked(context.stack):
        latest = context.backend.raw(context.stack, locked=True)
        checkpoint = context.backend.load(context.stack, secrets_in(latest) or context.secrets, latest)
        context.secrets.check()
        pending = [(what, item) for what, item in checkpoint.pending if what == "creating"]
        journal = context.backend.journal(context.stack, context.secrets, {})
        journal.open(checkpoint.resources, pending)
        failure: BaseException | None = None
        try:
            _run(Operation(context, journal, checkpoint), kind, work)
        except BaseException as error:
            failure = error
            raise
        finally:
            journal.close()
            note: dict[str, Any] = {}
            outcome = "failed" if failure else "succeeded"
            with contextlib.suppress(OSError) if failure else contextlib.nullcontext():
                context.backend.remember(context.stack, kind, started, outcome, context.counter.changes, note)
    return context.counter.changes


def _run(operation: Operation, kind: str, work: Work) -> None:
    if kind != "refresh" and not operation.context.options.preview:
        _warn_of_pending(operation)
    with _signals(operation) as cancelled:
        work(operation)
    if cancelled.is_set():
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
            f"Attempting to deploy or update resources with {len(pending)} pending operations from previous deployment.\n"
            f"{listed}These resources are in an unknown state because the engine was interrupted while it waited for them. "
            "Look whether they exist. `refresh` reads the state of those that are known; `refresh --clear-pending-creates` "
            "forgets those that were being created, `--import-pending-creates URN ID` adopts them.",
        )


@contextlib.contextmanager
def _signals(operation: Operation) -> Iterator[threading.Event]:
    """The first SIGINT or SIGTERM lets what runs finish and begins nothing new; the second stops at once."""
    cancelled = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield cancelled
        return

    def stop(number: int, frame: object) -> None:
        del frame
        if cancelled.is_set():
            os.write(2, b"\nstopped at once; pending operations are kept in the state\n")
            os._exit(128 + number)
        cancelled.set()
        os.write(2, b"\nstopping: what runs is finished and recorded; once more stops at once\n")
        operation.executor.stop()
        threading.Thread(target=operation.registry.cancel, daemon=True).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancelled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_program(operation: Operation) -> None:
    """Evaluate the program: everything it registers is planned and done, and what it no longer has is deleted."""
    from slipway.engine.monitor import Engine, Monitor
    from slipway.engine.program import InOrder, Program, run

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


def expect_no_changes(changes: dict[str, int], kind: str) -> None:
    """Raise :class:`UnexpectedChangesError` where anything but "same" happened."""
    found = {op: count for op, count in changes.items() if op != "same"}
    if found:
        told = ", ".join(f"{count} to {op}" for op, count in found.items())
        raise UnexpectedChangesError(f"no changes were expected but changes {'were proposed' if kind == 'preview' else 'occurred'}: {told}")
