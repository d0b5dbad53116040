"""A creation, and what it may take over: only what an interrupted creation of the same URN has made.

there? -> ours, from a creation that was cut off: brought to the inputs as they are now
       -> another's: the cloud's own refusal; where its call would write over it, ours
not there -> a claim on disk -> the cloud -> owned
"""

from typing import Any

from slipway.providers.protocol import diff, owners
from slipway.providers.protocol.handler import CloudError, Creation, Handler, Props, creation


def create(handler: Handler, cloud: Any, new: Props, record: owners.Owners, request: Creation) -> tuple[str, Props]:  # noqa: ANN401
    """The id and the properties of what is there afterwards. Raises :class:`CloudError`."""
    creation.set(request)
    type = _type(request.urn)
    id = handler.identify(cloud, new) if handler.identify else ""
    claims = record.claims(type, id) if id else []
    if handler.overwrites:
        _refuse_another(handler, cloud, type, id, owners.another(claims, request.urn))
    elif id:
        there = handler.calls.read(cloud, id)
        if there is not None and owners.proven(claims, request.urn, resumes=request.resumes):
            made_id, outputs = _taken_over(handler, cloud, handler.id_at(cloud, id), there, new)
            record.own(type, id, request.urn)
            return made_id, outputs
        if there is None:
            record.begin(type, id, request.urn)
    try:
        made_id, outputs = handler.calls.create(cloud, new)
    except CloudError as error:
        # What failed half-way is there and is this resource's; what was refused is not.
        if error.id:
            record.own(type, id or error.id, request.urn)
        elif id and not handler.overwrites:
            record.withdraw(type, id, request.urn)
        raise
    record.own(type, id or made_id, request.urn)
    return made_id, outputs


def owned(handler: Handler, cloud: Any, urn: str, id: str, state: Props, record: owners.Owners) -> None:  # noqa: ANN401
    """Note that a thing which a state holds, and which is there, is its resource's."""
    type, address = _type(urn), _address(handler, cloud, id, state)
    if not any(claim.urn == urn and not claim.pending for claim in record.claims(type, address)):
        record.own(type, address, urn)


def freed(handler: Handler, cloud: Any, urn: str, id: str, state: Props, record: owners.Owners) -> None:  # noqa: ANN401
    """Note that a thing is gone."""
    record.free(_type(urn), _address(handler, cloud, id, state))


def _address(handler: Handler, cloud: Any, id: str, state: Props) -> str:  # noqa: ANN401
    try:
        return handler.identify(cloud, state) if handler.identify else id
    except (KeyError, CloudError):  # a state that lacks an input, as an import's may
        return id


def _taken_over(handler: Handler, cloud: Any, id: str, there: Props, new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """Finish what the interrupted creation began; begin again where it cannot be changed into what is asked for now."""
    before = {key: there[key] for key in new if key in there}
    changes = diff.changes(before, {key: new[key] for key in before}, replace_on=handler.replace_on)
    if handler.calls.update is not None and not any(change.replaces for change in changes):
        return id, handler.calls.update(cloud, id, before, new)
    handler.calls.delete(cloud, id, there)
    return handler.calls.create(cloud, new)


def _refuse_another(handler: Handler, cloud: Any, type: str, id: str, urn: str) -> None:  # noqa: ANN401
    if urn and handler.calls.read(cloud, id) is not None:
        raise CloudError(
            f"creating {type} ({id}): it is there already, created by {urn}. The cloud itself would write over it "
            "without a word, so the sandbox refuses it: give one of the two another name, or, where the resource was "
            "renamed in the program, declare an alias of its old name"
        )


def _type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]
