"""Dataflow's flex templates: launched as jobs, which :mod:`slipway.sandbox.dataflow.jobs` runs.

refuse what Dataflow refuses -> fetch the package as the job's service account -> a process -> a record

https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.flexTemplates/launch
"""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slipway.sandbox.dataflow import jobs
from slipway.sandbox.google import networks
from slipway.sandbox.google.bucket_permissions import permissions_of
from slipway.sandbox.google.cloud import Cloud, billed, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Call
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "dataflow.googleapis.com"
WORKER = "roles/dataflow.worker"
PACKAGE = ".whl"
"""How the image of a template ends here: it is the package itself."""
NAME = re.compile(r"[a-z]([-a-z0-9]{0,1022}[a-z0-9])?")
PRIVATE = "WORKER_IP_PRIVATE"
OWNER = "slipway-owner"
"""The launch option that becomes the job's ``clientRequestId``: a client whose answer was lost finds its job by it."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A job that is asked for."""

    cloud: Cloud
    project: str
    region: str
    name: str
    template: Json
    """The container specification, as its file has it."""
    parameters: Mapping[str, str]
    environment: Mapping[str, Any]
    """What the request says of the job's surroundings, and the template where it says nothing."""


def launch(call: Call) -> Json:
    """Launch a template; answers once the job runs, and does not wait for its end."""
    parameter = call.body.get("launchParameter")
    if not isinstance(parameter, dict):
        raise ApiError(400, "Invalid value at 'launch_parameter': it is required")
    with call.cloud.store.transaction() as now:
        project = billed(usable(call.cloud, now, call["project"], SERVICE)).id
    name = str(parameter.get("jobName") or "")
    if not NAME.fullmatch(name):
        raise ApiError(
            400, f"The workflow could not be created: the job name must match {NAME.pattern!r}, got {name!r}"
        )
    if parameter.get("update"):
        raise ApiError(501, "The sandbox runs batch jobs alone, of which Dataflow updates none")
    template = _template(call.cloud, parameter)
    ordered = Launch(
        cloud=call.cloud,
        project=project,
        region=call["region"],
        name=name,
        template=template,
        parameters=parameter.get("parameters") or {},
        environment={**(template.get("defaultEnvironment") or {}), **(parameter.get("environment") or {})},
    )
    _check_parameters(ordered)
    owner = str((parameter.get("launchOptions") or {}).get(OWNER) or "")
    with call.cloud.store.transaction() as now:
        _check_network(now, ordered)
        _check_name(now, ordered)
        permissions = _permissions(now, ordered)
    if call.body.get("validateOnly"):
        return {}
    record = _started(
        ordered, permissions, {"owner": owner, "containerSpecGcsPath": parameter.get("containerSpecGcsPath", "")}
    )
    return {"job": _shown(record)}


def _template(cloud: Cloud, parameter: Json) -> Json:
    """The specification, from Cloud Storage or the request itself."""
    if isinstance(parameter.get("containerSpec"), dict):
        template: Any = parameter["containerSpec"]
    else:
        path = str(parameter.get("containerSpecGcsPath") or "")
        if not re.fullmatch(r"gs://[^/]+/.+", path):
            raise ApiError(400, f"Invalid value at 'container_spec_gcs_path': gs://BUCKET/… is required, got {path!r}")
        bucket, _, name = path.removeprefix("gs://").partition("/")
        content = cloud.download(bucket, name)
        if content is None:
            raise ApiError(400, f"Unable to open template file: {path}.")
        try:
            template = json.loads(content)
        except ValueError as error:
            raise ApiError(400, f"Unable to parse template file {path} as JSON: {error}") from None
    if not str(template.get("image", "")).endswith(PACKAGE):
        raise ApiError(
            400,
            f"The template's image is {template.get('image')!r}: the sandbox runs packages (gs://…{PACKAGE}), no "
            "images",
        )
    return template


def _check_parameters(ordered: Launch) -> None:
    """Each is one of the template's, as it wants it. https://cloud.google.com/dataflow/docs/guides/templates"""
    rows = {entry["name"]: entry for entry in (ordered.template.get("metadata") or {}).get("parameters", [])}
    values = ordered.parameters
    details = [f"{name}: Unrecognized parameter" for name in sorted(values.keys() - rows.keys())]
    for name, row in rows.items():
        if name not in values:
            details += [] if row.get("isOptional") else [f"{name}: Missing required parameter"]
        elif wrong := [text for text in row.get("regexes") or () if not re.fullmatch(text, str(values[name]))]:
            details.append(f"{name}: Unmatched regex {wrong[0]!r}, got {values[name]!r}")
    if details:
        raise ApiError(400, f"The template parameters are invalid. Details: {', '.join(details)}")


