"""What the command's ``preview --json`` says of a real stack, as the same facts that a review has."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from slipway.bundle.cache import Cache
from slipway.bundle.changes import described
from slipway.engine.values import urn as urns
from slipway.errors import UserError
from slipway.review.artifacts import artifact_changes
from slipway.review.compare import declared_in, items_of, warnings_of
from slipway.review.findings import difference, findings
from slipway.review.leftovers import changed_leftovers
from slipway.review.model import Environment, Review
from slipway.review.prices import cost
from slipway.wire.signatures import SECRET, SIGNATURE
from slipway.wire.values import is_secret, rewrite

_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
MASK = "[secret]"
"""What the command writes in the place of a secret."""


def read_preview(file: Path, cache: Cache, today: date) -> Review:
    """The review of one stack from the file. Raises :class:`UserError` where it does not hold a preview."""
    try:
        digest = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UserError(f"{file} is not JSON ({error}): write it with `pulumi preview --json > {file.name}`") from None
    if not isinstance(digest, dict) or not isinstance(digest.get("steps", []), list) or "changeSummary" not in digest:
        raise UserError(f"{file} holds no preview: write it with `pulumi preview --json > {file.name}`")
    try:
        return Review(base="", head="", environments=(_environment(digest, cache, today),))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError(f"{file} holds no preview that can be read: {type(error).__name__} {error}") from None


def _environment(digest: Mapping[str, Any], cache: Cache, today: date) -> Environment:
    steps = [_step(step) for step in digest.get("steps", [])]
    stack = next((step["urn"].split("::")[0].rsplit(":", 1)[-1] for step in steps), "stack")
    config = {key: value for key, value in (digest.get("config") or {}).items() if value != MASK}
    lines = [
        [entry.get("severity", ""), entry.get("urn", ""), entry.get("message", "")]
        for entry in digest.get("diagnostics") or []
    ]
    items, declared = items_of(steps), declared_in(steps)
    before = declared_in([{**step, "new": step["old"]} for step in steps])
    new, fixed = difference(findings(stack, config, before, today), findings(stack, config, declared, today))
    root = next((step for step in digest.get("steps", []) if urns.is_root(step["urn"])), {})
    apps = _apps(root)
    listed = sum(item.op == "same" for item in items)
    sandbox = config.get("slipway:environment") == "sandbox"
    errors = "\n".join(text for severity, _, text in lines if severity == "error")
    return Environment(
        name=stack,
        status="planned",
        error=errors,
        items=items,
        artifacts=artifact_changes(apps, _deployed_now(apps, steps, cache), cache),
        findings=new,
        fixed=fixed,
        cost=cost(() if sandbox else items, declared, before, today, str(config.get("slipway:expect", ""))),
        leftovers=changed_leftovers(declared, before, items),
        warnings=warnings_of(lines),
        unlisted=max(0, int((digest["changeSummary"] or {}).get("same", 0)) - listed),
    )


def _apps(root: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the stack's outputs said of its apps at the last update; a preview does not tell the new ones."""
    apps = (root.get("oldState") or {}).get("outputs", {}).get("apps")
    return apps if isinstance(apps, dict) else {}


def _deployed_now(apps: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], cache: Cache) -> dict[str, Any]:
    """The apps with the digests of the artifacts that changed resources name, as far as this machine made them."""
    result: dict[str, Any] = {}
    for step in steps:
        name = urns.name_of(step["urn"])
        app = max((app for app in apps if name.startswith(app)), key=len, default="")
        if not app or step["op"] == "same" or not step["new"]:
            continue
        for digest in sorted(set(_DIGEST.findall(json.dumps(step["new"]["inputs"])))):
            if digest != apps[app].get("digest") and described(digest, cache):
                result[app] = {"digest": digest}
    return result


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    detailed = step.get("detailedDiff") or {}
    return {
        "op": step["op"],
        "urn": step["urn"],
        "keys": list(step.get("replaceReasons") or ()),
        "detailed": {path: str(kind.get("kind", "")) for path, kind in detailed.items()},
        "problem": "",
        "old": _entry(step.get("oldState")),
        "new": _entry(step.get("newState")),
    }


def _entry(state: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not state:
        return None
    needs = state.get("propertyDependencies") or {}
    return {
        "type": state["type"],
        "custom": bool(state.get("custom")),
        "inputs": rewrite(state.get("inputs") or {}, _closed),
        "protect": bool(state.get("protect")),
        "retain": bool(state.get("retainOnDelete")),
        "deleted_with": state.get("deletedWith", ""),
        "external": bool(state.get("external")),
        "parent": state.get("parent", ""),
        "provider": state.get("provider", ""),
        "dependencies": sorted({*(state.get("dependencies") or ()), *(urn for urns in needs.values() for urn in urns)}),
        "property_dependencies": {name: list(urns) for name, urns in needs.items()},
        "source": state.get("sourcePosition", ""),
    }


def _closed(part: Any) -> Any:  # noqa: ANN401 - any JSON
    """Every form in which a secret may stand there, as one that says nothing."""
    return {SIGNATURE: SECRET, "value": ""} if part == MASK or is_secret(part) else part
