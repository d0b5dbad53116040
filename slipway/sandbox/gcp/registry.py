"""Artifact Registry's repositories: declared here; images come with the containers' tooling."""

import re
from typing import Any

from slipway.providers.google.rest import OperationError, RestError
from slipway.sandbox.gcp import labels, refusals
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

FORMATS = ("DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "KFP", "GO", "GENERIC")
FIELDS = (
    *("cleanupPolicyDryRun", "description", "dockerConfig", "format", "kmsKeyName", "mavenConfig", "mode"),
    *("remoteRepositoryConfig", "virtualRepositoryConfig", "vulnerabilityScanningConfig"),
)
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def check(new: Props) -> dict[str, str]:
    """The rules of https://cloud.google.com/artifact-registry/docs/repositories/create-repos."""
    wrong = {}
    id = new.get("repositoryId", "a")
    if not re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", id):
        wrong["repositoryId"] = f"must be 1 to 63 lowercase letters, digits and hyphens, first a letter; got {id!r}"
    if str(new.get("format", "DOCKER")).upper() not in FORMATS:
        wrong["format"] = f"must be one of {', '.join(FORMATS)}; got {new['format']!r}"
    return wrong


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make it in its region."""
    project = cloud.project_of(new)
    place = f"projects/{project}/locations/{new.get('location', 'us')}/repositories"
    try:
        with refused(cloud, "Error creating Repository"):
            path = ("v1", "POST", place, _body(cloud, new))
            live = cloud.rest.act("artifactregistry", *path, repositoryId=new["repositoryId"])
    except OperationError as error:
        raise CloudError(f"Error waiting to create Repository: {error}") from error
    return live["name"], _outputs(live)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/locations/LOCATION/repositories/ID``."""
    return refresh(cloud, id, {})


def refresh(cloud: Google, id: str, state: Props) -> Props | None:
    """As the cloud has it; ages are written as the program writes them, where they are the same."""
    live = cloud.live("artifactregistry", f"v1/{id}")
    if live is None:
        return None
    shown = {key: live[key] for key in FIELDS if key in live}
    _, _, _, location, _, name = id.split("/")
    if str(state.get("format", "")).upper() == live["format"]:
        shown["format"] = state["format"]
    if "cleanupPolicies" in live:
        shown["cleanupPolicies"] = _policies(live["cleanupPolicies"], state.get("cleanupPolicies") or [])
    place = {"location": location, "repositoryId": name}
    return {**shown, **place, **labels.own(cloud, live.get("labels")), **_outputs(live)}


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Everything but its place, format and encryption changes in place."""
    body = {key: value for key, value in _body(cloud, new).items() if key in CHANGEABLE}
    with refused(cloud, "Error updating Repository"):
        path = ("artifactregistry", "PATCH", f"v1/{id}", body)
        return _outputs(cloud.rest.ask(*path, updateMask=",".join(CHANGEABLE)))


def delete(cloud: Google, id: str, old: Props) -> None:
    """Remove it with its images, unless the policy prevents it."""
    if old.get("deletionPolicy") == "PREVENT":
        raise refusals.prevented("Repository")
    with refused(cloud, "Error deleting Repository"):
        try:
            cloud.rest.act("artifactregistry", "v1", "DELETE", id)
        except RestError as error:
            if error.code != 404:
                raise


def _body(cloud: Google, new: Props) -> Props:
    body: dict[str, Any] = {key: new[key] for key in FIELDS if new.get(key) is not None}
    body |= {"format": str(new["format"]).upper()}
    if tagged := labels.effective(cloud, new):
        body["labels"] = tagged
    if policies := new.get("cleanupPolicies"):
        body["cleanupPolicies"] = {policy["id"]: _sent(policy) for policy in policies}
    return body


def _sent(policy: Props) -> Props:
    """A policy as the API has it: ages in seconds."""
    condition = dict(policy.get("condition") or {})
    for key in AGES:
        if key in condition:
            condition[key] = f"{_seconds(condition[key])}s"
    return {**policy, **({"condition": condition} if condition else {})}


def _policies(live: dict[str, Props], state: list[Props]) -> list[Props]:
    """Those of the API in the order of the state, and as it writes them where that means the same."""
    known = {policy["id"]: policy for policy in state}
    ordered = [id for id in known if id in live] + [id for id in live if id not in known]
    return [known[id] if id in known and _sent(known[id]) == live[id] else live[id] for id in ordered]


def _seconds(age: str) -> int:
    number, unit = age[:-1], age[-1:]
    return int(number) * UNITS[unit] if number.isdigit() and unit in UNITS else int(age)


def _outputs(live: Props) -> Props:
    return {
        "name": live["name"].rsplit("/", 1)[-1],
        "project": live["name"].split("/")[1],
        "registryUri": live["registryUri"],
        "createTime": live["createTime"],
        "updateTime": live["updateTime"],
    }


def _name(project: str, new: Props) -> str:
    return f"projects/{project}/locations/{new.get('location', 'us')}/repositories/{new['repositoryId']}"


AGES = ("olderThan", "newerThan")
CHANGEABLE = (
    *("cleanupPolicies", "cleanupPolicyDryRun", "description", "dockerConfig", "labels"),
    "vulnerabilityScanningConfig",
)
COMPUTED = frozenset({"name", "registryUri", "createTime", "updateTime", "effectiveLabels", "pulumiLabels"})
HANDLERS = {
    "gcp:artifactregistry/repository:Repository": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        refresh=refresh,
        defaults=lambda new: {"mode": "STANDARD_REPOSITORY", **new},
        identify=lambda cloud, new: _name(cloud.project_of(new), new),
        computed=COMPUTED,
        volatile=frozenset({"updateTime", "effectiveLabels", "pulumiLabels"}),
    ),
}
