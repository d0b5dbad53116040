"""From what two evaluations of a stack came to, to what a reader is told of it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from slipway.bundle.cache import Cache
from slipway.engine.values import urn as urns
from slipway.review import placeholders
from slipway.review.artifacts import artifact_changes
from slipway.review.differences import changes, whole
from slipway.review.findings import Declared, difference, findings
from slipway.review.leftovers import changed_leftovers
from slipway.review.model import OPS, Change, Environment, Item, Op
from slipway.review.prices import cost

Outcome = Mapping[str, Any]

MEANS: dict[str, Op] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "same": "same",
    "read": "same",
    "delete": "delete",
    "discard": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
    "read-replacement": "replace",
    "discard-replaced": "replace",
}
"""What a step of a plan is to a reader."""


def compare(stack: str, base: Outcome | None, head: Outcome | None, cache: Cache, today: date) -> Environment:
    """What happens to ``stack``; None where a revision does not have it."""
    if head is None:
        return Environment(name=stack, status="removed")
    if head["error"]:
        return Environment(name=stack, status="failed", error=placeholders.readable(head["error"]))
    broken = base is not None and bool(base["error"])
    before = base if base is not None and not broken else None
    items = items_of(head["steps"])
    declared = declared_in(head["steps"])
    earlier = declared_in(before["steps"]) if before else ()
    new, fixed = difference(
        findings(stack, before["config"], earlier, today) if before else (),
        findings(stack, head["config"], declared, today),
    )
    return Environment(
        name=stack,
        status="base-failed" if broken else "compared" if before else "new",
        error=placeholders.readable(base["error"]) if base and broken else "",
        items=items,
        artifacts=artifact_changes(_apps(before), _apps(head), cache) if before else (),
        findings=new,
        fixed=fixed,
        cost=cost(
            () if _is_sandbox(head) else items, declared, earlier, today, str(head["config"].get("slipway:expect", ""))
        ),
        leftovers=changed_leftovers(declared, earlier, items),
        warnings=warnings_of(head["diagnostics"]),
    )


def items_of(steps: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """A plan's resources, sorted by URN; of several steps about one the weightiest counts."""
    result: dict[str, tuple[Op, list[Mapping[str, Any]]]] = {}
    for step in steps:
        if step["op"] not in MEANS or _unseen(step):
            continue
        op, parts = result.get(step["urn"], (OPS[-1], []))
        weightier = MEANS[step["op"]] if OPS.index(MEANS[step["op"]]) < OPS.index(op) else op
        result[step["urn"]] = weightier, [*parts, step]
    return tuple(_item(urn, op, parts) for urn, (op, parts) in sorted(result.items()))


def declared_in(steps: Iterable[Mapping[str, Any]]) -> tuple[Declared, ...]:
    """The resources that are there after a plan."""
    entries = {step["urn"]: step["new"] for step in steps if step["new"] and not urns.is_root(step["urn"])}
    return tuple(
        Declared(
            urn=urn,
            type=entry["type"],
            inputs=entry["inputs"],
            custom=entry["custom"] and not entry["external"],
            protect=entry["protect"],
            retain=entry["retain"],
            deleted_with=entry["deleted_with"],
            parent=entry["parent"],
            provider=entry["provider"],
            dependencies=tuple(entry["dependencies"]),
            property_dependencies=entry["property_dependencies"],
        )
        for urn, entry in sorted(entries.items())
    )


def warnings_of(diagnostics: Iterable[list[str]]) -> tuple[str, ...]:
    """What the program warned of, each once."""
    return tuple(
        dict.fromkeys(placeholders.readable(text).strip() for severity, _, text in diagnostics if severity == "warning")
    )


def _unseen(step: Mapping[str, Any]) -> bool:
    """The stack itself, and the engine's own providers while nothing happens to them."""
    if urns.is_root(step["urn"]):
        return True
    return urns.is_default_provider(step["urn"]) and MEANS[step["op"]] not in ("update", "replace")


def _item(urn: str, op: Op, parts: list[Mapping[str, Any]]) -> Item:
    old = next((part["old"] for part in parts if part["old"]), None)
    new = next((part["new"] for part in parts if part["new"]), None)
    entry = new or old or {}
    keys = frozenset(key for part in parts for key in part["keys"])
    paths = [path for part in parts for path, kind in part["detailed"].items() if kind.endswith("-replace")]
    replacing = keys | {path.split(".")[0].split("[")[0] for path in paths}
    result: tuple[Change, ...] = ()
    if op in ("update", "replace") and old and new:
        result = (*changes(old["inputs"], new["inputs"], replacing), *_options(old, new))
    elif op == "create" and new:
        result = whole(new["inputs"])
    elif op == "same" and old and new and old["protect"] != new["protect"]:
        op, result = "update", _options(old, new)
    return Item(
        urn=urn,
        type=urns.type_of(urn),
        name=urns.name_of(urn),
        op=op,
        parent="" if urns.is_root(entry.get("parent") or urn) else entry.get("parent", ""),
        needs=tuple(other for other in entry.get("dependencies", ()) if other != urn),
        changes=result,
        source=entry.get("source", "").removeprefix("project:///").replace("#", ":"),
        protect=bool(entry.get("protect")),
        component=not entry.get("custom", True),
        problem=next((placeholders.readable(part["problem"]) for part in parts if part["problem"]), ""),
    )


def _options(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs that is no property: protection, and what becomes of it when it is taken out."""
    names = {"protect": "option protect", "retain": "option retain_on_delete"}
    return tuple(
        Change(path=path, kind="update", old=str(old[name]).lower(), new=str(new[name]).lower())
        for name, path in names.items()
        if bool(old[name]) != bool(new[name])
    )


def _is_sandbox(outcome: Outcome) -> bool:
    """Whether nothing of the stack leaves the machine, and so nothing of it costs."""
    return outcome["config"].get("slipway:environment") == "sandbox"


def _apps(outcome: Outcome | None) -> Mapping[str, Any]:
    apps = (outcome or {}).get("outputs", {}).get("apps")
    return apps if isinstance(apps, dict) else {}
