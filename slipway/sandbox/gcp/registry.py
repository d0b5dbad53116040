"""Artifact Registry's repositories: declared here; images come with the containers' tooling."""

import re
from datetime import UTC, datetime

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, usable
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.stores.google import Record

API = "artifactregistry.googleapis.com"
FORMATS = ("DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "KFP", "GO", "GENERIC")


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
    name = _name(project, new)
    with cloud.store.transaction() as now:
        usable(cloud, now, project, API, "Error creating Repository")
        if now.taken("repository", name):
            raise refusals.repository_exists()
        stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        body = {**new, "project": project, "createTime": stamp, "updateTime": stamp}
        now.put("repository", Record(name, project, body))
    return name, _outputs(body)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/locations/LOCATION/repositories/ID``."""
    record = cloud.store.get("repository", id)
    return {**record.body, **_outputs(record.body)} if record else None


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Everything but its place, format and encryption changes in place."""
    with cloud.store.transaction() as now:
        record = now.get("repository", id)
        if record is None:
            raise refusals.google(404, f"Repository {id!r} not found", "notFound", doing="Error updating Repository")
        stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        body = {**new, "project": record.project, "createTime": record.body["createTime"], "updateTime": stamp}
        now.put("repository", Record(id, record.project, body))
    return _outputs(body)


def delete(cloud: Google, id: str, old: Props) -> None:
    """Remove it with its images, unless the policy prevents it."""
    if old.get("deletionPolicy") == "PREVENT":
        raise refusals.prevented("Repository")
    with cloud.store.transaction() as now:
        now.drop("repository", id)


def _name(project: str, new: Props) -> str:
    return f"projects/{project}/locations/{new.get('location', 'us')}/repositories/{new['repositoryId']}"


def _outputs(body: Props) -> Props:
    location, project = body.get("location", "us"), body["project"]
    host = f"{location}-{body['format'].lower()}.pkg.dev"
    return {
        "name": body["repositoryId"],
        "project": project,
        "registryUri": f"{host}/{project}/{body['repositoryId']}",
        "createTime": body["createTime"],
        "updateTime": body["updateTime"],
    }


COMPUTED = frozenset({"name", "registryUri", "createTime", "updateTime", "effectiveLabels", "pulumiLabels"})
HANDLERS = {
    "gcp:artifactregistry/repository:Repository": Handler(
        check=check,
        create=create,
        read=read,
        update=update,
        delete=delete,
        defaults=lambda new: {"mode": "STANDARD_REPOSITORY", **new},
        identify=lambda cloud, new: _name(cloud.project_of(new), new),
        computed=COMPUTED,
        volatile=frozenset({"updateTime", "effectiveLabels", "pulumiLabels"}),
    ),
}
