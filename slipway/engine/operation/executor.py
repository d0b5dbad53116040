"""Applies steps: asks the provider, and keeps the state on disk before and after.

For every step that asks a provider: a pending operation is durable before the call, its end is durable before anybody
who waits for the resource goes on (ENGINE.md, "Invariants of an operation").
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.journal import Journal
from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.faults import fault_point
from slipway.engine.operation.calls import Calls
from slipway.engine.operation.changes import CHANGES, keep_secrets
from slipway.engine.plan.planner import Tell
from slipway.engine.plan.steps import PENDING, Step
from slipway.engine.providers.protocol import Partial, ProviderError
from slipway.engine.providers.registry import Registry
from slipway.wire.values import Props


class Watches(Protocol):
    """What is told of each step, for a person or for ``--json``."""

    def began(self, step: Step) -> None: ...  # noqa: D102
    def ended(self, step: Step, problem: str) -> None: ...  # noqa: D102


Hooks = Callable[[str, Step], None]
"""Run the program's hooks of one moment (``before_create``) for a step."""


class ProtectedError(EngineError):
    """A protected resource is not deleted; everything that has nothing to do with it goes on."""


class Stopped(Exception):
    """The operation goes no further; the reason has been told."""


def told(error: Exception) -> str:
    """What to say of an error; one that nobody expected says where it is from."""
    if isinstance(error, EngineError | ProviderError | OSError):
        return str(error)
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace else ""
    return f"the engine failed: {type(error).__name__}: {error}{where}"


class Executor:
    """Runs chains of steps, as many at a time as ``parallel`` says; the first failure stops what has not begun."""

    def __init__(
        self,
        journal: Journal | None,
        providers: Registry,
        watch: Watches,
        tell: Tell,
        *,
        parallel: int,
        preview: bool,
        interrupted: Mapping[str, Props],
    ) -> None:
        self._journal, self._watch = journal, watch
        self._calls = Calls(providers, tell, preview, interrupted)
        self._preview = preview
        self._pool = ThreadPoolExecutor(max_workers=max(1, parallel), thread_name_prefix="step")
        self._running: set[Future[None]] = set()
        self._guard = threading.Lock()
        self.stopped = threading.Event()
        self.failed = False
        self.failures: list[Step] = []
        self.current: dict[str, Resource] = {}
        """Every resource of this operation so far, by URN."""
        self.latest: dict[str, Step] = {}
        """The step that made it so."""
        self.old: list[Resource] = []
        """The resources of the last operation."""
        self.hooks: Hooks = lambda moment, step: None
        self.clean: Callable[[str], str] = lambda message: message
        """Takes what is secret out of what a provider says."""

    def submit(self, chain: list[Step]) -> "Future[None]":
        """Run the steps one after the other, as soon as there is a place."""
        with self._guard:
            future = self._pool.submit(self._run, chain)
            self._running.add(future)
            future.add_done_callback(self._running.discard)
        return future

    def wait(self) -> None:
        """Wait until nothing runs."""
        while True:
            with self._guard:
                running = list(self._running)
            if not running:
                return
            for future in running:
                future.exception()

    def stop(self) -> None:
        """Begin nothing new; whoever waits for something that has not begun is told so."""
        self.stopped.set()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True)

    def _run(self, chain: list[Step]) -> None:
        try:
            self._in_turn(chain)
        finally:  # the program waits for these answers: whatever went wrong here, it must get them
            for step in chain:
                if step.answers and not step.answers.answer.done():
                    step.answers.answer.set_exception(Stopped())

    def _in_turn(self, chain: list[Step]) -> None:
        for step in chain:
            if self.stopped.is_set():
                break
            try:
                self.apply(step)
            except ProtectedError as error:
                self._fail(step, str(error))
            except Exception as error:
                self._fail(step, told(error))
                self.stop()
                break

    def _fail(self, step: Step, problem: str) -> None:
        with self._guard:
            self.failed = True
            self.failures.append(step)
        self._watch.ended(step, problem)

    def apply(self, step: Step) -> None:
        """Do one step. Raises :class:`ProviderError` where the provider refuses; the state is right all the same."""
        self._watch.began(step)
        if step.op == "delete" and step.old and step.old.protect:
            urn = step.old.urn
            raise ProtectedError(
                f'resource "{urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either '
                "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`, "
                "or use the command:\n"
                f"`pulumi state unprotect '{urn}'`"
            )
        if step.new is not None and step.op in ("update", "same") and step.old is not None:
            step.new.id = step.old.id
        hooks = _HOOKS.get(step.op, "")
        if hooks:
            self.hooks(f"before_{hooks}", step)
        number = None
        if self._journal and not self._preview and step.calls_provider():
            number = self._journal.begin(PENDING[step.op], replace(step.subject, key=0))
        try:
            fault_point("call-sent")
            self._calls.make(step)
            fault_point("answer-received")
        except ProviderError as error:
            if error.partial or not error.outcome_unknown:
                self._keep_partial(step, error.partial, number)
            raise
        self._finish(step, number)
        if hooks:
            self.hooks(f"after_{hooks}", step)
        self._watch.ended(step, "")
        if step.answers:
            step.answers.answer.set_result(step.subject)

    def _forget(self, number: int | None) -> None:
        if self._journal and number is not None:
            self._journal.end(number)

    def _keep_partial(self, step: Step, partial: Partial | None, number: int | None) -> None:
        """A call that failed: without a partial result nothing changed, with one the resource is there, unwell."""
        new = step.new
        if partial is None or new is None or step.op in ("import", "import-replacement"):
            self._forget(number)
            return
        new.id = partial.id or new.id
        new.outputs = partial.outputs or {}
        new.initErrors = [self.clean(reason) for reason in partial.reasons]
        if step.op == "update" and step.old:
            new.inputs = step.old.inputs
        elif not new.id:
            self._forget(number)
            return
        new.modified = state.now()
        if step.op == "create-replacement" and step.pending_delete and step.old:
            step.old.delete = True
        self._finish(step, number)

    def _finish(self, step: Step, number: int | None) -> None:
        """Keep what the step made of the state; durable where a provider was asked."""
        new, old = step.new, step.old
        if new is not None and step.op != "replace":
            keep_secrets(new)
            with self._guard:
                self.current[new.urn] = new
                if step.logical:
                    self.latest[new.urn] = step
        if new is not None and step.op == "replace":
            with self._guard:
                self.latest[new.urn] = step
        if self._journal is None or self._preview or step.skipped:
            return
        put, drop = CHANGES[step.op](step)
        if new is not None and old is not None and old.urn != new.urn:
            put += self._rename(old.urn, new.urn)
        if old is not None and new is old:
            self._journal.note((), (old,))
        if number is not None:
            self._journal.end(number, put, drop)
        elif put or drop:
            self._journal.note(put, drop)

    def _rename(self, old: str, new: str) -> tuple[Resource, ...]:
        """Let what the operation has not come to yet refer to a resource by its new name; what changed by that."""
        assert self._journal
        return tuple(item for item in self.old if item.rename({old: new}) and self._journal.holds_old(item))


_HOOKS = {
    "create": "create",
    "create-replacement": "create",
    "update": "update",
    "delete": "delete",
    "delete-replaced": "delete",
}
