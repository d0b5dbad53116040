"""The decision whether a resource that the program wants is valid: its provider's, by Check."""

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.interrupted import names_kept
from slipway.engine.plan.planning import Planning
from slipway.engine.providers.protocol import Serves, Subject
from slipway.engine.values import urn as urns
from slipway.wire.values import Props, masked


class InvalidError(EngineError):
    """A resource that cannot be planned; its diagnostics have been reported."""


def checked_inputs(
    planning: Planning, new: Resource, served: Serves, inputs: Props, old: Resource | None, seed: bytes = b""
) -> Props:
    """``inputs`` as the provider completes them. Raises :class:`InvalidError`.

    ``old`` is the resource whose drawn names and defaults stay; None for a resource that is made anew. A name is drawn
    from ``seed``, where one is given.
    """
    subject = Subject(
        new.urn,
        inputs=inputs,
        old_inputs=old.inputs if old else {},
        preview=planning.options.preview,
        seed=seed,
    )
    checked = served.check(subject, keep_old=old is not None)
    for name, reason in checked.failures:
        value = f" = {masked(checked.inputs.get(name))!r}" if name in checked.inputs else ""
        problem = f"property {name}{value} has a problem: {reason}" if name else f"is invalid: {reason}"
        planning.tell("error", new.urn, f"{new.type} resource '{urns.name_of(new.urn)}': {problem}")
    if checked.failures:
        raise InvalidError(f"resource {new.urn} is invalid")
    interrupted = planning.progress.interrupted.get(new.urn) if old is None else None
    return names_kept(inputs, checked.inputs, interrupted) if interrupted else checked.inputs
