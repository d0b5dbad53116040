"""A bucket as the provider's program declares it, and as Cloud Storage's API has it: pure, both ways.

https://www.pulumi.com/registry/packages/gcp/api-docs/storage/bucket/
https://cloud.google.com/storage/docs/json_api/v1/buckets#resource
"""

from collections.abc import Mapping
from typing import Any

from slipway.sandbox.handler import Props

SAME = (
    *("autoclass", "customPlacementConfig", "defaultEventBasedHold", "hierarchicalNamespace", "logging", "rpo"),
    *("storageClass", "versioning", "website"),
)
"""What is called and formed alike."""
CONDITIONS = {
    "matchesPrefixes": "matchesPrefix",
    "matchesSuffixes": "matchesSuffix",
    "matchesStorageClasses": "matchesStorageClass",
}
NUMBERS = ("age", "daysSinceCustomTime", "daysSinceNoncurrentTime", "numNewerVersions")
STATES = {"LIVE": True, "ARCHIVED": False}
CORS = {"methods": "method", "origins": "origin", "responseHeaders": "responseHeader", "maxAgeSeconds": "maxAgeSeconds"}
PROVIDERS_OWN = ("forceDestroy", "project", "deletionPolicy")
"""What the API knows nothing of."""


def resource(new: Props, labels: Mapping[str, str]) -> dict[str, Any]:
    """The API's resource for a program's inputs; ``labels`` are those with the provider's own."""
    iam: dict[str, Any] = {"publicAccessPrevention": new.get("publicAccessPrevention", "inherited")}
    iam["uniformBucketLevelAccess"] = {"enabled": bool(new.get("uniformBucketLevelAccess"))}
    document: dict[str, Any] = {
        "name": new["name"],
        "location": new.get("location", "US"),
        "labels": dict(labels),
        "iamConfiguration": iam,
        **{key: new[key] for key in SAME if new.get(key) is not None},
    }
    if rules := new.get("lifecycleRules"):
        document["lifecycle"] = {"rule": [_rule(rule) for rule in rules]}
    if (soft := new.get("softDeletePolicy")) and soft.get("retentionDurationSeconds") is not None:
        document["softDeletePolicy"] = {"retentionDurationSeconds": str(int(soft["retentionDurationSeconds"]))}
    if retention := new.get("retentionPolicy"):
        document["retentionPolicy"] = {"retentionPeriod": str(int(retention["retentionPeriod"]))}
    if cors := new.get("cors"):
        document["cors"] = [{CORS[key]: value for key, value in one.items() if key in CORS} for one in cors]
    if encryption := new.get("encryption"):
        document["encryption"] = {"defaultKmsKeyName": encryption.get("defaultKmsKeyName")}
    if new.get("requesterPays") is not None:
        document["billing"] = {"requesterPays": bool(new["requesterPays"])}
    return document


def inputs(body: Mapping[str, Any], state: Props | None = None) -> Props:
    """A program's inputs for the API's resource; where they mean the same, those that the state has."""
    before = state or {}
    iam = body["iamConfiguration"]
    declared: Props = {
        "name": body["name"],
        "location": body["location"],
        "labels": _own(body.get("labels", {}), before),
        "uniformBucketLevelAccess": iam["uniformBucketLevelAccess"]["enabled"],
        "publicAccessPrevention": iam["publicAccessPrevention"],
        "lifecycleRules": [_declared(rule) for rule in (body.get("lifecycle") or {}).get("rule", [])],
        "cors": [_turned(one, {api: own for own, api in CORS.items()}) for one in body.get("cors", [])],
        **{key: body[key] for key in SAME if key in body},
        **{key: before[key] for key in PROVIDERS_OWN if key in before},
    }
    if soft := body.get("softDeletePolicy"):
        seconds = int(soft["retentionDurationSeconds"])
        declared["softDeletePolicy"] = {**soft, "retentionDurationSeconds": seconds}
    if retention := body.get("retentionPolicy"):
        locked = bool(retention.get("isLocked"))
        declared["retentionPolicy"] = {"retentionPeriod": retention["retentionPeriod"], "isLocked": locked}
    if billing := body.get("billing"):
        declared["requesterPays"] = bool(billing.get("requesterPays"))
    if encryption := body.get("encryption"):
        declared["encryption"] = {"defaultKmsKeyName": encryption.get("defaultKmsKeyName")}
    removed = {key: _nothing(before[key]) for key in OPTIONAL if key in before and key not in declared}
    return {
        key: before[key] if key in before and _same(before[key], value) else value
        for key, value in {**removed, **declared}.items()
        if key in before or value not in ([], {}, None, False)
    }


OPTIONAL = ("autoclass", "encryption", "logging", "requesterPays", "retentionPolicy", "versioning", "website")
"""What a program may declare, and the API leaves out where it is not set."""


def _nothing(value: Any) -> Any:  # noqa: ANN401
    return False if isinstance(value, bool) else {}


def _same(declared: Any, actual: Any) -> bool:  # noqa: ANN401
    """Whether a declared value says what the API answers: case and form of scalars, and what it adds, are no change."""
    if isinstance(declared, dict) and isinstance(actual, dict):
        return all(_same(value, actual.get(key)) for key, value in declared.items() if value is not None)
    if isinstance(declared, list) and isinstance(actual, list):
        return len(declared) == len(actual) and all(map(_same, declared, actual))
    if declared in (None, False, "", 0) and actual in (None, False, "", 0):
        return True
    if isinstance(declared, bool) or isinstance(actual, bool):
        return declared == actual
    if isinstance(declared, int | float) or isinstance(actual, int | float):
        return _number(declared) == _number(actual)
    return str(declared).upper() == str(actual).upper()


def _number(value: Any) -> float | None:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _own(labels: Mapping[str, str], before: Props) -> dict[str, str]:
    """A program's own labels: without those that the provider adds."""
    own, merged = before.get("labels") or {}, before.get("effectiveLabels") or {}
    return {
        key: value
        for key, value in labels.items()
        if key in own or (not key.startswith("goog-") and merged.get(key) != value)
    }


def _rule(rule: Props) -> dict[str, Any]:
    condition = rule.get("condition") or {}
    turned = _turned(condition, CONDITIONS)
    turned.update({key: int(turned[key]) for key in NUMBERS if turned.get(key) is not None})
    state = turned.pop("withState", None)
    if state in STATES:
        turned["isLive"] = STATES[state]
    known = {key: value for key, value in turned.items() if not key.startswith("send") and value not in ("", [])}
    action = {key: value for key, value in (rule.get("action") or {}).items() if value}
    return {"action": action, "condition": known}


def _declared(rule: Mapping[str, Any]) -> Props:
    condition = _turned(rule.get("condition") or {}, {api: own for own, api in CONDITIONS.items()})
    if "isLive" in condition:
        condition["withState"] = "LIVE" if condition.pop("isLive") else "ARCHIVED"
    return {"action": dict(rule.get("action") or {}), "condition": condition}


def _turned(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in values.items() if value is not None}
