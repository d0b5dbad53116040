"""AWS policy documents: JSON in a string, or the object itself, read as statements of one form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policy.model import Resource
from policy.values import Value, decoded, items, text

DOCUMENTS = {
    "aws:iam/policy:Policy": ("policy",),
    "aws:iam/rolePolicy:RolePolicy": ("policy",),
    "aws:iam/userPolicy:UserPolicy": ("policy",),
    "aws:iam/groupPolicy:GroupPolicy": ("policy",),
    "aws:iam/role:Role": ("inlinePolicies.policy",),
}
"""Where permissions of an identity are written."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; single values are lists of one, so that a rule has one form to read."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    negated: tuple[str, ...]
    """Which of NotAction, NotResource and NotPrincipal it uses."""
    principals: tuple[tuple[str, str], ...]
    """(kind, name), as in ("AWS", "*")."""
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Operator → key in lower case → values."""


def permissions(resource: Resource) -> Iterator[Statement]:
    """The statements of every document in which an identity's permissions stand."""
    for path in DOCUMENTS.get(resource.type, ()):
        head, _, tail = path.partition(".")
        for entry in items(resource.get(head)):
            yield from statements(entry.get(tail) if tail and isinstance(entry, Mapping) else entry)


def statements(document: Value) -> Iterator[Statement]:
    """The statements of one document; none where it cannot be read or is no document: the provider says so."""
    document = decoded(document)
    if isinstance(document, Mapping):
        for raw in items(document.get("Statement")):
            if isinstance(raw, Mapping):
                yield _statement(raw)


def _statement(raw: Mapping[str, Value]) -> Statement:
    return Statement(
        allows=raw.get("Effect") == "Allow",
        actions=_words(raw.get("Action")),
        resources=_words(raw.get("Resource")),
        negated=tuple(key for key in ("NotAction", "NotResource", "NotPrincipal") if key in raw),
        principals=tuple(_principals(raw.get("Principal"))),
        conditions={
            operator: {key.lower(): _words(values) for key, values in keys.items()}
            for operator, keys in (raw.get("Condition") or {}).items()
            if isinstance(keys, Mapping)
        },
    )


def _principals(raw: Value) -> Iterator[tuple[str, str]]:
    """`"*"` alone means the same as `{"AWS": "*"}`."""
    if text(raw):
        yield "AWS", raw
    elif isinstance(raw, Mapping):
        for kind, names in raw.items():
            yield from ((kind, name) for name in _words(names))


def _words(raw: Value) -> tuple[str, ...]:
    return tuple(word for word in items(raw) if text(word))
