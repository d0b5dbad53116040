"""Cloud Run: services and their revisions, which run as containers of the machine's Docker daemon.

refuse what Google refuses -> start the new revision -> it listens -> traffic -> drain -> end those without any

A request that comes at any moment finds a revision that listens: no container ends before the route away from it is
stored, and none while it may still be asked by the route that was read before.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.gcp import cloud_run_checks, refusals
from slipway.sandbox.gcp import cloud_run_refusals as refused
from slipway.sandbox.gcp.cloud import Google, placed, usable
from slipway.sandbox.gcp.cloud_run_checks import BY_REVISION
from slipway.sandbox.handler import CloudError, Handler, Props
from slipway.sandbox.stores.google import Record, Transaction

API = "run.googleapis.com"
CREATING, UPDATING = "Error creating Service", "Error updating Service"
PATIENCE = 60.0
"""Seconds that a revision has to listen; Cloud Run gives four minutes."""
DRAIN_S = 0.5
"""Seconds between the stored route and the end of the containers that it leads away from."""


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make the service with its first revision; nothing is left of one that does not start."""
    named = Named(cloud.project_of(new), new["location"], new["name"])
    with cloud.store.transaction() as now:
        number = _allowed(cloud, now, named, new, CREATING)
        if now.taken("run_service", named.record):
            raise refusals.google(409, f"Resource '{named.service}' already exists.", "alreadyExists", doing=CREATING)
    _readable(cloud, new, CREATING)
    retained = {
        "host": named.host(number),
        "uid": secrets.token_hex(16),
        "created": _stamp(),
        "generation": 0,
    }
    return named.id, _roll_out(cloud, named, new, retained, CREATING)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/locations/LOCATION/services/SERVICE``."""
    named = Named.of_id(id)
    record = cloud.store.get("run_service", named.record)
    return {**record.body["inputs"], **_outputs(cloud, named, record.body)} if record else None


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """A changed template is a new revision; the old one serves until the new one listens."""
    named = Named.of_id(id)
    with cloud.store.transaction() as now:
        _allowed(cloud, now, named, new, UPDATING)
        record = now.get("run_service", named.record)
    if record is None:
        raise refusals.google(404, f"Resource '{named.service}' was not found.", "notFound", doing=UPDATING)
    _readable(cloud, new, UPDATING)
    return _roll_out(cloud, named, new, record.body, UPDATING)


def delete(cloud: Google, id: str, old: Props) -> None:
    """Take it away with its revisions, unless it is protected."""
    if old.get("deletionProtection", True):
        raise CloudError(
            "cannot destroy service without setting deletion_protection=false and running `terraform apply`"
        )
    named = Named.of_id(id)
    if cloud.store.get("run_service", named.record) is None:
        return
    with containers.connected(cloud.docker) as client:
        containers.end(client, cloud.state_folder, named.record)
    with cloud.store.transaction() as now:
        forget(now, named)


def forget(now: Transaction, named: Named) -> None:
    """Remove what the store has of a service."""
    for record in now.all("run_revision", named.project):
        if record.name.startswith(f"{named.record}/"):
            now.drop("run_revision", record.name)
    now.drop("run_service", named.record)
    now.revoke_scope(named.scope)


def _allowed(cloud: Google, now: Transaction, named: Named, new: Props, doing: str) -> str:
    """The project's number. Raises where its API, its billing or the identity is missing."""
    owner = usable(cloud, now, named.project, API, doing)
    if not owner.billing:
        raise refusals.unpaid(doing)
    email = new["template"].get("serviceAccount")
    if email and email.endswith(".iam.gserviceaccount.com") and now.get("account", email) is None:
        raise refused.account_missing(email, doing)
    return owner.number


def _readable(cloud: Google, new: Props, doing: str) -> None:
    """Refuse an image that is not there or may not be read."""
    image = new["template"]["containers"][0]["image"]
    why = cloud.images.look(image)
    if why:
        raise refused.IMAGES[why](image, doing)


def _roll_out(cloud: Google, named: Named, new: Props, retained: Mapping[str, Any], doing: str) -> Props:
    template = new["template"]
    revision = (
        template.get("revision") or f"{named.service}-{int(retained['generation']) + 1:05d}-{secrets.token_hex(2)[:3]}"
    )
    existing = cloud.store.get("run_revision", named.revision(revision))
    if existing and existing.body["template"] != template:
        raise refusals.google(
            409, f"Revision named '{revision}' with different configuration already exists.", "conflict", doing=doing
        )
    traffic = _traffic(cloud, named, new, revision, doing)
    _start(cloud, named, traffic, revision, template, doing)
    body = {
        **retained,
        "inputs": {**new, "project": named.project},
        "generation": int(retained["generation"]) + 1,
        "latest": revision,
        "traffic": traffic,
        "updated": _stamp(),
    }
    with cloud.store.transaction() as now:
        now.put("run_service", Record(named.record, named.project, body))
    _end_others(cloud, named, {target["revision"] for target in traffic if target["percent"]})
    return _outputs(cloud, named, body)


