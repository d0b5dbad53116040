"""Cloud Run Admin v2: services and their revisions, which run as containers of the machine's Docker daemon.

refuse what Google refuses -> start the new revision -> it listens -> traffic -> drain -> end those without any

A request that comes at any moment finds a revision that listens: no container ends before the route away from it is
stored, and none while a request is with it.
https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.cloudrun.images import Registry
from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.docker.daemon import NoDaemonError
from slipway.sandbox.google import operations, policies
from slipway.sandbox.google import secrets as secret_values
from slipway.sandbox.google.cloud import Cloud, billed, stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Call, Route, standard
from slipway.sandbox.running import in_flight
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "run.googleapis.com"
KIND, REVISION = "run_service", "run_revision"
NAME = re.compile(r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?")
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
PATIENCE = 60.0
"""Seconds that a revision has to listen; Cloud Run gives four minutes."""
TYPE = "type.googleapis.com/google.cloud.run.v2."
CALLER = "you@sandbox.invalid"
FIELDS = (
    *("annotations", "binaryAuthorization", "buildConfig", "client", "clientVersion", "customAudiences"),
    *("defaultUriDisabled", "description", "ingress", "invokerIamDisabled", "labels", "launchStage", "scaling"),
    *("template", "traffic"),
)
"""What a caller says of a service."""
CONDITIONS = ("RoutesReady", "ConfigurationsReady")


@dataclass(frozen=True, kw_only=True)
class RollOut:
    """A deployment of a service: what it is to become, and what it was."""

    named: Named
    fields: Json
    """What the caller says of the service."""
    retained: Json
    """What stays over all deployments."""
    revision: str
    traffic: list[Json]
    """Each revision and its share."""
    is_new: bool


def create(call: Call) -> Json:
    """Make a service with its first revision; nothing is left of one that does not start."""
    id = call.query.get("serviceId", "")
    if not NAME.fullmatch(id):
        raise ApiError(
            400,
            "Service name must use only lowercase alphanumeric characters and dashes, cannot begin or end with a dash, "
            f"and cannot be longer than 49 characters; got {id!r}",
        )
    fields = {key: call.body[key] for key in FIELDS if key in call.body}
    with call.cloud.store.transaction() as now:
        number = _allowed(call.cloud, now, call["project"], fields)
        named = Named(call["project"], call["location"], id)
        if now.taken(KIND, named.record):
            raise ApiError(409, f"Resource '{id}' already exists.")
    retained = {"host": named.host(number), "uid": secrets.token_hex(16), "created": stamp(), "generation": 0}
    return _roll_out(call, named, fields, retained, is_new=True)


def patch(call: Call) -> Json:
    """A changed template is a new revision, which nothing else makes; the old one serves until the new one listens."""
    changes = call.changes(*FIELDS)
    with call.cloud.store.transaction() as now:
        usable(call.cloud, now, call["project"], SERVICE)
        record = _there(call, now)
        before = record.body["fields"] if call.query.get("updateMask") else {}
        fields = {key: value for key, value in {**before, **changes}.items() if value is not None}
        _allowed(call.cloud, now, call["project"], fields)
        if call.body.get("etag") and call.body["etag"] != _etag(record.body):
            raise ApiError(409, "Etag mismatch: the service has changed meanwhile.", status="ABORTED", reason="aborted")
    named = _named(call)
    retained = {key: record.body[key] for key in ("host", "uid", "created", "generation", "latest")}
    return _roll_out(call, named, fields, retained, is_new=False)


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        usable(call.cloud, now, call["project"], SERVICE)
        return _service(call.cloud, _there(call, now))


def listed(call: Call) -> Json:
    """Those of a region, or with ``-`` of all."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        records = [record for record in now.all(KIND, project) if call["location"] in ("-", record.name.split("/")[1])]
    return call.page("services", [_service(call.cloud, record) for record in records])


def delete(call: Call) -> Json:
    """Take it away with its revisions."""
    with call.cloud.store.transaction() as now:
        usable(call.cloud, now, call["project"], SERVICE)
        record = _there(call, now)
    named, service = _named(call), _service(call.cloud, record)

    def act() -> Json:
        with containers.connected(call.cloud.docker) as client:
            containers.end(client, call.cloud.state_folder, named.record)
        with call.cloud.store.transaction() as now:
            for revision in _revisions(now, named):
                now.drop(REVISION, revision.name)
            now.drop(KIND, named.record)
            now.revoke_scope(named.scope)
        return {"@type": f"{TYPE}Service", **service, "deleteTime": stamp()}

    return _started(call, {"@type": f"{TYPE}Service", **service}, act)


