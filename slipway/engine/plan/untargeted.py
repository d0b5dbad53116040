"""The decision about a resource that the options leave out: it stays as it was, with all that it needs."""

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planning import Planning
from slipway.engine.plan.steps import Registration, Step
from slipway.engine.plan.targets import needs_of
from slipway.engine.values import urn as urns


def untargeted_steps(planning: Planning, registration: Registration, old: Resource) -> list[Step]:
    """The steps that leave a resource as it was. Raises :class:`EngineError` where its provider is not to be had."""
    progress = planning.progress
    progress.kept.add(registration.urn)
    if old.provider and not planning.providers.has(old.provider):
        owner = urns.provider_urn(old.provider)
        if owner not in progress.olds or f"{owner}::{progress.olds[owner].id}" != old.provider:
            raise EngineError(f"could not find provider {old.provider} in old state")
        raise EngineError(
            f"provider {old.provider} for resource {registration.urn} has not been registered yet, this is due to a "
            "change of providers mixed with --target. Change your program back to the original providers"
        )
    return _stay(planning, old, registration)


def needed_before(planning: Planning, new: Resource) -> list[Step]:
    """The steps that leave as it was what a targeted resource needs and the program did not register."""
    if not planning.options.targets:
        return []
    steps = []
    for urn in needs_of(new):
        old = planning.progress.olds.get(urn)
        if old is not None and not _is_planned(planning, urn):
            steps += _stay(planning, old, None)
    return steps


def _is_planned(planning: Planning, urn: str) -> bool:
    progress = planning.progress
    urn = progress.aliased.get(urn, urn)
    return urn in progress.seen or urn in progress.kept or urn in progress.created or urn in progress.deleted


def _stay(planning: Planning, old: Resource, registration: Registration | None) -> list[Step]:
    progress = planning.progress
    if old.delete:
        return []
    progress.seen.add(old.urn)
    progress.kept.add(old.urn)
    steps = []
    for what, urn in old.relations():
        if _is_planned(planning, urn):
            continue
        needed = progress.olds.get(urn)
        if needed is None:
            raise EngineError(f"{what} {urn} of untargeted resource {old.urn} has no old state")
        steps += _stay(planning, needed, None)
    if old.provider:
        owner = progress.olds.get(urns.provider_urn(old.provider))
        if owner is not None and not _is_planned(planning, owner.urn):
            steps += _stay(planning, owner, None)
    return [*steps, Step(StepOp.SAME, old, old, registration)]
