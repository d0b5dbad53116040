"""What is written on every resource, and where it stands."""

from collections.abc import Iterator, Mapping
from datetime import date

from policy.model import Context, Resource, rule
from policy.values import Value, at, decoded, fault, readable, text
from slipway.catalog.table import CATALOG

LABELLED = {row.type: row.labels for row in CATALOG.values() if row.labels in ("labels", "tags")}
"""Type → where its labels stand."""

PROVIDER_LABELS = {"labels": ("defaultLabels", ""), "tags": ("defaultTags", "tags")}

PLACES = ("region", "location", "locationId")


@rule("stack-labels", source="house rule", remedy="Pass the stack's labels to the component.", types=tuple(LABELLED))
def labelled(resource: Resource, context: Context) -> Iterator[str]:
    """Owner, environment and expiry are written on resources.

    A bill or a forgotten resource then has an owner, and `reap` finds expired stacks.

    Owner and environment on all that costs; the day of expiry on what is ephemeral.
    """
    prop = LABELLED[resource.type]
    labels = _labels(resource, prop)
    if not readable(labels):
        return
    for key in ("owner", "environment"):
        if labels.get(key) in (None, ""):
            yield fault(f"{prop}.{key}", None, "a value")
    expiry = labels.get("expiry")
    never = expiry in (None, "none")
    if (never and context.ephemeral and not context.sandbox) or (text(expiry) and not never and not _is_date(expiry)):
        yield fault(f"{prop}.expiry", expiry, "a day, YYYY-MM-DD")


@rule(
    "stack-region-allowed",
    source="house rule",
    remedy="Choose an allowed region, or widen policy:allowedRegions in the stack's file.",
    types=("gcp:*", "aws:*", "pulumi:providers:aws", "pulumi:providers:gcp"),
)
def region_allowed(resource: Resource, context: Context) -> Iterator[str]:
    """Resources stand in an allowed region.

    You decide once where data are stored, not a default.

    A resource that names its place, or the provider that decides it, names one of the list.
    """
    for place in PLACES:
        value = resource.get(place)
        if text(value) and value.lower() not in {*context.allowed_regions, "global"}:
            yield fault(place, value, ", ".join(sorted(context.allowed_regions)))


def _labels(resource: Resource, prop: str) -> Value:
    """The resource's labels over its provider's default ones, keys in lower case; a mark where they cannot be read."""
    key, inner = PROVIDER_LABELS[prop]
    defaults = decoded(resource.provider.get(key))  # a provider's nested settings travel as JSON
    own = resource.get(prop, {})
    for actual in (own, defaults):
        if not readable(actual):
            return actual
    merged = {**_mapping(at(defaults, inner) if inner else defaults), **_mapping(own)}
    return {name.lower(): value for name, value in merged.items()}


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


RULES = (
    labelled,
    region_allowed,
)
