"""The invariants of a checkpoint (ENGINE's 1 to 6), written a second time and on raw JSON, so that the engine's own
check is not its own judge."""

import hashlib
from collections.abc import Iterator
from typing import Any

Raw = dict[str, Any]


def broken(latest: Raw) -> list[str]:
    """Every invariant that a checkpoint's ``latest`` does not keep; empty for a sound one."""
    return [*_manifest(latest), *_entries(latest), *_order(latest), *_names(latest), *_pending(latest)]


def _manifest(latest: Raw) -> Iterator[str]:
    manifest = latest["manifest"]
    expected = hashlib.sha256(manifest["version"].encode()).hexdigest() if manifest["version"] else ""
    if manifest["magic"] != expected:
        yield f"magic {manifest['magic']!r} is not of version {manifest['version']!r}"


def _entries(latest: Raw) -> Iterator[str]:
    for entry in _resources(latest):
        urn, kind = entry.get("urn"), entry.get("type")
        if not urn or not kind:
            yield f"no URN or type: {str(entry)[:100]}"
        elif urn.split("::")[2].split("$")[-1] != kind:
            yield f"{urn} is of type {kind}"
        if not entry.get("custom") and entry.get("id"):
            yield f"the component {urn} has an id"
        if entry.get("custom") and not entry.get("id"):
            yield f"{urn} has no id"


def _order(latest: Raw) -> Iterator[str]:
    urns: set[str] = set()
    references: set[str] = set()
    for entry in _resources(latest):
        needs = [entry.get("parent"), entry.get("deletedWith"), *(entry.get("dependencies") or [])]
        for others in (entry.get("propertyDependencies") or {}).values():
            needs += others or []
        for other in filter(None, needs):
            if other not in urns:
                yield f"{entry['urn']} needs {other}, which is not before it"
        if entry.get("provider") and entry["provider"] not in references:
            yield f"{entry['urn']} is served by {entry['provider']}, which is not before it"
        urns.add(entry["urn"])
        if entry["type"].startswith("pulumi:providers:"):
            references.add(f"{entry['urn']}::{entry.get('id', '')}")


def _names(latest: Raw) -> Iterator[str]:
    living = [entry["urn"] for entry in _resources(latest) if not entry.get("delete")]
    for urn in sorted({urn for urn in living if living.count(urn) > 1}):
        yield f"{urn} lives twice"
    owners: dict[str, str] = {}
    for entry in _resources(latest):
        for alias in entry.get("aliases") or []:
            if owners.setdefault(alias, entry["urn"]) != entry["urn"]:
                yield f"the alias {alias} names two"


def _pending(latest: Raw) -> Iterator[str]:
    for operation in latest.get("pending_operations") or []:
        if operation["type"] not in ("creating", "updating", "deleting", "reading", "importing"):
            yield f"a pending operation of type {operation['type']}"
        if not operation["resource"].get("urn"):
            yield "a pending operation without URN"


def _resources(latest: Raw) -> list[Raw]:
    return latest.get("resources") or []
