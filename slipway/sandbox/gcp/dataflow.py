"""Dataflow's jobs from flex templates: kept as Dataflow keeps them, run by :mod:`slipway.sandbox.dataflow.jobs`.

A job counts as there while it is not at its end, as in the provider: one that is done, has failed or was cancelled
leaves the state at the next refresh. How it ended is asked of the API (:mod:`slipway.sandbox.google.dataflow`).
"""

import json
import re
import secrets
import time
from datetime import UTC, datetime

from slipway.sandbox.dataflow import jobs
from slipway.sandbox.facts import table
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, usable
from slipway.sandbox.gcp.permissions import permissions_of
from slipway.sandbox.google import networks
from slipway.sandbox.handler import Calls, CloudError, Handler, Props, creation
from slipway.sandbox.stores.google import Record, Transaction

API = "dataflow.googleapis.com"
DOING = "Error creating FlexTemplateJob"
WORKER = "roles/dataflow.worker"
PACKAGE = ".whl"
"""How the image of a template ends here: it is the package itself."""


def check(new: Props) -> dict[str, str]:
    """The rules of https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.flexTemplates."""
    wrong = {}
    if not re.fullmatch(r"[a-z]([-a-z0-9]{0,1022}[a-z0-9])?", new.get("name", "a")):
        wrong["name"] = f"must be a-z, 0-9 and '-', a letter first, no '-' last; got {new['name']!r}"
    for key in ("containerSpecGcsPath", "tempLocation", "stagingLocation"):
        if not re.fullmatch(r"gs://[^/]+/.+", new.get(key, "gs://bucket/object")):
            wrong[key] = f"must be gs://BUCKET/…, got {new[key]!r}"
    if new.get("ipConfiguration") not in (None, "WORKER_IP_PUBLIC", "WORKER_IP_PRIVATE"):
        wrong["ipConfiguration"] = (
            f"expected to be one of [WORKER_IP_PUBLIC WORKER_IP_PRIVATE], got {new['ipConfiguration']!r}"
        )
    if new.get("onDelete") not in (None, "cancel", "drain"):
        wrong["onDelete"] = f"expected on_delete to be one of [cancel drain], got {new['onDelete']!r}"
    if not 1 <= new.get("maxWorkers", 1) <= 1000:
        wrong["maxWorkers"] = f"must be 1 to 1000, got {new['maxWorkers']}"
    return wrong


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Launch it; returns once it runs and does not wait for its end, as the provider."""
    project = cloud.project_of(new)
    template = _template(cloud, project, new)
    with cloud.store.transaction() as now:
        _network(now, project, new)
        if resumed := _active_name(cloud, now, project, new["name"]):
            return resumed, _outputs(resumed, project, new, jobs.RUNNING)
    id = f"{datetime.now(UTC):%Y-%m-%d_%H_%M_%S}-{10**18 + secrets.randbelow(9 * 10**18)}"
    _launch(cloud, id, project, template, new)
    return id, _outputs(id, project, new, jobs.RUNNING)


def read(cloud: Google, id: str) -> Props | None:
    """By id: the job's, while it is not over.

    https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/dataflow/resource_dataflow_job.go
    """
    job = cloud.store.get(jobs.KIND, id)
    if job is None:
        return None
    status = jobs.status(cloud.state_folder, job)
    existing = {key: value for key, value in job.body.items() if key not in ("process", "began", "cancelled", "owner")}
    return None if status.over else {**existing, **_outputs(id, job.project, job.body, status.state)}


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """What is about the end only changes in place."""
    job = cloud.store.get(jobs.KIND, id)
    if job is None:
        raise refusals.google(404, f"Job {id} not found", "notFound", doing="Error updating FlexTemplateJob")
    with cloud.store.transaction() as now:
        now.put(jobs.KIND, Record(id, job.project, {**job.body, **new}))
    return _outputs(id, job.project, new, jobs.status(cloud.state_folder, job).state)


def delete(cloud: Google, id: str, old: Props) -> None:
    """Cancel it by its process; to drain it is to let it come to its end, since every job here is a batch job.

    Dataflow forgets no job for 30 days after its end, and the sandbox none for as long as the project is there.
    """
    job = cloud.store.get(jobs.KIND, id)
    if job is None or jobs.status(cloud.state_folder, job).over:
        return
    if old.get("onDelete") == "drain" and not jobs.wait(job):
        raise CloudError(f"Error waiting for job {id} to be drained: it still runs after {jobs.PATIENCE:.0f} seconds")
    jobs.cancel(cloud.state_folder, cloud.store, id)


def _template(cloud: Google, project: str, new: Props) -> Props:
    """The specification, read as Dataflow reads it, its parameters checked against the job's."""
    from google.api_core.exceptions import NotFound

    bucket, _, name = new["containerSpecGcsPath"].removeprefix("gs://").partition("/")
    with cloud.store.transaction() as now:
        owner = usable(cloud, now, project, API, DOING)
        if not owner.billing:
            raise refusals.unpaid(DOING)
    try:
        template = json.loads(cloud.storage.bucket(bucket).blob(name).download_as_bytes(retry=cloud.retry))
    except NotFound:
        raise _invalid(f"Unable to open template file: {new['containerSpecGcsPath']}.") from None
    except ValueError as error:
        raise _invalid(f"Unable to parse template file {new['containerSpecGcsPath']} as JSON: {error}") from None
    if not str(template.get("image", "")).endswith(PACKAGE):
        raise _invalid(
            f"The template's image is {template.get('image')!r}: the sandbox runs packages (gs://…{PACKAGE}), no images"
        )
    parameters = {entry["name"]: entry for entry in (template.get("metadata") or {}).get("parameters", [])}
    declared = new.get("parameters") or {}
    details = [f"{key}: Unrecognized parameter" for key in sorted(declared.keys() - parameters.keys())]
    details += [
        f"{key}: Missing required parameter"
        for key, entry in parameters.items()
        if not entry.get("isOptional") and key not in declared
    ]
    if details:
        raise _invalid(f"The template parameters are invalid. Details: {', '.join(details)}")
    return template


