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
from slipway.engine.operation.executor import Executor, Stopped, told
from slipway.engine.plan.opinions import InvalidError
from slipway.engine.plan.planner import Planner, Tell
from slipway.engine.plan.steps import Goal, OutputsRegistration, ProviderRequest, Registration
from slipway.engine.values import urn as urns
from slipway.wire.values import Props

Defaults = Callable[[ProviderRequest], Props]
"""The configuration of a default provider, from the stack's settings."""


@dataclass
class ProviderWanted:
    """A function of a default provider is to be called."""

    request: ProviderRequest
    answer: "Future[str]" = field(default_factory=Future)


class End:
    """The program ran to its end: what it did not register is to be deleted."""

    def __init__(self) -> None:
        self.answer: Future[None] = Future()


Event = Registration | OutputsRegistration | ProviderWanted | End


class Evaluation:
    """One run of a program against a state."""

    def __init__(
        self, planner: Planner, executor: Executor, journal: Journal | None, defaults: Defaults, tell: Tell
    ) -> None:
        self.planner, self.executor, self.journal = planner, executor, journal
        self._defaults, self._tell = defaults, tell
        self._events: deque[Event] = deque()
        self._arrived = threading.Condition()
        self._claimed: set[str] = set()
        self._default_references: dict[ProviderRequest, str] = {}
        self._stack_outputs: OutputsRegistration | None = None
        self.finished = False
        """Whether the program ran to its end and everything that followed from it was done."""
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="planner", daemon=True)
        self._thread.start()

    def register(self, goal: Goal) -> "Future[Resource]":
        """Put a goal in the queue; the answer is the resource as it became, or :class:`Stopped`."""
        urn = urns.make(self.planner.stack, self.planner.project, goal.parent, goal.type, goal.name)
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
        """Begin nothing new, and let go of everybody who waits for something that has not begun."""
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
            self._tell("error", urn, told(error))

    def _handle(self, event: Event) -> None:
        if isinstance(event, Registration):
            self._plan(event)
        elif isinstance(event, OutputsRegistration):
            self._set_outputs(event)
        elif isinstance(event, ProviderWanted):
            event.answer.set_result(self._default_provider(event.request))
        else:
            self.executor.wait()
            if not self.executor.stopped.is_set():
                self._delete_the_rest()
            self.finished = not self.executor.stopped.is_set()
            event.answer.set_result(None)

    def _plan(self, registration: Registration) -> None:
        goal = registration.goal
        if goal.default_provider and not goal.provider and not registration.problem:
            reference = self._default_provider(goal.default_provider)
            registration.goal = replace(goal, provider=reference)
        steps = self.planner.steps_for(registration)
        with self._arrived:
            ahead = self._events[0] if self._events else None
        if isinstance(ahead, Registration) and ahead.problem:
            raise EngineError(ahead.problem)
        self.executor.submit(steps)

    def default_provider(self, request: ProviderRequest) -> "Future[str]":
        """The reference of a default provider, for a function; it is made where it is not there yet."""
        event = ProviderWanted(request)
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
            urn = urns.make(self.planner.stack, self.planner.project, "", goal.type, goal.name)
            with self._arrived:
                self._claimed.add(urn)
            self.executor.submit(self.planner.steps_for(made := Registration(goal, urn)))
            provider = made.answer.result()
            self._default_references[request] = f"{provider.urn}::{provider.id}"
        return self._default_references[request]

    def _set_outputs(self, event: OutputsRegistration) -> None:
        if urns.is_root(event.urn):
            self._stack_outputs = event
        else:
            resource = self.executor.current.get(event.urn)
            if resource is None:
                raise EngineError(f"cannot complete a resource '{event.urn}' whose registration isn't pending")
            self._keep_outputs(resource, event.outputs)
        event.answer.set_result(None)

    def _finish_stack(self) -> None:
        """The stack's outputs become its own when the operation ends; after a failure none is taken away."""
        event = self._stack_outputs
        resource = self.executor.current.get(event.urn) if event else None
        if event is None or resource is None:
            return
        outputs = event.outputs
        old = self.planner.olds.get(event.urn)
        if old and not self.finished:
            outputs = {**old.outputs, **outputs}
        self._keep_outputs(resource, outputs)

    def _keep_outputs(self, resource: Resource, outputs: Props) -> None:
        resource.outputs = outputs
        step = self.executor.latest.get(resource.urn)
        if self.journal and not self.planner.options.preview and not (step and step.skipped):
            self.journal.note((resource,))

    def _delete_the_rest(self) -> None:
        from slipway.engine.plan.deletes import plan_deletes, unaffected

        unknown = self.planner.options.targets.unknown({*self.planner.olds, *self.planner.seen})
        for layer in plan_deletes(self.planner):
            chosen = unaffected(layer, self.executor.failures, self.planner)
            for future in [self.executor.submit([step]) for step in chosen]:
                future.exception()
            if self.executor.stopped.is_set():
                return
        if unknown:
            raise EngineError("\n".join(_unknown_target(urn) for urn in unknown))


def _unknown_target(urn: str) -> str:
    hint = "" if "$" in urn else " Did you forget to escape $ in your shell?"
    return f"Target '{urn}' could not be found in the stack.{hint}"