def get_revision(call: Call) -> Json:
    """A revision."""
    with call.cloud.store.transaction() as now:
        usable(call.cloud, now, call["project"], SERVICE)
        record = now.get(REVISION, _named(call).revision(call["revision"]))
    if record is None:
        raise ApiError(404, f"Resource '{call['revision']}' was not found.")
    return _revision(record)


def list_revisions(call: Call) -> Json:
    """Those of a service, the newest first."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        service = call["service"]
        records = now.all(REVISION, project) if service == "-" else _revisions(now, _named(call))
    records.sort(key=lambda record: record.body["created"], reverse=True)
    return call.page("revisions", [_revision(record) for record in records])


def delete_revision(call: Call) -> Json:
    """A revision that no request goes to."""
    named = _named(call)
    with call.cloud.store.transaction() as now:
        service = _there(call, now)
        record = now.get(REVISION, named.revision(call["revision"]))
        if record is None:
            raise ApiError(404, f"Resource '{call['revision']}' was not found.")
        if any(target["revision"] == call["revision"] and target["percent"] for target in service.body["traffic"]):
            raise ApiError(400, "Revision is receiving traffic and cannot be deleted.", status="FAILED_PRECONDITION")
    if record.body.get("port"):
        with containers.connected(call.cloud.docker) as client:
            containers.end(client, call.cloud.state_folder, named.record, call["revision"])
    response = {"@type": f"{TYPE}Revision", **_revision(record)}
    with call.cloud.store.transaction() as now:
        now.drop(REVISION, record.name)
        return operations.done(now, _operation(call), call["project"], response, response)


def _roll_out(call: Call, named: Named, fields: Json, retained: Json, *, is_new: bool) -> Json:
    cloud, template = call.cloud, fields["template"]
    _readable(cloud, template)
    generation = int(retained["generation"]) + 1
    revision = (
        template.get("revision")
        or _unchanged(cloud, named, retained.get("latest", ""), template)
        or f"{named.service}-{generation:05d}-{secrets.token_hex(2)[:3]}"
    )
    existing = cloud.store.get(REVISION, named.revision(revision))
    if existing and existing.body["template"] != template:
        raise ApiError(
            409, f"Revision named '{revision}' with different configuration already exists.", reason="conflict"
        )
    plan = RollOut(
        named=named,
        fields=fields,
        retained={**retained, "generation": generation},
        revision=revision,
        traffic=_shares(cloud, named, fields, revision),
        is_new=is_new,
    )
    metadata = {"@type": f"{TYPE}Service", "name": named.id}
    return _started(call, metadata, lambda: _rolled_out(cloud, plan))


def _unchanged(cloud: Cloud, named: Named, latest: str, template: Json) -> str:
    """The latest revision, where it is of this very template; "" where another one is to be made."""
    record = cloud.store.get(REVISION, named.revision(latest)) if latest else None
    return latest if record and record.body["template"] == template else ""


def _rolled_out(cloud: Cloud, plan: RollOut) -> Json:
    try:
        _start(cloud, plan)
    except NoDaemonError as error:
        raise ApiError(503, str(error)) from error
    body = {
        **plan.retained,
        "fields": plan.fields,
        "latest": plan.revision,
        "traffic": plan.traffic,
        "updated": stamp(),
    }
    record = Record(plan.named.record, plan.named.project, body)
    with cloud.store.transaction() as now:
        now.put(KIND, record)
    _end_others(cloud, plan.named, {target["revision"] for target in plan.traffic if target["percent"]})
    return {"@type": f"{TYPE}Service", **_service(cloud, record)}


def _start(cloud: Cloud, plan: RollOut) -> None:
    """Have every revision with traffic run, the newest among them, beside those that serve until now."""
    named, folder = plan.named, cloud.state_folder
    needed = {plan.revision, *(target["revision"] for target in plan.traffic if target["percent"])}
    with containers.connected(cloud.docker) as client:
        for revision in sorted(needed):
            record = cloud.store.get(REVISION, named.revision(revision))
            running = {
                container.labels[containers.REVISION]
                for container in containers.found(client, folder, named.record)
                if container.status == "running"
            }
            if record and record.body.get("port") and revision in running:
                continue
            template = record.body["template"] if record else plan.fields["template"]
            try:
                filled = secret_values.with_values(cloud.store, named.project, template, f"Revision '{revision}': ")
                port, secret = containers.start(client, folder, named.record, revision, filled, PATIENCE)
            except containers.NotReadyError as failed:
                if record is None and plan.is_new:
                    containers.end(client, folder, named.record)
                raise _not_ready(revision, containers.port(template), str(failed)) from failed
            created = record.body["created"] if record else stamp()
            body = {"template": dict(template), "port": port, "secret": secret, "created": created}
            with cloud.store.transaction() as now:
                now.put(REVISION, Record(named.revision(revision), named.project, body))


def _end_others(cloud: Cloud, named: Named, serving: set[str]) -> None:
    """End the revisions without traffic once their requests are answered; their records stay, for a way back."""
    with cloud.store.transaction() as now:
        idle = [
            record
            for record in _revisions(now, named)
            if record.name.rsplit("/", 1)[-1] not in serving and record.body.get("port")
        ]
    if not idle:
        return
    for record in idle:
        in_flight.drained(cloud.state_folder, int(record.body["port"]))
    with containers.connected(cloud.docker) as client:
        for record in idle:
            containers.end(client, cloud.state_folder, named.record, record.name.rsplit("/", 1)[-1])
            in_flight.forget(cloud.state_folder, int(record.body["port"]))
            with cloud.store.transaction() as now:
                now.put(REVISION, Record(record.name, record.project, {**record.body, "port": 0, "secret": ""}))


def _allowed(cloud: Cloud, now: Transaction, project: str, fields: Json) -> str:
    """The project's number. Raises where its API, its billing, the identity or the container is missing."""
    owner = billed(usable(cloud, now, project, SERVICE))
    template = fields.get("template") or {}
    if len(template.get("containers") or ()) != 1:
        raise ApiError(400, "service.template.containers: the sandbox runs one container a revision")
    email = template.get("serviceAccount")
    if email and policies.account_missing(now, f"serviceAccount:{email}"):
        raise ApiError(400, f"Service account {email} was not found. Please make sure it exists.")
    return owner.number


