"""What is asked of a provider for each kind of step, and what its answer makes of the resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slipway.engine.checkpoint import state
from slipway.engine.operation.imports import import_resource
from slipway.engine.plan.interrupted import resumes
from slipway.engine.plan.planner import Tell
from slipway.engine.plan.steps import Step
from slipway.engine.providers.protocol import ProviderError, Subject
from slipway.engine.providers.registry import Registry
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props


@dataclass(frozen=True)
class Calls:
    """The providers, and how they are asked."""

    providers: Registry
    tell: Tell
    preview: bool
    interrupted: Mapping[str, Props]
    """By URN, the inputs of creations that an earlier operation was cut off from."""

    def make(self, step: Step) -> None:
        """Ask for one step; its resource is then what it became. Raises :class:`ProviderError` for a refusal."""
        _APPLY[step.op](self, step)

    def _same(self, step: Step) -> None:
        new, old = step.new, step.old
        assert new is not None
        if step.skipped or old is None or new is old:
            if old is not None and old.custom and urns.is_provider_type(old.type):
                self.providers.same(old)
            return
        new.outputs = old.outputs
        if urns.is_provider_type(new.type):
            self.providers.same(new)

    def _create(self, step: Step) -> None:
        new = step.new
        assert new is not None
        if step.provider is not None:
            new.id, new.outputs = step.provider.create(self._subject(step, new.customTimeouts.get("create", 0)))
            if not new.id and not self.preview:
                raise ProviderError("provider did not return an ID from Create", outcome_unknown=True)
        new.created = new.modified = state.now()
        if step.pending_delete and step.old is not None:
            step.old.delete = True

    def _update(self, step: Step) -> None:
        new = step.new
        assert new is not None
        if step.provider is not None:
            new.outputs = step.provider.update(self._subject(step, new.customTimeouts.get("update", 0)))
            new.modified = state.now()

    def _delete(self, step: Step) -> None:
        old = step.old
        assert old is not None
        if not self.preview and step.calls_provider():
            served = step.provider or self.providers.for_resource(old)
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
        import_resource(step, self.tell, preview=self.preview)

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
            preview=self.preview,
            ignore=step.ignore,
            resumes=new is not None and resumes(self.interrupted, new),
        )


_APPLY: dict[str, Callable[[Calls, Step], None]] = {
    "same": Calls._same,
    "create": Calls._create,
    "create-replacement": Calls._create,
    "update": Calls._update,
    "delete": Calls._delete,
    "delete-replaced": Calls._delete,
    "discard": Calls._delete,
    "discard-replaced": Calls._delete,
    "read": Calls._read,
    "read-replacement": Calls._read,
    "import": Calls._import,
    "import-replacement": Calls._import,
    "replace": Calls._nothing,
    "remove-pending-replace": Calls._nothing,
}
