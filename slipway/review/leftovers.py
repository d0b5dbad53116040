"""What stops a ``destroy`` of what a stack declares, and what outlives it; the catalog decides, as for the forecast."""

from collections.abc import Collection, Iterable

from slipway.catalog.destroy import Deployed, Outcome, outcomes
from slipway.catalog.table import is_in_cloud
from slipway.review.findings import Declared
from slipway.review.model import Item, Leftover


def leftovers(declared: Iterable[Declared], created: Collection[str]) -> tuple[Leftover, ...]:
    """In the order of their weight: what blocks, then what outlives; ``created`` are the URNs a change brings."""
    resources = [resource for resource in declared if resource.custom and is_in_cloud(resource.type)]
    decided = zip(resources, outcomes([_deployed(resource) for resource in resources]), strict=True)
    lines = [
        Leftover(
            urn=resource.urn,
            name=resource.name,
            type=resource.type,
            what=text,
            blocks=blocks,
            new=resource.urn in created,
        )
        for resource, outcome in decided
        for text, blocks in _lines(outcome)
    ]
    return tuple(sorted(lines, key=lambda line: (not line.blocks, line.type, line.urn, line.what)))


def changed_leftovers(new: Iterable[Declared], old: Iterable[Declared], items: Iterable[Item]) -> tuple[Leftover, ...]:
    """What the change under review adds to what stops a destroy or outlives it; ``old`` is there before it."""
    created = {item.urn for item in items if item.op == "create"}
    readable_config = {(line.urn, line.what) for line in leftovers(old, ())}
    return tuple(line for line in leftovers(new, created) if (line.urn, line.what) not in readable_config)


def _deployed(resource: Declared) -> Deployed:
    return Deployed(
        type=resource.type,
        urn=resource.urn,
        id=resource.name,
        inputs=resource.inputs,
        protected=resource.protect,
        retained=resource.retain,
        deleted_with=resource.deleted_with,
    )


def _lines(outcome: Outcome) -> list[tuple[str, bool]]:
    """Sentences about the resource, and whether each blocks."""
    blocking = [(block.why if block.certain else f"may block: {block.why}", True) for block in outcome.blocking]
    lingering = [
        (f"lingers{f' as {line.what}' if line.what else ''}: {line.until}; it costs {line.cost}", False)
        for line in outcome.lingering
    ]
    return blocking + lingering
