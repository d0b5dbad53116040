"""What is asked of a provider for each kind of step, and what its answer makes of the resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slipway.engine.checkpoint import state
from slipway.engine.plan.interrupted import resumes
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.providers.protocol import ProviderError, Serves, Subject
from slipway.engine.providers.registry import Registry
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props


@dataclass(frozen=True)
class Calls:
    """The providers, and how they are asked."""

    providers: Registry
    preview: bool
    interrupted: Mapping[str, Props]
    """By URN, the inputs of creations that an earlier operation was cut off from."""

    def make(self, step: Step) -> None:
        """Ask for one step; its resource is then as it became. Raises :class:`ProviderError` for a refusal."""
        _APPLY[step.op](self, step)

    def _same(self, step: Step) -> None:
        new, old = step.after, step.old
        if step.skipped or old is None or new is old:
            if old is not None and old.custom and urns.is_provider_type(old.type):
                self.providers.same(old)
            return
        new.outputs = old.outputs
        if urns.is_provider_type(new.type):
            self.providers.same(new)

    def _create(self, step: Step) -> None:
        new = step.after
        if step.provider is not None:
            new.id, new.outputs = step.provider.create(self._subject(step, new.customTimeouts.get("create", 0)))
            if not new.id and not self.preview:
                raise ProviderError("provider did not return an ID from Create", outcome_unknown=True)
        new.created = new.modified = state.now()
        if step.pending_delete and step.old is not None:
            step.old.delete = True

    def _update(self, step: Step) -> None:
        new = step.after
        if step.provider is not None:
            new.outputs = step.provider.update(self._subject(step, new.customTimeouts.get("update", 0)))
            new.modified = state.now()

    def _delete(self, step: Step) -> None:
        old = step.before
        if not self.preview and step.calls_provider():
            served = step.provider or self.providers.for_resource(old)
            if served is None:
                raise ValueError(f"the custom resource {old.urn} has no provider")
            served.delete(self._subject(step, old.customTimeouts.get("delete", 0)))
        if step.pending_replacement:
            old.pendingReplacement = True

    def _read(self, step: Step) -> None:
        new, old = step.after, step.old
        if new.id != UNKNOWN:
            answer = _provider(step).read(Subject(new.urn, new.id, new.inputs, new.inputs, new.inputs))
            if answer.outputs is None:
                raise ProviderError(f"resource '{new.id}' does not exist")
            new.id, new.outputs = answer.id or new.id, answer.outputs
        if old is not None:
            new.created, new.modified = old.created, old.modified
            if step.op is StepOp.READ_REPLACEMENT:
                old.delete = True

    def _import(self, step: Step) -> None:
        """Read what exists; the planner then compares it with what the program describes."""
        new = step.after
        answer = _provider(step).read(Subject(new.urn, new.importID))
        if answer.outputs is None:
            raise ProviderError(f"resource '{new.importID}' does not exist")
        if answer.inputs is None:
            package = urns.package_of(new.type)
            raise ProviderError(
                f"provider does not support importing resources; please try updating the '{package}' plugin"
            )
        new.id, new.inputs, new.outputs = answer.id or new.importID, answer.inputs, answer.outputs
        new.created = new.modified = state.now()
        if step.answers is not None:  # nothing follows: the command adopts it, and the program may not name its id
            new.importID = ""
        if step.op is StepOp.IMPORT_REPLACEMENT:
            step.before.delete = True

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


def _provider(step: Step) -> Serves:
    if step.provider is None:
        raise ValueError(f"the step {step.op} of {step.urn} has no provider")
    return step.provider


_APPLY: dict[StepOp, Callable[[Calls, Step], None]] = {
    StepOp.SAME: Calls._same,
    StepOp.CREATE: Calls._create,
    StepOp.CREATE_REPLACEMENT: Calls._create,
    StepOp.UPDATE: Calls._update,
    StepOp.DELETE: Calls._delete,
    StepOp.DELETE_REPLACED: Calls._delete,
    StepOp.DISCARD: Calls._delete,
    StepOp.DISCARD_REPLACED: Calls._delete,
    StepOp.READ: Calls._read,
    StepOp.READ_REPLACEMENT: Calls._read,
    StepOp.IMPORT: Calls._import,
    StepOp.IMPORT_REPLACEMENT: Calls._import,
    StepOp.REPLACE: Calls._nothing,
    StepOp.REMOVE_PENDING_REPLACE: Calls._nothing,
}
