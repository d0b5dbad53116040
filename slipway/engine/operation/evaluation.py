"""Takes what the program registers, in order, through planner and executor; and in the end what has to be deleted.

One thread plans. It looks one registration ahead before it hands a plan to the executor, so that a mistake that can be
seen at first sight (a name used twice) stops the operation before the resource in front of it is made.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from slipway.engine.checkpoint.journal import Journal
from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.operation.executor import Executor, Stopped, message_of
from slipway.engine.plan.checks import InvalidError
from slipway.engine.plan.deletes import plan_deletes, unaffected
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planner import Planner
from slipway.engine.plan.steps import (
    IMPORTS,
    Answer,
    Goal,
    OutputsRegistration,
    ProviderRequest,
    Registration,
    Step,
    resource_of,
)
from slipway.engine.providers.protocol import UnservedError
from slipway.engine.values import urn as urns
from slipway.wire.values import Props

Defaults = Callable[[ProviderRequest], Props]
"""The configuration of a default provider. Raises :class:`EngineError` where the settings allow none."""


@dataclass
class ProviderNeeded:
    """A function of a default provider is to be called."""

    request: ProviderRequest
    answer: "Future[str]" = field(default_factory=Future)


class End:
    """The program ran to its end: what it did not register is to be deleted."""

    def __init__(self) -> None:
        self.answer: Future[None] = Future()


Event = Registration | OutputsRegistration | ProviderNeeded | End


class Evaluation:
    """One run of a program against a state."""

    def __init__(self, planner: Planner, executor: Executor, journal: Journal | None, defaults: Defaults) -> None:
        self.planner, self.executor, self._journal, self._defaults = planner, executor, journal, defaults
        self._planning, self._progress = planner.planning, planner.progress
        self._events: deque[Event] = deque()
        self._arrived = threading.Condition()
        self._claimed: set[str] = set()
        self._failed: set[str] = set()
        """URNs that failed or were left out because of that, where the operation goes on after a failure."""
        self._lacking = False
        """Whether a preview met a type that no provider serves."""
        self._default_references: dict[ProviderRequest, str] = {}
        self._stack_outputs: OutputsRegistration | None = None
        self.finished = False
        """Whether the program ran to its end and everything that followed from it was done."""
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="planner", daemon=True)
        self._thread.start()

    def register(self, goal: Goal) -> "Future[Answer]":
        """Put a goal in the queue; the answer is the resource as it became, or :class:`Stopped`."""
        urn = self._urn(goal)
        with self._arrived:
            problem = ""
            if urn in self._claimed:
                problem = f"Duplicate resource URN '{urn}'; try giving it a unique name"
            self._claimed.add(urn)
            registration = Registration(goal, urn, problem)
            self._put(registration)
        return registration.answer

    def register_outputs(self, urn: str, outputs: Props) -> "Future[None]":
        """Set the outputs of a component or of the stack."""
        registration = OutputsRegistration(urn, outputs)
        with self._arrived:
            self._put(registration)
        return registration.answer

    def end(self) -> "Future[None]":
        """Say that the program ran to its end; the answer comes when everything is done."""
        event = End()
        with self._arrived:
            self._put(event)
        return event.answer

    def stop(self) -> None:
        """Begin nothing new; what has not begun is answered by :class:`Stopped`."""
        self.executor.stop()
        with self._arrived:
            self._arrived.notify()

    def close(self) -> None:
        """Wait for what runs, and end the threads."""
        with self._arrived:
            self._closed = True
            self._arrived.notify()
        self._thread.join()
        self.executor.wait()
        self.executor.close()
        self._finish_stack()

    def _put(self, event: Event) -> None:
        if self.executor.stopped.is_set() or self._closed:
            event.answer.set_exception(Stopped())
            return
        self._events.append(event)
        self._arrived.notify()

    def _work(self) -> None:
        while True:
            with self._arrived:
                while not self._events and not self._closed and not self.executor.stopped.is_set():
                    self._arrived.wait()
                if self.executor.stopped.is_set() or (self._closed and not self._events):
                    for event in self._events:
                        event.answer.set_exception(Stopped())
                    self._events.clear()
                    if self._closed:
                        return
                    self._arrived.wait(0.1)
                    continue
                event = self._events.popleft()
            try:
                self._handle(event)
            except Exception as error:
                self._report(event, error)
                self.stop()
                if not event.answer.done():
                    event.answer.set_exception(Stopped())

    def _report(self, event: Event, error: Exception) -> None:
        self.executor.failed = True
        urn = event.urn if isinstance(event, Registration | OutputsRegistration) else ""
        if not isinstance(error, InvalidError | Stopped):
            self._planning.tell("error", urn, message_of(error))

    def _handle(self, event: Event) -> None:
        if isinstance(event, Registration):
            self._plan(event)
        elif isinstance(event, OutputsRegistration):
            self._set_outputs(event)
        elif isinstance(event, ProviderNeeded):
            event.answer.set_result(self._default_provider(event.request))
        else:
            self.executor.wait()
            # What stands below a resource that could not be planned is not known: nothing is said to go.
            if not self.executor.stopped.is_set() and not self._lacking:
                self._delete_the_rest()
                if self._stack_outputs and not self.executor.stopped.is_set():
                    self._plan_outputs(self._stack_outputs)
            self.finished = not self.executor.stopped.is_set()
            event.answer.set_result(None)

    def _plan(self, registration: Registration) -> None:
        """Plan a resource; a preview goes on past one that no provider serves, so that it names every such type."""
        if not self._planning.options.preview:
            self._plan_served(registration)
            return
        try:
            self._plan_served(registration)
        except UnservedError as lacking:
            self._report(registration, lacking)
            self._lacking = True
            self._failed.add(registration.urn)
            resource = resource_of(registration.goal, registration.urn, registration.goal.inputs, None)
            registration.answer.set_result(Answer(resource, failed=True))

    def _plan_served(self, registration: Registration) -> None:
        goal = registration.goal
        if goal.default_provider and not goal.provider and not registration.problem:
            reference = self._default_provider(goal.default_provider)
            registration.goal = replace(goal, provider=reference)
        steps = self.planner.steps_for(registration)
        with self._arrived:
            ahead = self._events[0] if self._events else None
        if isinstance(ahead, Registration) and ahead.problem:
            raise EngineError(ahead.problem)
        steps = self._without_skipped(registration, steps)
        if steps:
            done = self.executor.submit(steps, registration)
            if any(step.op in IMPORTS for step in steps):
                done.exception()
                self._plan_import(registration, next(step for step in steps if step.op in IMPORTS))

    def _plan_import(self, registration: Registration, step: Step) -> None:
        """What was imported is changed to what the program describes, where it differs."""
        if registration.answer.done() or self.executor.stopped.is_set():
            return
        steps = self.planner.steps_after_import(registration, step.after)
        if [step.op for step in steps] == [StepOp.SAME]:
            registration.answer.set_result(Answer(step.after))
        else:
            self.executor.submit(steps)

    def _without_skipped(self, registration: Registration, steps: list[Step]) -> list[Step]:
        """The steps that depend on nothing that failed; the program goes on without the resources of the others."""
        self._failed |= self.executor.failed_urns()
        if not self._failed:
            return steps
        chosen = []
        for step in steps:
            if self._failed.isdisjoint(urn for _, urn in step.subject.relations()):
                chosen.append(step)
                continue
            self._failed.add(step.urn)
            if not registration.answer.done():
                registration.answer.set_result(Answer(step.subject, failed=True))
        return chosen

    def _urn(self, goal: Goal) -> str:
        return urns.make(self._planning.stack, self._planning.project, goal.parent, goal.type, goal.name)

    def default_provider(self, request: ProviderRequest) -> "Future[str]":
        """The reference of a default provider, for a function; it is made where it is not there yet."""
        event = ProviderNeeded(request)
        with self._arrived:
            self._put(event)
        return event.answer

    def _default_goal(self, request: ProviderRequest) -> Goal:
        return Goal(
            type=f"{urns.PROVIDER_PREFIX}{request.package}",
            name=request.name,
            custom=True,
            inputs=self._defaults(request),
        )

    def _default_provider(self, request: ProviderRequest) -> str:
        if request not in self._default_references:
            goal = self._default_goal(request)
            registration = Registration(goal, self._urn(goal))
            with self._arrived:
                self._claimed.add(registration.urn)
            self.executor.submit(self.planner.steps_for(registration), registration)
            provider = registration.answer.result().resource
            self._default_references[request] = f"{provider.urn}::{provider.id}"
        return self._default_references[request]

    def _set_outputs(self, event: OutputsRegistration) -> None:
        if urns.is_root(event.urn):
            self._stack_outputs = event
        else:
            resource = self.executor.current.get(event.urn)
            if resource is not None:
                self._plan_outputs(event)
                self._keep_outputs(resource, event.outputs)
                self._run_after(event.urn)
            elif event.urn not in self._failed | self.executor.failed_urns():
                raise EngineError(f"cannot complete a resource '{event.urn}' whose registration isn't pending")
        event.answer.set_result(None)

    def _plan_outputs(self, event: OutputsRegistration) -> None:
        """Write the outputs into the plan that is made, and hold them against the plan that is followed."""
        options, old = self._planning.options, self._progress.olds.get(event.urn)
        before = old.outputs if old else {}
        if options.plan_to_make:
            options.plan_to_make.note_outputs(event.urn, before, event.outputs)
        if options.plan_to_follow:
            options.plan_to_follow.check_outputs(event.urn, before, event.outputs)

    def _run_after(self, urn: str) -> None:
        """The hooks after a component was made or changed, which is when its outputs are there."""
        step = self.executor.latest.get(urn)
        if step and not step.subject.custom and step.op.traits.hook:
            self.executor.run_after(f"After{step.op.traits.hook.capitalize()}", step)

    def _finish_stack(self) -> None:
        """The stack's outputs become its own when the operation ends; after a failure none is taken away."""
        event = self._stack_outputs
        resource = self.executor.current.get(event.urn) if event else None
        if event is None or resource is None or self._planning.options.destroys:
            return
        outputs = event.outputs
        old = self._progress.olds.get(event.urn)
        if old and (not self.finished or self.executor.failed or self._progress.failed):
            outputs = {**old.outputs, **outputs}
        self._keep_outputs(resource, outputs)

    def _keep_outputs(self, resource: Resource, outputs: Props) -> None:
        resource.outputs = outputs
        step = self.executor.latest.get(resource.urn)
        if self._journal and not self._planning.options.preview and not (step and step.skipped):
            self._journal.note((resource,))

    def _delete_the_rest(self) -> None:
        unknown = self._planning.options.targets.unknown({*self._progress.olds, *self._progress.seen})
        layers, options = plan_deletes(self._planning), self._planning.options
        if options.plan_to_make:
            options.plan_to_make.note_steps((step for layer in layers for step in layer), {})
        if options.plan_to_follow:
            options.plan_to_follow.check_steps(step for layer in layers for step in layer)
        for layer in layers:
            chosen = unaffected(layer, self.executor.failures, self._planning)
            for future in [self.executor.submit([step]) for step in chosen]:
                future.exception()
            if self.executor.stopped.is_set():
                return
        if unknown:
            raise EngineError("\n".join(_unknown_target(urn) for urn in unknown))
        if options.plan_to_follow and not self.executor.failed and not self._progress.failed:
            missing = options.plan_to_follow.missing(self._progress.olds)
            if missing:
                raise EngineError(
                    "\n".join(f"expected resource operations for {urn} but none were seen" for urn in missing)
                )


def _unknown_target(urn: str) -> str:
    hint = "" if "$" in urn else " Did you forget to escape $ in your shell?"
    return f"Target '{urn}' could not be found in the stack.{hint}"
