"""What a ``destroy`` leaves behind or stumbles over, told from what a stack declares."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from slipway.review.findings import Declared
from slipway.review.model import Leftover
from slipway.wire.values import Props, is_secret

Rule = Callable[[Props], str]
"""What is to be said of a resource with these inputs; empty for nothing."""


def _always(text: str) -> Rule:
    return lambda _: text


def _unless(name: str, text: str) -> Rule:
    """Said where the input is not true; an unknown one is not."""
    return lambda inputs: "" if inputs.get(name) is True else text


def _where(name: str, value: Any, text: str) -> Rule:  # noqa: ANN401 - any JSON
    return lambda inputs: text if not is_secret(inputs.get(name)) and inputs.get(name) == value else ""


OUTLIVES: dict[str, Rule] = {
    "gcp:appengine/application:Application": _always(
        "cannot be deleted nor moved to another region: it lives as long as its project"
    ),
    "gcp:organizations/project:Project": _where(
        "deletionPolicy", "DELETE", "lingers for 30 days, restorable and unbilled; its id is never free again"
    ),
    "gcp:projects/service:Service": _unless("disableOnDestroy", "the API stays enabled"),
    "gcp:appengine/standardAppVersion:StandardAppVersion": _where("noopOnDestroy", True, "the version stays deployed"),
    "aws:cloudwatch/logGroup:LogGroup": _where("skipDestroy", True, "the log group stays, with what it holds"),
    "aws:kms/key:Key": _always("is deleted 7 to 30 days later, unbilled while it waits"),
    "aws:secretsmanager/secret:Secret": lambda inputs: (
        "" if inputs.get("recoveryWindowInDays") == 0 else "its name stays taken for the recovery window"
    ),
}
"""What is still there afterwards. Sources: docs/pitfalls.md and the providers' pages of each type."""

BLOCKS: dict[str, Rule] = {
    "gcp:organizations/project:Project": lambda inputs: (
        "" if inputs.get("deletionPolicy") in ("DELETE", "ABANDON") else "its deletion policy is PREVENT"
    ),
    "gcp:storage/bucket:Bucket": _unless("forceDestroy", "is not deleted while it holds objects (forceDestroy is off)"),
    "gcp:artifactregistry/repository:Repository": _where("deletionPolicy", "PREVENT", "its deletion policy is PREVENT"),
    "aws:s3/bucket:Bucket": _unless("forceDestroy", "is not deleted while it holds objects (forceDestroy is off)"),
    "aws:ecr/repository:Repository": _unless(
        "forceDelete", "is not deleted while it holds images (forceDelete is off)"
    ),
}
"""What stops a destroy."""


def leftovers(declared: Iterable[Declared], created: Collection[str]) -> tuple[Leftover, ...]:
    """In the order of their weight: what blocks, then what outlives; ``created`` are the URNs a change brings."""
    found = [
        Leftover(
            urn=resource.urn,
            name=resource.name,
            type=resource.type,
            what=what,
            blocks=blocks,
            new=resource.urn in created,
        )
        for resource in declared
        if resource.custom
        for what, blocks in _said(resource)
    ]
    return tuple(sorted(found, key=lambda one: (not one.blocks, one.type, one.urn, one.what)))


def _said(resource: Declared) -> list[tuple[str, bool]]:
    if resource.retain:
        return [("is kept: only the state forgets it (retain_on_delete)", False)]
    found = [("is protected", True)] if resource.protect else []
    for rules, blocks in ((BLOCKS, True), (OUTLIVES, False)):
        rule = rules.get(resource.type)
        if rule and (text := rule(resource.inputs)):
            found.append((text, blocks))
    return found
