"""Who gets what in Google Cloud: members, bindings, whole policies and access lists read as one list of grants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policy.model import Resource
from policy.values import UNKNOWN, Value, at, decoded, items, text

PUBLIC = frozenset(
    {
        "allUsers",
        "allAuthenticatedUsers",
        "principalSet://goog/public:all",
        "principalSet://goog/public:allAuthenticated",
    }
)
ANY_CASE = frozenset(map(str.casefold, PUBLIC))
CANNED = ("public", "authenticatedRead")
"""How the names of Cloud Storage's canned access lists begin that let everybody read."""
TEXTS = frozenset({"labels", "annotations", "metadata", "description", "displayName", "name", "title", "content"})
"""Properties whose values are words for people."""


@dataclass(frozen=True)
class Grant:
    """`role` to `member`; either may be a mark where it cannot be read."""

    role: Value
    member: Value


def grants(resource: Resource) -> Iterator[Grant]:
    """The grants of an IAMMember (one), an IAMBinding (one a member) or an IAMPolicy (all of its document)."""
    members = [resource.props[key] for key in ("member", "members") if key in resource.props]
    for member in members:
        for one in items(member) or [UNKNOWN]:
            yield Grant(_stripped(resource.get("role", UNKNOWN)), _stripped(one))
    for binding in _bindings(resource.get("policyData")):
        for member in items(binding.get("members")):
            yield Grant(_stripped(binding.get("role", UNKNOWN)), _stripped(member))


def public_members(resource: Resource) -> Iterator[str]:
    """Whatever stands for everybody, in whatever property: a member, an entity of an access list, a canned list."""
    for name, value in resource.props.items():
        if name not in TEXTS:
            yield from _public(name, value)


def _public(name: str, value: Value) -> Iterator[str]:
    value = decoded(value) if text(value) and value.lstrip().startswith(("{", "[")) else value
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in TEXTS:
                yield from _public(str(key), part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _public(name, part)
    elif text(value) and _is_public(name, value.strip()):
        yield value


def _is_public(name: str, value: str) -> bool:
    if value.casefold() in ANY_CASE or value.casefold().partition(":")[2] in ("allusers", "allauthenticatedusers"):
        # READER:allUsers is an entity of an access list; user:allUsers would be an address without a host.
        return True
    return name.lower().endswith("acl") and value.startswith(CANNED)


def _bindings(document: Value) -> list[dict[str, Value]]:
    """The bindings of a policy document; none of one the provider will refuse anyhow."""
    return [binding for binding in items(at(decoded(document), "bindings")) if isinstance(binding, dict)]


def _stripped(value: Value) -> Value:
    return value.strip() if text(value) else value
