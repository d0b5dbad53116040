"""What each kind of step does to the state: which entries are put in it, and which are taken out."""

from collections.abc import Callable

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.wire.values import is_secret, secret

Changes = tuple[tuple[Resource, ...], tuple[Resource, ...]]


def _replaced(step: Step) -> Changes:
    """The new one is put; the old one goes, unless it still has to be deleted."""
    if step.old is None or step.old is step.new:
        return (step.after,), ()
    return ((step.after, step.old), ()) if step.old.delete else ((step.after,), (step.old,))


def _removed(step: Step) -> Changes:
    return ((step.before,), ()) if step.pending_replacement else ((), (step.before,))


def _unchanged(step: Step) -> Changes:
    return (), ()


CHANGES: dict[StepOp, Callable[[Step], Changes]] = {
    StepOp.SAME: _replaced,
    StepOp.CREATE: _replaced,
    StepOp.CREATE_REPLACEMENT: _replaced,
    StepOp.UPDATE: _replaced,
    StepOp.READ: _replaced,
    StepOp.READ_REPLACEMENT: _replaced,
    StepOp.IMPORT: _replaced,
    StepOp.IMPORT_REPLACEMENT: _replaced,
    StepOp.DELETE: _removed,
    StepOp.DELETE_REPLACED: _removed,
    StepOp.DISCARD: _removed,
    StepOp.DISCARD_REPLACED: _removed,
    StepOp.REMOVE_PENDING_REPLACE: _removed,
    StepOp.REPLACE: _unchanged,
}


def keep_secrets(resource: Resource) -> None:
    """Mark the outputs that the program wants to be secret, and those whose input of the same name is."""
    sealed = {*resource.additionalSecretOutputs, *(name for name, value in resource.inputs.items() if is_secret(value))}
    resource.outputs = {name: secret(value) if name in sealed else value for name, value in resource.outputs.items()}
