"""Who gets what in Google Cloud: members, bindings and whole policies read as one list of grants."""

from collections.abc import Iterator
from dataclasses import dataclass

from policy.model import Resource
from policy.values import UNKNOWN, Value, at, decoded, items, text

PUBLIC = frozenset({"allUsers", "allAuthenticatedUsers"})


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
            yield Grant(resource.get("role", UNKNOWN), one)
    document = resource.get("policyData")
    if text(document):
        for binding in _bindings(document):
            for member in items(binding.get("members")):
                yield Grant(binding.get("role", UNKNOWN), member)


def _bindings(document: str) -> list[dict[str, Value]]:
    """The bindings of a policy document; none of one the provider will refuse anyhow."""
    return [binding for binding in items(at(decoded(document), "bindings")) if isinstance(binding, dict)]
