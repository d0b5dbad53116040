"""AWS policy documents, wherever a resource has one: JSON in a string, or the object itself, read in one form."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy.model import Resource
from policy.values import Value, items, text

DOCUMENT = r"(?i).*polic(y|ies)|.*document|policy_?text|content"
"""How properties are called that hold a policy document."""
NO_GRANTS = ("aws:organizations/policy:Policy",)
"""Documents that look like permissions and only limit those that others grant."""

TRUST = ("assumeRolePolicy", "assumeRolePolicyDocument")
"""The properties that say who may become a role, which have rules of their own."""


CHOSEN = re.compile(
    r"(?i)\$\{\s*(aws:(principaltag|requesttag)/[^}]*|aws:(useragent|referer|sourceidentity|calledvia\w*)"
    r"|sts:(rolesessionname|sourceidentity|externalid)|s3:[\w-]+)\s*(,[^}]*)?\}"
)
"""Variables of a policy whose value the caller, or who may tag it, chooses: they stand for any name.

A caller's own name or id (`${aws:username}`, a token's `sub`) is the account's or the issuer's to give.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""


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

    @property
    def grants_by_resource(self) -> bool:
        """Whether it stands on a resource and names callers, rather than on an identity."""
        return bool(self.principals) or "NotPrincipal" in self.negated


def permissions(resource: Resource) -> Iterator[Statement]:
    """The statements of an identity's permissions, in whatever property they stand."""
    if resource.type in NO_GRANTS:
        return
    for name, value in resource.props.items():
        if name not in TRUST:
            yield from (one for one in _anywhere(value) if not one.grants_by_resource)


def resource_statements(resource: Resource) -> Iterator[Statement]:
    """The statements that say who may use the resource, in whatever property they stand; a role's trust left out."""
    for name, value in resource.props.items():
        if name not in TRUST:
            yield from (one for one in _anywhere(value) if one.grants_by_resource)


def statements(document: Value) -> Iterator[Statement]:
    """The statements of one document; none where it cannot be read or is no document: the provider refuses it."""
    document = _decoded(document)
    if isinstance(document, Mapping):
        for raw in items(_lower_keys(document).get("statement")):
            if isinstance(raw, Mapping):
                yield _statement(_lower_keys(raw))


def _anywhere(value: Value) -> Iterator[Statement]:
    """The statements of every document in a value."""
    value = _decoded(value)
    if isinstance(value, Mapping):
        yield from statements(value)
        for part in value.values():
            yield from _anywhere(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _anywhere(part)


def _decoded(value: Value) -> Value:
    """A text of JSON as what it says, however often it was encoded; a key that is written twice has both its values."""
    for _ in range(3):
        if not text(value) or not value.lstrip().startswith(("{", "[", '"')):
            return value
        try:
            value = json.loads(value, object_pairs_hook=_merged)
        except ValueError:
            return None
    return value


def _merged(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for key, value in pairs:
        merged[key] = [*items(merged[key]), *items(value)] if key in merged else value
    return merged


def _lower_keys(raw: Mapping[str, Value]) -> dict[str, Value]:
    return {str(key).lower(): value for key, value in raw.items()}


def _statement(raw: Mapping[str, Value]) -> Statement:
    conditions = raw.get("condition")
    return Statement(
        allows=str(raw.get("effect")).strip().lower() == "allow",
        actions=_words(raw.get("action")),
        resources=tuple(CHOSEN.sub("*", pattern) for pattern in _words(raw.get("resource"))),
        negated=tuple(key for key in ("NotAction", "NotResource", "NotPrincipal") if key.lower() in raw),
        principals=tuple(_principals(raw.get("principal"))),
        conditions={
            operator: {key.lower(): _words(values) for key, values in keys.items()}
            for operator, keys in (conditions if isinstance(conditions, Mapping) else {}).items()
            if isinstance(keys, Mapping)
        },
    )


def _principals(raw: Value) -> Iterator[tuple[str, str]]:
    """`"*"` alone means the same as `{"AWS": "*"}`."""
    for part in items(raw):
        if text(part):
            yield "AWS", part.strip()
        elif isinstance(part, Mapping):
            for kind, names in part.items():
                yield from ((kind, name.strip()) for name in _words(names))


def _words(raw: Value) -> tuple[str, ...]:
    return tuple(word.strip() if isinstance(word, str) else str(word).lower() for word in items(raw) if _is_word(word))


def _is_word(word: Value) -> bool:
    return text(word) or isinstance(word, bool | int)
