"""Adopting a resource that exists: ``import_`` in the program."""

from dataclasses import replace

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan import diffs
from slipway.engine.plan.planner import Tell
from slipway.engine.plan.steps import Step
from slipway.engine.providers.protocol import ProviderError, Subject
from slipway.engine.values import urn as urns
from slipway.wire.values import masked


def import_resource(step: Step, tell: Tell, *, preview: bool) -> None:
    """Read what exists and make the step's resource of it. Raises :class:`ProviderError` where they do not match."""
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
    _check(step, new, was, tell, preview)
    new.created = new.modified = state.now()
    if step.op == "import-replacement" and step.old is not None:
        step.old.delete = True


def _check(step: Step, new: Resource, was: Resource, tell: Tell, preview: bool) -> None:
    """What is imported must be what the program describes."""
    served = step.provider
    assert served is not None
    inputs = diffs.ignoring(new.inputs, was.inputs, step.ignore)
    checked = served.check(Subject(new.urn, inputs=inputs, old_inputs=was.inputs), keep_old=True)
    for name, reason in checked.failures:
        shown = masked(checked.inputs.get(name))
        tell("error", new.urn, f"property {name} = {shown!r} has a problem: {reason}")
    if checked.failures:
        raise ProviderError("one or more inputs failed to validate")
    new.inputs = checked.inputs
    diff = diffs.ask(served, was, new.urn, new.inputs, step.ignore, preview=preview)
    step.diffs, step.detailed = diff.changed, diff.detailed
    if diff.some:
        told = f"inputs to import do not match the existing resource: [{' '.join(diff.changed)}]"
        if not preview:
            raise ProviderError(told)
        tell("warning", new.urn, f"{told}; importing this resource will fail")
