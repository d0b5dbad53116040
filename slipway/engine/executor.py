"""Applies steps: asks the provider, and keeps the state on disk before and after.

For every step that asks a provider: a pending operation is durable before the call, its end is durable before anybody
who waits for the resource goes on (ENGINE.md, "Invariants of an operation").
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from slipway.engine import diffs, state
from slipway.engine import urn as urns
from slipway.engine.errors import EngineError
from slipway.engine.faults import fault_point
from slipway.engine.journal import Journal
from slipway.engine.planner import Tell
from slipway.engine.provider import Partial, ProviderError, Serves, Subject
from slipway.engine.registry import Registry
from slipway.engine.state import Resource
from slipway.engine.steps import PENDING, Step
from slipway.engine.values import UNKNOWN, is_secret, masked, secret


class Watches(Protocol):
    """What is told of each step, for a person or for ``--json``."""

    def began(self, step: Step) -> None: ...  # noqa: D102
    def ended(self, step: Step, problem: str) -> None: ...  # noqa: D102


Hooks = Callable[[str, Step], None]
"""Run the program's hooks of one moment (``before_create``) for a step."""


class Stopped(Exception):  # noqa: N818 - an announcement, not an error
    """The operation goes no further; the reason has been told."""


class Executor:
    """Runs chains of steps, as many at a time as ``parallel`` says; the first failure stops what has not begun."""

    def __init__(
        self, journal: Journal | None, providers: Registry, watch: Watches, tell: Tell, *, parallel: int, preview: bool
    ) -> None:
        self._journal, self._providers, self._watch, self._tell = journal, providers, watch, tell
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
        for step in chain:
            if self.stopped.is_set():
                break
            try:
                self.apply(step)
            except EngineError as error:  # a protected resource: everything else goes on
                self._fail(step, str(error))
            except Exception as error:
                self._fail(step, str(error) or type(error).__name__)
                self.stop()
                if not isinstance(error, ProviderError | OSError):
                    raise
                break
        for step in chain:
            if step.answers and not step.answers.answer.done():
                step.answers.answer.set_exception(Stopped())

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
            raise EngineError(
                f'resource "{urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the '
                "`protect` flag from the resource in your Pulumi program and run `pulumi up`, or use the command:\n"
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
            _APPLY[step.op](self, step)
            fault_point("answer-received")
        except ProviderError as error:
            self._keep_partial(step, error.partial, number)
            raise
        except BaseException:
            self._forget(number)
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
        new.initErrors = partial.reasons
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
            _keep_secrets(new)
            with self._guard:
                self.current[new.urn] = new
                if step.logical:
                    self.latest[new.urn] = step
        if new is not None and step.op == "replace":
            with self._guard:
                self.latest[new.urn] = step
        if self._journal is None or self._preview or step.skipped:
            return
        put, drop = _CHANGES[step.op](step)
        if new is not None and old is not None and old.urn != new.urn:
            put += self._rename(old.urn, new.urn)
        if new is not None and new is old:
            self._journal.note((), (old,))
        if number is not None:
            self._journal.end(number, put, drop)
        elif put or drop:
            self._journal.note(put, drop)

    def _rename(self, old: str, new: str) -> tuple[Resource, ...]:
        """Let what the operation has not come to yet refer to a resource by its new name; what changed by that."""
        assert self._journal
        return tuple(item for item in self.old if item.rename({old: new}) and self._journal.holds_old(item))

    def _same(self, step: Step) -> None:
        new, old = step.new, step.old
        assert new is not None
        if step.skipped or old is None or new is old:
            if old is not None and old.custom and urns.is_provider_type(old.type):
                self._providers.same(old)
            return
        new.outputs = old.outputs
        if urns.is_provider_type(new.type):
            self._providers.same(new)

    def _create(self, step: Step) -> None:
        new = step.new
        assert new is not None
        if step.provider is not None:
            new.id, new.outputs = step.provider.create(self._subject(step, new.customTimeouts.get("create", 0)))
            if not new.id and not self._preview:
                raise ProviderError("provider did not return an ID from Create")
        new.created = new.modified = state.now()
        if step.pending_delete and step.old is not None:
            step.old.delete = True

    def _update(self, step: Step) -> None:
        new = step.new
        assert new is not None
        if step.provider is not None:
            new.outputs = step.provider.update(self._subject(step, new.customTimeouts.get("update", 0)))
            new.modified = state.now()
        elif step.old is not None:
            new.outputs = step.old.outputs

    def _delete(self, step: Step) -> None:
        old = step.old
        assert old is not None
        if not self._preview and step.calls_provider():
            served = step.provider or self._providers.for_resource(old)
            assert served is not None
            served.delete(self._subject(step, old.customTimeouts.get("delete", 0)))
        if step.pending_replacement:
            old.pendingReplacement = True

    def _read(self, step: Step) -> None:
        new, old = step.new, step.old
        assert new is not None
        assert step.provider is not None
        if new.id != UNKNOWN:
            found = step.provider.read(Subject(new.urn, new.id, new.inputs, new.inputs, new.inputs))
            if found.outputs is None:
                raise ProviderError(f"resource '{new.id}' does not exist")
            new.id, new.outputs = found.id or new.id, found.outputs
        if old is not None:
            new.created, new.modified = old.created, old.modified
            if step.op == "read-replacement":
                old.delete = True

    def _import(self, step: Step) -> None:
        new = step.new
        assert new is not None
        assert step.provider is not None
        found = step.provider.read(Subject(new.urn, new.id))
        if found.outputs is None:
            raise ProviderError(f"resource '{new.id}' does not exist")
        if found.inputs is None:
            package = urns.package_of(new.type)
            raise ProviderError(
                f"provider does not support importing resources; please try updating the '{package}' plugin"
            )
        new.id, new.outputs = found.id or new.id, found.outputs
        was = replace(new, inputs=found.inputs, outputs=found.outputs, key=0)
        self._check_import(step, new, was, step.provider)
        new.created = new.modified = state.now()
        if step.op == "import-replacement" and step.old is not None:
            step.old.delete = True

    def _check_import(self, step: Step, new: Resource, was: Resource, served: Serves) -> None:
        """What is imported must be what the program describes."""
        inputs = diffs.ignoring(new.inputs, was.inputs, step.ignore)
        checked = served.check(Subject(new.urn, inputs=inputs, old_inputs=was.inputs), keep_old=True)
        for name, reason in checked.failures:
            shown = masked(checked.inputs.get(name))
            self._tell("error", new.urn, f"property {name} = {shown!r} has a problem: {reason}")
        if checked.failures:
            raise ProviderError("one or more inputs failed to validate")
        new.inputs = checked.inputs
        diff = diffs.ask(served, was, new.urn, new.inputs, step.ignore, preview=self._preview)
        step.diffs, step.detailed = diff.changed, diff.detailed
        if diff.some:
            told = f"inputs to import do not match the existing resource: [{' '.join(diff.changed)}]"
            if not self._preview:
                raise ProviderError(told)
            self._tell("warning", new.urn, f"{told}; importing this resource will fail")

    def _nothing(self, step: Step) -> None:
        """A step that is there to be seen, or that only the state needs."""

    def _subject(self, step: Step, timeout: float) -> Subject:
        old, new = step.old, step.new
        return Subject(
            step.urn,
            id=old.id if old else "",
            old_inputs=old.inputs if old else {},
            old_outputs=old.outputs if old else {},
            inputs=new.inputs if new else {},
            timeout=timeout,
            preview=self._preview,
            ignore=step.ignore,
        )


_APPLY: dict[str, Callable[[Executor, Step], None]] = {
    "same": Executor._same,  # noqa: SLF001
    "create": Executor._create,  # noqa: SLF001
    "create-replacement": Executor._create,  # noqa: SLF001
    "update": Executor._update,  # noqa: SLF001
    "delete": Executor._delete,  # noqa: SLF001
    "delete-replaced": Executor._delete,  # noqa: SLF001
    "discard": Executor._delete,  # noqa: SLF001
    "discard-replaced": Executor._delete,  # noqa: SLF001
    "read": Executor._read,  # noqa: SLF001
    "read-replacement": Executor._read,  # noqa: SLF001
    "import": Executor._import,  # noqa: SLF001
    "import-replacement": Executor._import,  # noqa: SLF001
    "replace": Executor._nothing,  # noqa: SLF001
    "remove-pending-replace": Executor._nothing,  # noqa: SLF001
}

_HOOKS = {
    "create": "create",
    "create-replacement": "create",
    "update": "update",
    "delete": "delete",
    "delete-replaced": "delete",
}

Changes = tuple[tuple[Resource, ...], tuple[Resource, ...]]


def _replaced(step: Step) -> Changes:
    """The new one is put; the old one goes, unless it still has to be deleted."""
    assert step.new is not None
    if step.old is None or step.old is step.new:
        return (step.new,), ()
    return ((step.new, step.old), ()) if step.old.delete else ((step.new,), (step.old,))


def _removed(step: Step) -> Changes:
    assert step.old is not None
    return ((step.old,), ()) if step.pending_replacement else ((), (step.old,))


def _unchanged(step: Step) -> Changes:
    return (), ()


_CHANGES: dict[str, Callable[[Step], Changes]] = {
    **dict.fromkeys(("same", "create", "create-replacement", "update", "read", "import"), _replaced),
    **dict.fromkeys(("read-replacement", "import-replacement"), _replaced),
    **dict.fromkeys(("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"), _removed),
    "replace": _unchanged,
}


def _keep_secrets(resource: Resource) -> None:
    """An output is secret where the program says so, and where the input of the same name is."""
    sealed = {*resource.additionalSecretOutputs, *(name for name, value in resource.inputs.items() if is_secret(value))}
    resource.outputs = {name: secret(value) if name in sealed else value for name, value in resource.outputs.items()}
