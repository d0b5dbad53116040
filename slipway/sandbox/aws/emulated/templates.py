"""Arguments of AWS's calls as templates: ``{"VpcId": "{vpcId}"}`` with a resource's inputs is ``{"VpcId": "vpc-1"}``.

A text that is one placeholder becomes the value itself, whatever its type; one that is more becomes a text. What has no
value is left out, with what is empty then. ``{routes:shape}`` writes a nested value's keys as AWS does
(``maxCount`` -> ``MaxCount``).
"""

import re
from collections.abc import Mapping
from typing import Any

from slipway.sandbox.aws.words import capital
from slipway.sandbox.handler import Props

PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_]+)(:shape)?\}")


def filled(template: Any, values: Props) -> Any:  # noqa: ANN401 - any JSON
    """The template with values in it; None where nothing is left of it."""
    if isinstance(template, Mapping):
        parts = {key: filled(part, values) for key, part in template.items()}
        return {key: part for key, part in parts.items() if part is not None} or None
    if isinstance(template, list):
        return [part for part in (filled(part, values) for part in template) if part is not None] or None
    if not isinstance(template, str):
        return template
    if matched := PLACEHOLDER.fullmatch(template):
        value = values.get(matched[1])
        return shaped(value) if matched[2] else value
    names = [matched[1] for matched in PLACEHOLDER.finditer(template)]
    if any(values.get(name) is None for name in names):
        return None
    return PLACEHOLDER.sub(lambda matched: str(values[matched[1]]), template)


def names(template: Any) -> frozenset[str]:  # noqa: ANN401
    """The names of all values that a template asks for."""
    if isinstance(template, Mapping):
        return frozenset().union(*(names(part) for part in template.values()))
    if isinstance(template, list):
        return frozenset().union(*(names(part) for part in template))
    return frozenset(matched[1] for matched in PLACEHOLDER.finditer(template)) if isinstance(template, str) else _NONE


def shaped(value: Any) -> Any:  # noqa: ANN401
    """A nested value with AWS's capital keys."""
    if isinstance(value, Mapping):
        return {capital(key): shaped(part) for key, part in value.items() if part is not None}
    return [shaped(part) for part in value] if isinstance(value, list) else value


def same(keys: str) -> dict[str, str]:
    """Inputs that AWS calls by the same word with a capital: ``vpcId`` -> ``{"VpcId": "{vpcId}"}``."""
    return {capital(key): f"{{{key}}}" for key in keys.split()}


def seen(keys: str) -> dict[str, str]:
    """The reverse: properties and where an answer has them."""
    return {key: capital(key) for key in keys.split()}


_NONE: frozenset[str] = frozenset()