def _readable(cloud: Cloud, template: Json) -> None:
    """Refuse an image that is not there or may not be read."""
    image = template["containers"][0].get("image", "")
    why = Registry.of(cloud.variables()).look(image)
    if why:
        code, words = IMAGES[why]
        raise ApiError(code, words.format(image=image))


def _shares(cloud: Cloud, named: Named, fields: Json, newest: str) -> list[Json]:
    """Which revision gets which share. Raises where one is not there, and where they do not make 100."""
    targets: Sequence[Json] = fields.get("traffic") or [{"percent": 100}]
    shares: list[Json] = []
    for target in targets:
        revision = target["revision"] if target.get("type") == BY_REVISION else newest
        if revision != newest and cloud.store.get(REVISION, named.revision(revision)) is None:
            raise ApiError(400, f"Revision named '{revision}' does not exist in service '{named.service}'.")
        shares.append({"revision": revision, "percent": int(target.get("percent") or 0)})
    total = sum(share["percent"] for share in shares)
    if total != 100:
        raise ApiError(400, f"Traffic targets must sum to 100 percent, got {total}")
    return shares


def _service(cloud: Cloud, record: Record) -> Json:
    body, named = record.body, Named(*record.name.split("/"))
    address = f"http://{body['host']}:{urlsplit(cloud.variables().get('SLIPWAY_FRONT', '')).port or 0}"
    fields: Json = body["fields"]
    return {
        "launchStage": "GA",
        "ingress": "INGRESS_TRAFFIC_ALL",
        **fields,
        "traffic": fields.get("traffic") or [{"type": LATEST, "percent": 100}],
        "name": named.id,
        "uid": body["uid"],
        "generation": str(body["generation"]),
        "observedGeneration": str(body["generation"]),
        "createTime": body["created"],
        "updateTime": body["updated"],
        "creator": CALLER,
        "lastModifier": CALLER,
        "latestReadyRevision": f"{named.id}/revisions/{body['latest']}",
        "latestCreatedRevision": f"{named.id}/revisions/{body['latest']}",
        "trafficStatuses": [{**share, "type": BY_REVISION} for share in body["traffic"]],
        "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
        "conditions": [{"type": each, "state": "CONDITION_SUCCEEDED"} for each in CONDITIONS],
        "uri": address,
        "urls": [address],
        "etag": _etag(body),
    }


