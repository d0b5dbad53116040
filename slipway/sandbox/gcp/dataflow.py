"""Dataflow's jobs from flex templates: kept as Dataflow keeps them, run by :mod:`slipway.sandbox.dataflow.jobs`.

A job counts as there while it is not at its end, as in the provider: one that is done, has failed or was cancelled
leaves the state at the next refresh. How it ended is asked of the API (:mod:`slipway.sandbox.google.dataflow`).
"""

import re

from slipway.providers.google.rest import RestError
from slipway.sandbox.dataflow import jobs
from slipway.sandbox.facts import table
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.google import flex_templates
from slipway.sandbox.handler import Calls, CloudError, Handler, Props, creation
from slipway.sandbox.stores.google import Record

DOING = "Error creating FlexTemplateJob"


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
    place = f"v1b3/projects/{project}/locations/{new['region']}"
    try:
        with refused(cloud, DOING):
            id = _launched_before(cloud, place, new["name"]) or _launch(cloud, place, new)
    except CloudError as refusal:
        cause = refusal.__cause__
        if isinstance(cause, RestError) and cause.reason == flex_templates.FAILED:
            raise CloudError(f"{DOING}: {cause.message}") from cause
        raise
    with cloud.store.transaction() as now:
        if job := now.get(jobs.KIND, id):
            now.put(jobs.KIND, Record(id, project, {**job.body, **new, "project": project}))
    return id, _outputs(id, project, new, jobs.RUNNING)


def _launch(cloud: Google, place: str, new: Props) -> str:
    """The id of a new job."""
    environment = {key: new[key] for key in ENVIRONMENT if new.get(key) is not None}
    parameter = {
        "jobName": new["name"],
        "containerSpecGcsPath": new["containerSpecGcsPath"],
        "parameters": {key: str(value) for key, value in (new.get("parameters") or {}).items()},
        "launchOptions": {flex_templates.OWNER: creation.get().urn},
        "environment": {**environment, "additionalUserLabels": new.get("labels") or {}},
    }
    launched = cloud.rest.ask("dataflow", "POST", f"{place}/flexTemplates:launch", {"launchParameter": parameter})
    return launched["job"]["id"]


def _launched_before(cloud: Google, place: str, name: str) -> str:
    """The id of this creation's own job, where it was cut off after the launch; "" where there is none."""
    if not creation.get().resumes:
        return ""
    for job in cloud.rest.every("dataflow", f"{place}/jobs", "jobs", filter="ACTIVE", name=name):
        record = cloud.store.get(jobs.KIND, job["id"])
        if record and record.body.get("owner") == creation.get().urn:
            return record.name
    return ""


def read(cloud: Google, id: str) -> Props | None:
    """By id: the job's, while it is not over.

    https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/dataflow/resource_dataflow_job.go
    """
    job = cloud.store.get(jobs.KIND, id)
    if job is None:
        return None
    status = jobs.status(cloud.state_folder, job)
    existing = {
        key: value
        for key, value in job.body.items()
        if key not in ("process", "began", "cancelled", "owner", "environment")
    }
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
    with refused(cloud, f"Error deleting FlexTemplateJob {id}"):
        path = f"v1b3/projects/{job.project}/locations/{job.body['region']}/jobs/{id}"
        cloud.rest.ask("dataflow", "PUT", path, {"requestedState": jobs.CANCELLED})


def _outputs(id: str, project: str, body: Props, state: str) -> Props:
    return {
        "project": project,
        "jobId": id,
        "state": state,
        "type": BATCH,
    }


NOT_INPUTS = ("process", "began", "cancelled", "owner", "environment")
"""Of a job's record."""
ENVIRONMENT = (
    *("serviceAccountEmail", "tempLocation", "stagingLocation", "subnetwork", "network", "ipConfiguration"),
    *("maxWorkers", "numWorkers", "machineType", "launcherMachineType", "sdkContainerImage", "kmsKeyName"),
    *("enableStreamingEngine", "additionalExperiments", "autoscalingAlgorithm"),
)
"""Inputs that are the job's environment: FlexTemplateRuntimeEnvironment."""
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