def _traffic(cloud: Google, named: Named, new: Props, newest: str, doing: str) -> list[Props]:
    """Which revision gets which share. Raises where one is not there."""
    targets: Sequence[Props] = new.get("traffics") or [{"percent": 100}]
    record: list[Props] = []
    for target in targets:
        revision = target["revision"] if target.get("type") == BY_REVISION else newest
        if revision != newest and cloud.store.get("run_revision", named.revision(revision)) is None:
            raise refusals.google(
                400,
                f"Revision named '{revision}' does not exist in service '{named.service}'.",
                "badRequest",
                doing=doing,
            )
        record.append({"revision": revision, "percent": int(target.get("percent") or 0)})
    return record


def _start(
    cloud: Google, named: Named, traffic: Sequence[Props], newest: str, template: Mapping[str, Any], doing: str
) -> None:
    """Have every revision with traffic run, the newest among them, beside those that serve until now."""
    needed = {newest, *(target["revision"] for target in traffic if target["percent"])}
    with containers.connected(cloud.docker) as client:
        for revision in sorted(needed):
            record = cloud.store.get("run_revision", named.revision(revision))
            running = {
                container.labels[containers.REVISION]
                for container in containers.found(client, cloud.state_folder, named.record)
                if container.status == "running"
            }
            if record and record.body.get("port") and revision in running:
                continue
            of = record.body["template"] if record else template
            try:
                port = containers.start(client, cloud.state_folder, named.record, revision, of, PATIENCE)
            except containers.NotReadyError as failed:
                if record is None and not cloud.store.get("run_service", named.record):
                    containers.end(client, cloud.state_folder, named.record)
                raise refused.not_ready(revision, _port(of), str(failed), doing) from failed
            body = {"template": dict(of), "port": port, "created": record.body["created"] if record else _stamp()}
            with cloud.store.transaction() as now:
                now.put("run_revision", Record(named.revision(revision), named.project, body))


def _end_others(cloud: Google, named: Named, serving: set[str]) -> None:
    """End the revisions without traffic once their requests are answered; their records stay, for a way back."""
    idle = [
        record
        for record in cloud.store.all("run_revision", named.project)
        if record.name.startswith(f"{named.record}/")
        and record.name.rsplit("/", 1)[-1] not in serving
        and record.body.get("port")
    ]
    if not idle:
        return
    # The front reads the route and then connects: who read the old one is let through first.
    time.sleep(DRAIN_S)
    with containers.connected(cloud.docker) as client:
        for record in idle:
            containers.end(client, cloud.state_folder, named.record, record.name.rsplit("/", 1)[-1])
            with cloud.store.transaction() as now:
                now.put("run_revision", Record(record.name, record.project, {**record.body, "port": 0}))


def _port(template: Mapping[str, Any]) -> int:
    return int((template["containers"][0].get("ports") or {}).get("containerPort") or 8080)


def _outputs(cloud: Google, named: Named, body: Mapping[str, Any]) -> Props:
    inputs = body["inputs"]
    address = f"http://{body['host']}:{urlsplit(cloud.front).port or 0}"
    return {
        "project": named.project,
        "uri": address,
        "urls": [address],
        "uid": body["uid"],
        "generation": str(body["generation"]),
        "observedGeneration": str(body["generation"]),
        "latestCreatedRevision": f"{named.id}/revisions/{body['latest']}",
        "latestReadyRevision": f"{named.id}/revisions/{body['latest']}",
        "createTime": body["created"],
        "updateTime": body["updated"],
        "reconciling": False,
        "trafficStatuses": [{**target, "type": BY_REVISION} for target in body["traffic"]],
        "terminalConditions": [{"type": "Ready", "state": "CONDITION_SUCCEEDED"}],
        "conditions": [{"type": each, "state": "CONDITION_SUCCEEDED"} for each in CONDITIONS],
        "creator": CALLER,
        "lastModifier": CALLER,
        "deleteTime": "",
        "expireTime": "",
        "etag": f'"{body["uid"][:8]}/{body["generation"]}"',
        "effectiveAnnotations": inputs.get("annotations") or {},
        "ingress": inputs.get("ingress", "INGRESS_TRAFFIC_ALL"),
    }


CONDITIONS = ("RoutesReady", "ConfigurationsReady")
CALLER = "you@sandbox"
"""Who calls the sandbox's APIs: Google says an email address here."""


def _stamp() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


HANDLERS = {
    "gcp:cloudrunv2/service:Service": Handler(
        check=cloud_run_checks.check,
        create=create,
        read=read,
        update=update,
        delete=delete,
        defaults=lambda new: {"deletionProtection": True, **new},
        auto_name="name",
        settled=frozenset({"ingress", "launchStage", "traffics"}),
        identify=placed("projects/{project}/locations/{location}/services/{name}"),
        computed=frozenset(
            {
                *("uri", "urls", "uid", "generation", "observedGeneration", "latestCreatedRevision"),
                *("latestReadyRevision", "createTime", "updateTime", "reconciling", "trafficStatuses"),
                *("terminalConditions", "effectiveLabels", "pulumiLabels"),
                *("conditions", "creator", "lastModifier", "deleteTime", "expireTime", "etag", "effectiveAnnotations"),
            }
        ),
        volatile=frozenset(
            {
                *("generation", "observedGeneration", "latestCreatedRevision", "latestReadyRevision", "updateTime"),
                *("trafficStatuses", "terminalConditions", "effectiveLabels", "pulumiLabels"),
                *("conditions", "lastModifier", "etag", "effectiveAnnotations"),
            }
        ),
    ),
}
