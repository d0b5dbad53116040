"""Applies steps: asks the provider, and keeps the state on disk before and after.

For every step that asks a provider: a pending operation is durable before the call, its end is durable before anything
that waits for the resource goes on (ENGINE.md, "Invariants of an operation").
"""

import threading
from collections.abc import Callable
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
from slipway.engine.operation.hooks import MOST_RETRIES, Hooks
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planning import Planning
from slipway.engine.plan.steps import DELETES, IMPORTS, Answer, Registration, Step
from slipway.engine.providers.protocol import Partial, ProviderError


class Watches(Protocol):
    """What is told of each step, for a person or for ``--json``."""

    def began(self, step: Step) -> None: ...  # noqa: D102
    def ended(self, step: Step, problem: str) -> None: ...  # noqa: D102


class ProtectedError(EngineError):
    """A protected resource is not deleted; everything that has nothing to do with it goes on."""


class Stopped(Exception):
    """The operation goes no further; the reason has been reported."""


def message_of(error: Exception) -> str:
    """The message of an error; one of no expected class names the line that it is from."""
    if isinstance(error, EngineError | ProviderError | OSError):
        return str(error)
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace else ""
    return f"the engine failed: {type(error).__name__}: {error}{where}"


class Executor:
    """Runs chains of steps, as many at a time as the options say; the first failure stops what has not begun.

    With ``--continue-on-error`` a failure stops its own chain only.
    """

    def __init__(
        self,
        planning: Planning,
        journal: Journal | None,
        watch: Watches,
        hooks: Hooks,
        clean: Callable[[str], str],
        current: dict[str, Resource],
    ) -> None:
        options = planning.options
        self._planning, self._journal, self._watch, self.hooks, self._clean = planning, journal, watch, hooks, clean
        self._calls = Calls(planning.providers, options.preview, planning.progress.interrupted)
        self._preview = options.preview
        self._pool = ThreadPoolExecutor(max_workers=max(1, options.parallel), thread_name_prefix="step")
        self._running: set[Future[None]] = set()
        self._guard = threading.Lock()
        self.stopped = threading.Event()
        self.failed = False
        self.failures: list[Step] = []
        self.current = current
        """Every resource of this operation so far, by URN."""
        self.latest: dict[str, Step] = {}
        """The step that made it so."""

    def submit(self, chain: list[Step], registration: Registration | None = None) -> "Future[None]":
        """Run the steps one after the other, as soon as there is a place.

        ``registration`` is answered when the chain fails and none of its steps answers one.
        """
        with self._guard:
            future = self._pool.submit(self._run, chain, registration)
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
        """Begin nothing new; what has not begun is answered by :class:`Stopped`."""
        self.stopped.set()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True)

    def has_failed(self, step: Step) -> bool:
        """Whether the step was tried and failed."""
        with self._guard:
            return step in self.failures

    def failed_urns(self) -> set[str]:
        """The URNs of the steps that failed."""
        with self._guard:
            return {step.urn for step in self.failures}

    def fail(self, step: Step, problem: str) -> None:
        """Record that a step failed, and report it."""
        with self._guard:
            self.failed = True
            self.failures.append(step)
        self._watch.ended(step, problem)

    def _run(self, chain: list[Step], registration: Registration | None) -> None:
        try:
            failed = self._in_turn(chain)
            for step in chain:
                if failed and step.answers and not step.answers.answer.done():
                    step.answers.answer.set_result(Answer(step.after, failed=True))
            if failed and registration and not registration.answer.done():
                registration.answer.set_result(Answer(chain[-1].after, failed=True))
        finally:  # the program waits for these answers: whatever went wrong here, it must get them
            for waiting in (registration if self.stopped.is_set() else None, *(step.answers for step in chain)):
                if waiting and not waiting.answer.done():
                    waiting.answer.set_exception(Stopped())

    def _in_turn(self, chain: list[Step]) -> bool:
        """Whether a step failed, and the operation goes on all the same."""
        for step in chain:
            if self.stopped.is_set():
                return False
            try:
                self.apply(step)
            except Exception as error:
                self.fail(step, message_of(error))
                if self._planning.options.continue_on_error or isinstance(error, ProtectedError):
                    return True
                self.stop()
                return False
        return False

    def apply(self, step: Step) -> None:
        """Do one step. Raises :class:`ProviderError` where the provider refuses; the state is right all the same."""
        self._watch.began(step)
        self._refuse_protected(step)
        if step.new is not None and step.op in (StepOp.UPDATE, StepOp.SAME) and step.old is not None:
            step.new.id = step.old.id
        hook = step.op.traits.hook.capitalize()
        if hook:
            self.hooks.run(f"Before{hook}", step)
        number = None
        if self._journal and not self._preview and step.calls_provider():
            number = self._journal.begin(step.op.traits.pending, replace(step.subject, key=0))
        try:
            fault_point("call-sent")
            self._call(step)
            fault_point("answer-received")
        except ProviderError as error:
            if error.partial or not error.outcome_unknown:
                self._keep_partial(step, error.partial, number)
            raise
        self._finish(step, number)
        if hook and (step.subject.custom or step.op in DELETES):
            self.run_after(f"After{hook}", step)
        self._watch.ended(step, "")
        if step.answers:
            step.answers.answer.set_result(Answer(step.subject))

    def run_after(self, moment: str, step: Step) -> None:
        """Call the hooks after something was done; one that fails fails the operation, and the step stays done."""
        try:
            self.hooks.run(moment, step)
        except ProviderError as error:
            with self._guard:
                self.failed = True
            self._planning.tell("error", step.urn, str(error))
            if not self._planning.options.continue_on_error:
                self.stop()

    def _call(self, step: Step) -> None:
        """Ask the provider, and again as long as an error hook of the program asks for it."""
        failures: list[str] = []
        while True:
            try:
                return self._calls.make(step)
            except ProviderError as error:
                failures.insert(0, str(error))
                if error.outcome_unknown or not self.hooks.retries(step, failures):
                    raise
                if len(failures) > MOST_RETRIES:
                    self._planning.tell(
                        "warning", step.urn, f"maximum number of error hook retries ({MOST_RETRIES}) reached"
                    )
                    raise
                count = f"({len(failures)}/{MOST_RETRIES})"
                doing = step.op.traits.hook
                self._planning.tell("warning", step.urn, f"retrying {doing} due to on-error hook request {count}")

    def _refuse_protected(self, step: Step) -> None:
        if step.op is not StepOp.DELETE or not step.before.protect or self._planning.options.ignore_protect:
            return
        raise ProtectedError(
            f'resource "{step.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either '
            "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`, "
            "or use the command:\n"
            f"`pulumi state unprotect '{step.urn}'`"
        )

    def _forget(self, number: int | None) -> None:
        if self._journal and number is not None:
            self._journal.end(number)

    def _keep_partial(self, step: Step, partial: Partial | None, number: int | None) -> None:
        """A call that failed: without a partial result nothing changed, with one the resource is there, unwell."""
        new = step.new
        if partial is None or new is None or step.op in IMPORTS:
            self._forget(number)
            return
        new.id = partial.id or new.id
        new.outputs = partial.outputs or {}
        new.initErrors = [self._clean(reason) for reason in partial.reasons]
        if step.op is StepOp.UPDATE and step.old:
            new.inputs = step.old.inputs
        elif not new.id:
            self._forget(number)
            return
        new.modified = state.now()
        if step.op is StepOp.CREATE_REPLACEMENT and step.pending_delete and step.old:
            step.old.delete = True
        self._finish(step, number)

    def _finish(self, step: Step, number: int | None) -> None:
        """Keep what the step made of the state; durable where a provider was asked."""
        new, old = step.new, step.old
        if new is not None:
            if step.op is not StepOp.REPLACE:
                keep_secrets(new)
            with self._guard:
                if step.op is not StepOp.REPLACE:
                    self.current[new.urn] = new
                if step.op.traits.is_logical:
                    self.latest[new.urn] = step
        if self._journal is None or self._preview or step.skipped:
            return
        put, drop = CHANGES[step.op](step)
        if new is not None and old is not None and old.urn != new.urn:
            put += self._rename(self._journal, old.urn, new.urn)
        if old is not None and new is old:
            self._journal.note((), (old,))
        if number is not None:
            self._journal.end(number, put, drop)
        elif put or drop:
            self._journal.note(put, drop)

    def _rename(self, journal: Journal, old: str, new: str) -> tuple[Resource, ...]:
        """Let what the operation has not come to yet refer to a resource by its new name; what changed by that."""
        resources = self._planning.progress.old
        return tuple(item for item in resources if item.rename({old: new}) and journal.holds_old(item))
