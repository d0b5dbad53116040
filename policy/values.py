"""Plain data from what the engine sends: unknown and secret values become marks that no rule can misread."""

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeAlias, TypeGuard

from slipway.wire.signatures import OUTPUT, SIGNATURE, UNKNOWNS
from slipway.wire.signatures import SECRET as SECRET_SIGNATURE

Value: TypeAlias = Any
"""A value of a property: what JSON knows, or a `Mark`."""


FLAGS = frozenset(
    {
        *("privileged", "publishAllPorts", "grantAllPermissions", "readOnly", "publiclyAccessible", "makePublic"),
        *("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets", "AllowFromPublic"),
        *("egress", "disabled", "endpointPublicAccess", "invokerIamDisabled", "enforced", "forceHttps"),
        *("allowUnauthenticatedIdentities", "allowExternalPrincipals", "isPubliclyAccessible"),
        "uniformBucketLevelAccess",
    }
)
"""Properties that are true or false: a provider takes their texts for that (Go's ``strconv.ParseBool``)."""
TRUE, FALSE = frozenset({"1", "t", "T", "true", "TRUE", "True"}), frozenset({"0", "f", "F", "false", "FALSE", "False"})


class Mark(Enum):
    """A value that no rule reads."""

    UNKNOWN = "unknown until deployed"
    SECRET = "[secret]"  # noqa: S105  # what is shown in its place

    def __repr__(self) -> str:
        return self.value


UNKNOWN = Mark.UNKNOWN
SECRET = Mark.SECRET


def plain(value: Value) -> Value:
    """`value` of Pulumi's wire format with `UNKNOWN` and `SECRET` in place of what cannot or may not be read."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS else value
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def readable(value: Value) -> bool:
    """Whether a rule may judge by `value`: an unknown one is never a fault."""
    return not isinstance(value, Mark)


def unreadable(value: Value, name: str) -> Iterator[tuple[Mark, str, Callable[[Value], Value]]]:
    """Each mark in the value of a property, the name it stands under, and what puts something else in its place."""
    if isinstance(value, Mark):
        yield value, name, lambda other: other
    elif isinstance(value, Mapping):
        for key, part in value.items():
            for mark, under, put in unreadable(part, str(key)):
                yield mark, under, lambda other, key=key, put=put: {**value, key: put(other)}
    elif isinstance(value, list):
        for place, part in enumerate(value):
            for mark, under, put in unreadable(part, name):
                yield mark, under, lambda other, place=place, put=put: [*value[:place], put(other), *value[place + 1 :]]


def text(value: Value) -> TypeGuard[str]:
    """Whether `value` is a string that can be read."""
    return isinstance(value, str)


def items(value: Value) -> list[Value]:
    """The elements of a list, one of a single value, none of nothing or of a value that cannot be read."""
    if value is None or not readable(value):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def at(value: Value, path: str) -> Value:
    """What stands at the dotted `path`; None where nothing does; a mark where the way there cannot be read.

    A list on the way stands for its only element: Terraform's blocks come as lists of one or as the object itself.
    """
    for step in path.split("."):
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        if not readable(value):
            return value
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def decoded(value: Value) -> Value:
    """What a JSON string says, None where it says nothing readable; anything but a string as it is."""
    if not text(value):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def shown(value: Value) -> str:
    """`value` as a message says it: 3 rather than 3.0, `not set` rather than None."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f"'{value}'" if isinstance(value, str) else str(value)


def fault(what: str, value: Value, allowed: str) -> str:
    """The sentence of a finding: what, what was given, what is allowed."""
    return f"{what} is {shown(value)}; allowed: {allowed}"


def _object(value: Mapping[str, Value]) -> Value:
    signature = value.get(SIGNATURE)
    if signature is None:
        return {key: _flag(plain(item)) if key in FLAGS else plain(item) for key, item in value.items()}
    if signature == SECRET_SIGNATURE or (signature == OUTPUT and value.get("secret")):
        return SECRET
    if signature == OUTPUT:
        return plain(value["value"]) if "value" in value else UNKNOWN
    return dict(value)  # an asset, an archive, a reference: no rule looks inside


def _flag(value: Value) -> Value:
    """True or false for a text that a provider takes for it."""
    return value in TRUE if text(value) and value in TRUE | FALSE else value