def _network(now: Transaction, project: str, new: Props) -> None:
    """Workers are put into a network that is there; private ones need Google's services in reach of it."""
    if declared := new.get("subnetwork"):
        job = networks.subnetwork_of(now, project, declared)
        if job is None:
            raise _workflow(f"Subnetwork '{declared}' is not accessible to Dataflow Service account or does not exist")
        if new.get("ipConfiguration") == "WORKER_IP_PRIVATE" and not job.body.get("privateIpGoogleAccess"):
            raise _workflow(
                f"Subnetwork '{declared}' on project '{project}' does not have Private Google Access, which is "
                "required for usage of private IP addresses by the Dataflow workers"
            )
        return
    network = new.get("network") or "default"
    if not networks.network_of(now, project, network):
        raise _workflow(f"Network {network} is not accessible to Dataflow Service account or does not exist")


def _active_name(cloud: Google, now: Transaction, project: str, name: str) -> str:
    """The id of this creation's own job, where it was cut off after the launch. Refuses another active job's name."""
    for record in now.all(jobs.KIND, project):
        if record.body["name"] == name and not jobs.status(cloud.state_folder, record).over:
            if creation.get().resumes and record.body.get("owner") == creation.get().urn:
                return record.name
            raise refusals.google(
                409,
                f"There is already an active job named {name}. If you want to submit a second job, try again by "
                "setting a different name.",
                "alreadyExists",
                doing=DOING,
            )
    return ""