def _check_network(now: Transaction, ordered: Launch) -> None:
    """Workers are put into a network that is there; private ones need Google's services in reach of it."""
    environment, project = ordered.environment, ordered.project
    if subnetwork := environment.get("subnetwork"):
        record = networks.subnetwork_of(now, project, subnetwork)
        if record is None:
            raise _failed(f"Subnetwork '{subnetwork}' is not accessible to Dataflow Service account or does not exist")
        if environment.get("ipConfiguration") == PRIVATE and not record.body.get("privateIpGoogleAccess"):
            raise _failed(
                f"Subnetwork '{subnetwork}' on project '{project}' does not have Private Google Access, which is "
                "required for usage of private IP addresses by the Dataflow workers"
            )
        return
    network = environment.get("network") or "default"
    if not networks.network_of(now, project, network):
        raise _failed(f"Network {network} is not accessible to Dataflow Service account or does not exist")


def _check_name(now: Transaction, ordered: Launch) -> None:
    """No two active jobs have one name."""
    for record in now.all(jobs.KIND, ordered.project):
        if record.body["name"] == ordered.name and not jobs.status(ordered.cloud.state_folder, record).over:
            raise ApiError(
                409,
                f"There is already an active job named {ordered.name}. If you want to submit a second job, try again "
                "by setting a different name.",
            )


def _permissions(now: Transaction, ordered: Launch) -> dict[str, list[str]]:
    """What the job's service account may do in each bucket. Raises where that is too little."""
    email = ordered.environment.get("serviceAccountEmail") or ""
    if not email:
        raise _failed(
            "The job names no service account, and the default one of Compute Engine may do nothing here: set "
            "service_account_email"
        )
    if now.get("account", email) is None:
        raise ApiError(400, f"Service account {email} does not exist.")
    member, project = f"serviceAccount:{email}", ordered.project
    if not any(role == WORKER and not condition for role, condition in now.granted(f"projects/{project}", member)):
        raise _failed(f"The worker service account {email} lacks the role {WORKER} in the project {project}")
    permissions = {bucket.name: permissions_of(now, bucket.name, member) for bucket in now.all("bucket")}
    needed = {ordered.template["image"]: "storage.objects.get"}
    for key in ("tempLocation", "stagingLocation"):
        if place := ordered.environment.get(key):
            needed[place] = "storage.objects.create"
    for place, permission in needed.items():
        bucket, _, name = place.removeprefix("gs://").partition("/")
        if bucket not in permissions:
            raise ApiError(404, "The specified bucket does not exist.")
        if permission not in permissions[bucket]:
            raise ApiError(
                403,
                f"{email} does not have {permission} access to the Google Cloud Storage object. Permission "
                f"'{permission}' denied on resource (or it may not exist): {bucket}/{name}",
            )
    return permissions


def _started(ordered: Launch, permissions: Mapping[str, list[str]], origin: Json) -> Record:
    """Fetch the package, start it, and store the job."""
    cloud, variables = ordered.cloud, ordered.cloud.variables()
    bucket, _, name = ordered.template["image"].removeprefix("gs://").partition("/")
    package = cloud.download(bucket, name)
    if package is None:
        raise ApiError(404, f"No such object: {bucket}/{name}")
    id = f"{datetime.now(UTC):%Y-%m-%d_%H_%M_%S}-{10**18 + secrets.randbelow(9 * 10**18)}"
    try:
        process = jobs.start(
            cloud.state_folder,
            id,
            package,
            storage=variables["STORAGE_EMULATOR_HOST"],
            token=variables.get("GOOGLE_OAUTH_ACCESS_TOKEN", "none"),
            words=_words(ordered),
            account=ordered.environment["serviceAccountEmail"],
            project=ordered.project,
            permissions=permissions,
        )
    except jobs.UnstartableError as error:
        raise ApiError(400, str(error), status="FAILED_PRECONDITION", reason=FAILED) from error
    body = {
        "name": ordered.name,
        "region": ordered.region,
        "project": ordered.project,
        "parameters": dict(ordered.parameters),
        "labels": dict(ordered.environment.get("additionalUserLabels") or {}),
        "environment": dict(ordered.environment),
        "began": time.time(),
        "process": {"pid": process.pid, "created": process.created},
        **origin,
    }
    record = Record(id, ordered.project, body)
    with cloud.store.transaction() as now:
        now.put(jobs.KIND, record)
    return record


def _words(ordered: Launch) -> list[str]:
    """The command line that the launcher of a flex template makes of a job."""
    environment = ordered.environment
    words = {
        **ordered.parameters,
        "project": ordered.project,
        "region": ordered.region,
        "job_name": ordered.name,
        "service_account_email": environment.get("serviceAccountEmail"),
        "temp_location": environment.get("tempLocation"),
        "staging_location": environment.get("stagingLocation"),
    }
    return [f"--{key}={value}" for key, value in words.items() if value]


def _shown(record: Record) -> Json:
    """The job, as the answer to a launch has it."""
    began = datetime.fromtimestamp(record.body["began"], UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "id": record.name,
        "projectId": record.project,
        "name": record.body["name"],
        "location": record.body["region"],
        "currentStateTime": began,
        "createTime": began,
        "startTime": began,
    }


FAILED = "failedPrecondition"


def _failed(cause: str) -> ApiError:
    return ApiError(400, f"Workflow failed. Causes: {cause}.", status="FAILED_PRECONDITION", reason=FAILED)
