"""Tags as the provider shows them, and the mark by which a resource knows its own, interrupted creation.

A create that was cut off leaves a resource the state does not know; AWS then refuses its name to the next `up`. Each
taggable resource therefore carries a mark: the hash of the inputs it was made of. Where a name is taken, the resource
is adopted if its mark is ours, and refused in AWS's words if not. The mark is never shown as a tag.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.handler import Asset, Props

MARK = "slipway:made-of"


def outgoing(aws: Aws, new: Props) -> dict[str, str]:
    """The tags to create a resource with: the provider's default tags, its own, the mark."""
    return {**aws.default_tags, **(new.get("tags") or {}), MARK: made_of(new)}


def incoming(aws: Aws, there: Mapping[str, str]) -> Props:
    """``tags`` and ``tagsAll`` of a resource that carries the tags ``there``."""
    everything = {key: value for key, value in there.items() if key != MARK}
    own = {key: value for key, value in everything.items() if aws.default_tags.get(key) != value}
    return {"tags": own, "tagsAll": everything}


def changes(aws: Aws, there: Mapping[str, str], new: Props) -> tuple[dict[str, str], list[str]]:
    """What to set and which keys to remove so that ``there`` becomes what ``new`` asks for."""
    wanted = {**aws.default_tags, **(new.get("tags") or {})}
    set_these = {key: value for key, value in wanted.items() if there.get(key) != value}
    return set_these, [key for key in there if key not in wanted and key != MARK]


def ours(there: Mapping[str, str], new: Props) -> bool:
    """Whether a resource with the tags ``there`` was made of exactly these inputs."""
    return there.get(MARK) == made_of(new)


def made_of(new: Props) -> str:
    """The hash (hex sha256) of a resource's inputs; files count by their content."""
    return hashlib.sha256(json.dumps(new, sort_keys=True, default=_plain).encode()).hexdigest()


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """``{"a": "b"}`` as ``[{"Key": "a", "Value": "b"}]``."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def mapped(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """The reverse of :func:`listed`."""
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON does not know
    if isinstance(value, Asset):
        return value.sha256
    raise TypeError(f"an input of type {type(value).__name__} cannot be hashed")