def _launch(cloud: Google, id: str, project: str, template: Props, new: Props) -> None:
    """Fetch the package as the job's own service account, and start it."""
    email = new.get("serviceAccountEmail") or ""
    bucket, _, name = template["image"].removeprefix("gs://").partition("/")
    with cloud.store.transaction() as now:
        permissions = _identity(now, project, email)
        _may(now, permissions, email, bucket, "storage.objects.get", name)
        for key in ("tempLocation", "stagingLocation"):
            if place := new.get(key):
                where, _, prefix = place.removeprefix("gs://").partition("/")
                _may(now, permissions, email, where, "storage.objects.create", prefix)
    package = cloud.storage.bucket(bucket).blob(name).download_as_bytes(retry=cloud.retry)
    try:
        process = jobs.start(
            cloud.state_folder,
            id,
            package,
            storage=cloud.storage_host,
            token=cloud.token,
            words=_words(project, new),
            account=email,
            project=project,
            permissions=permissions,
        )
    except jobs.UnstartableError as error:
        raise CloudError(f"{DOING}: {error}") from error
    body = {
        **new,
        "project": project,
        "owner": creation.get().urn,
        "began": time.time(),
        "process": {"pid": process.pid, "created": process.created},
    }
    with cloud.store.transaction() as now:
        now.put(jobs.KIND, Record(id, project, body))


def _words(project: str, new: Props) -> list[str]:
    """The command line that the launcher of a flex template makes of a job."""
    words = {
        **(new.get("parameters") or {}),
        "project": project,
        "region": new.get("region"),
        "job_name": new["name"],
        "service_account_email": new.get("serviceAccountEmail"),
        "temp_location": new.get("tempLocation"),
        "staging_location": new.get("stagingLocation"),
    }
    return [f"--{key}={value}" for key, value in words.items() if value]


def _identity(now: Transaction, project: str, email: str) -> dict[str, list[str]]:
    """What the job's service account may do in each bucket. Raises where it is no worker."""
    if not email:
        raise _workflow(
            "The job names no service account, and the default one of Compute Engine may do nothing here: set "
            "service_account_email"
        )
    if now.get("account", email) is None:
        raise refusals.account_missing(email, DOING)
    member = f"serviceAccount:{email}"
    if not any(role == WORKER and not condition for role, condition in now.granted(f"projects/{project}", member)):
        raise _workflow(f"The worker service account {email} lacks the role {WORKER} in the project {project}")
    return {bucket.name: permissions_of(now, bucket.name, member) for bucket in now.all("bucket")}


def _may(
    now: Transaction, permissions: dict[str, list[str]], email: str, bucket: str, permission: str, name: str
) -> None:
    if now.get("bucket", bucket) is None:
        raise refusals.bucket_missing(DOING)
    if permission not in permissions[bucket]:
        raise refusals.google(
            403,
            f"{email} does not have {permission} access to the Google Cloud Storage object. Permission "
            f"'{permission}' denied on resource (or it may not exist): {bucket}/{name}",
            "forbidden",
            doing=DOING,
        )


def _outputs(id: str, project: str, body: Props, state: str) -> Props:
    return {
        "project": project,
        "jobId": id,
        "state": state,
        "type": BATCH,
    }


def _invalid(message: str) -> CloudError:
    return refusals.google(400, message, "badRequest", doing=DOING)


def _workflow(cause: str) -> CloudError:
    return CloudError(f"{DOING}: Workflow failed. Causes: {cause}.")


BATCH = "JOB_TYPE_BATCH"
ENDS = frozenset({"onDelete", "skipWaitOnJobTermination", "deletionPolicy"})
"""Inputs about a job's end."""
TYPE = "gcp:dataflow/flexTemplateJob:FlexTemplateJob"


def replaces_of_a_batch(state: Props) -> frozenset[str]:
    """Every input of a batch job but those about its end: Dataflow updates streaming jobs alone."""
    return table.of("gcp")[TYPE].inputs - ENDS if state.get("type") == BATCH else frozenset()


HANDLERS = {
    TYPE: Handler(
        replaces_more=replaces_of_a_batch,
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        defaults=lambda new: {"onDelete": "cancel", **new},
        computed=frozenset({"jobId", "state", "type", "effectiveLabels", "pulumiLabels"}),
        volatile=frozenset({"state", "effectiveLabels", "pulumiLabels"}),
    ),
}
