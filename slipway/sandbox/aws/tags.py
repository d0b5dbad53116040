"""Tags of AWS's resources, as Pulumi has them and as AWS's calls take them.

The provider merges its default tags into a resource's own when it checks the inputs: what handlers get in ``tags`` is
what the resource carries, and ``tagsAll`` is the same.
"""

from collections.abc import Callable, Iterable, Mapping

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.handler import Handler, Props


def merge(aws: Aws, handler: Handler, new: Props) -> Props:
    """The inputs of a type that has tags, with the provider's default tags beside its own."""
    own = new.get("tags") or {}
    if "tagsAll" not in handler.computed or not aws.default_tags or not isinstance(own, dict):
        return new
    return {**new, "tags": {**aws.default_tags, **own}}


def derive(_aws: Aws, handler: Handler, new: Props) -> Props:
    """``tagsAll`` of a type that has tags: known as soon as these are."""
    return {"tagsAll": new.get("tags") or {}} if "tagsAll" in handler.computed else {}


def incoming(there: Mapping[str, str]) -> Props:
    """``tags`` and ``tagsAll`` of a resource that carries the tags ``there``."""
    return {"tags": dict(there), "tagsAll": dict(there)}


def outgoing(new: Props) -> dict[str, str]:
    """The tags that a resource is to carry."""
    return dict(new.get("tags") or {})


def replace(
    there: Mapping[str, str],
    new: Props,
    put: Callable[[dict[str, str]], object],
    remove: Callable[[list[str]], object],
) -> None:
    """Call ``put`` and ``remove`` so that a resource with the tags ``there`` carries those of ``new``."""
    tags = outgoing(new)
    if changed := {key: value for key, value in tags.items() if there.get(key) != value}:
        put(changed)
    if dropped := [key for key in there if key not in tags]:
        remove(dropped)


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """``{"a": "b"}`` as ``[{"Key": "a", "Value": "b"}]``."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def mapped(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """The reverse of :func:`listed`."""
    return {tag["Key"]: tag["Value"] for tag in tags or ()}