def _revision(record: Record) -> Json:
    named, name = Named(*record.name.split("/")[:3]), record.name.split("/")[3]
    template: Mapping[str, Any] = record.body["template"]
    copied = ("annotations", "containers", "labels", "serviceAccount", "timeout", "volumes", "scaling", "vpcAccess")
    return {
        "name": f"{named.id}/revisions/{name}",
        "uid": hashlib.sha256(record.name.encode()).hexdigest()[:32],
        "generation": "1",
        "createTime": record.body["created"],
        "updateTime": record.body["created"],
        "service": named.service,
        "launchStage": "GA",
        **{key: template[key] for key in copied if key in template},
        "maxInstanceRequestConcurrency": int(template.get("maxInstanceRequestConcurrency") or 80),
        "conditions": [{"type": "Ready", "state": "CONDITION_SUCCEEDED"}, _active(record)],
        "observedGeneration": "1",
    }


def _active(revision: Record) -> Json:
    """Whether it runs: one without traffic is kept and does not."""
    if revision.body.get("port"):
        return {"type": "Active", "state": "CONDITION_SUCCEEDED"}
    return {"type": "Active", "state": "CONDITION_FAILED", "severity": "INFO", "revisionReason": "RETIRED"}


def _revisions(now: Transaction, named: Named) -> list[Record]:
    return [record for record in now.all(REVISION, named.project) if record.name.startswith(f"{named.record}/")]


def scope(now: Transaction, call: Call) -> str:
    """What roles on a service are given on."""
    usable(call.cloud, now, call["project"], SERVICE)
    _there(call, now)
    return _named(call).scope


def _there(call: Call, now: Transaction) -> Record:
    record = now.get(KIND, _named(call).record)
    if record is None:
        raise ApiError(404, f"Resource '{call['service']}' was not found.")
    return record


def _named(call: Call) -> Named:
    return Named(call["project"], call["location"], call["service"])


def _etag(body: Mapping[str, Any]) -> str:
    return f'"{body["uid"][:8]}/{body["generation"]}"'


def _started(call: Call, metadata: Json, act: Any) -> Json:  # noqa: ANN401 - what operations take
    return operations.started(call.cloud, _operation(call), call["project"], metadata, act)


def _operation(call: Call) -> str:
    return f"projects/{call['project']}/locations/{call['location']}/operations/{operations.unique()}"


def _not_ready(revision: str, port: int, log: str) -> ApiError:
    """https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start."""
    return ApiError(
        400,
        f"Revision '{revision}' is not ready and cannot serve traffic. The user-provided container failed to start and "
        f"listen on the port defined provided by the PORT={port} environment variable within the allocated timeout. "
        f"Its log ends with:\n{log}",
        status="FAILED_PRECONDITION",
    )


IMAGES: Mapping[str, tuple[int, str]] = {
    "missing": (400, "Image '{image}' not found."),
    "forbidden": (
        403,
        "Google Cloud Run Service Agent must have permission to read the image, {image}. Ensure that the provided "
        "container image URL is correct and that the above account has permission to access the image.",
    ),
    "elsewhere": (
        400,
        "Expected an image path like [host/]repo-path[:tag and/or @digest], where host is the sandbox's registry (it "
        "stands in for [region-]docker.pkg.dev), but obtained {image}",
    ),
    "down": (
        503,
        "the registry of {image} does not answer: `slipway sandbox status` says how the services are, `slipway up` "
        "starts what is missing",
    ),
}
"""By what :meth:`slipway.sandbox.cloudrun.images.Registry.look` found."""
_L = "v2/projects/{project}/locations/{location}"
_S, _R = f"{_L}/services", f"{_L}/services/{{service}}/revisions"
_ID = "run.projects.locations."
ROUTES = (
    *standard(_S, "service", f"{_ID}services.", create=create, list=listed, get=get, patch=patch, delete=delete),
    *policies.routes(f"{_S}/{{service}}", scope, f"{_ID}services."),
    Route("GET", _R, list_revisions, f"{_ID}services.revisions.list"),
    Route("GET", f"{_R}/{{revision}}", get_revision, f"{_ID}services.revisions.get"),
    Route("DELETE", f"{_R}/{{revision}}", delete_revision, f"{_ID}services.revisions.delete"),
)
