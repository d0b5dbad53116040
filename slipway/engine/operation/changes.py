"""What each kind of step does to the state: which entries are put in it, and which are taken out."""

from collections.abc import Callable

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.steps import Step
from slipway.wire.values import is_secret, secret

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


CHANGES: dict[str, Callable[[Step], Changes]] = {
    **dict.fromkeys(("same", "create", "create-replacement", "update", "read", "import"), _replaced),
    **dict.fromkeys(("read-replacement", "import-replacement"), _replaced),
    **dict.fromkeys(("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"), _removed),
    "replace": _unchanged,
}


def keep_secrets(resource: Resource) -> None:
    """An output is secret where the program says so, and where the input of the same name is."""
    sealed = {*resource.additionalSecretOutputs, *(name for name, value in resource.inputs.items() if is_secret(value))}
    resource.outputs = {name: secret(value) if name in sealed else value for name, value in resource.outputs.items()}
