"""Dataflow's jobs from flex templates, launched, looked at and ended by Dataflow's API.

A job counts as there while it is not at its end, as in the provider: one that is done, has failed or was cancelled
leaves the state at the next refresh. What a job was made from is in the state alone, since Dataflow does not tell it.
"""

import re
import time

from slipway.catalog.dataflow_jobs import State
from slipway.providers.google.rest import RestError
from slipway.sandbox.facts import table
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.handler import Calls, CloudError, Handler, Props, creation

DOING = "Error creating FlexTemplateJob"
FAILED = "failedPrecondition"
"""Google's reason where a job came to its end while it was launched, or has come to it already."""
OWNER = "slipway-owner"
"""The launch option that becomes the job's ``clientRequestId``: by it a creation that was cut off knows its own job."""
PATIENCE = 60.0
"""Seconds that a job which is drained has to come to its end."""
PAUSE = 0.1
"""Seconds between two looks at it."""


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
        if isinstance(cause, RestError) and cause.reason == FAILED:
            raise CloudError(f"{DOING}: {cause.message}") from cause
        raise
    return id, _outputs(id, project, State.RUNNING.api)


def _launch(cloud: Google, place: str, new: Props) -> str:
    """The id of a new job."""
    environment = {key: new[key] for key in ENVIRONMENT if new.get(key) is not None}
    parameter = {
        "jobName": new["name"],
        "containerSpecGcsPath": new["containerSpecGcsPath"],
        "parameters": {key: str(value) for key, value in (new.get("parameters") or {}).items()},
        "launchOptions": {OWNER: creation.get().urn},
        "environment": {**environment, "additionalUserLabels": new.get("labels") or {}},
    }
    launched = cloud.rest.ask("dataflow", "POST", f"{place}/flexTemplates:launch", {"launchParameter": parameter})
    return launched["job"]["id"]


def _launched_before(cloud: Google, place: str, name: str) -> str:
    """The id of this creation's own job, where it was cut off after the launch; "" where there is none."""
    if not creation.get().resumes:
        return ""
    for job in cloud.rest.every("dataflow", f"{place}/jobs", "jobs", filter="ACTIVE", name=name):
        if job.get("clientRequestId") == creation.get().urn:
            return job["id"]
    return ""


def read(cloud: Google, id: str) -> Props | None:
    """By id, in whichever region of the provider's project: what Dataflow tells of the job, while it is not over."""
    project = cloud.default_project
    if not project:
        return None
    with refused(cloud, f"Error reading FlexTemplateJob {id}"):
        found = cloud.rest.every("dataflow", f"v1b3/projects/{project}/jobs:aggregated", "jobs", filter="ACTIVE")
        return next((_inputs(job) | _shown(job) for job in found if job["id"] == id), None)


def refresh(cloud: Google, id: str, state: Props) -> Props | None:
    """The state's job, while it is not over.

    https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/dataflow/resource_dataflow_job.go
    """
    job = _live(cloud, id, state)
    return None if job is None or State.of(job["currentState"]).over else {**state, **_inputs(job), **_shown(job)}


def update(cloud: Google, id: str, old: Props, new: Props) -> Props:
    """What is about the end only changes in place, and is the provider's own: Dataflow is not told."""
    job = _live(cloud, id, {**old, **new})
    if job is None:
        raise refusals.google(404, f"Job {id} not found", "notFound", doing="Error updating FlexTemplateJob")
    return _shown(job)


def delete(cloud: Google, id: str, old: Props) -> None:
    """Cancel it, or have it drained and wait for that, where it is not over."""
    job = _live(cloud, id, old)
    if job is None or State.of(job["currentState"]).over:
        return
    drained = old.get("onDelete") == "drain"
    with refused(cloud, f"Error deleting FlexTemplateJob {id}"):
        _end(cloud, id, old, State.DRAINED if drained else State.CANCELLED)
    deadline = time.monotonic() + PATIENCE
    while drained and (job := _live(cloud, id, old)) and not State.of(job["currentState"]).over:
        if time.monotonic() > deadline:
            raise CloudError(f"Error waiting for job {id} to be drained: it still runs after {PATIENCE:.0f} seconds")
        time.sleep(PAUSE)


def _end(cloud: Google, id: str, state: Props, requested: State) -> None:
    """Ask for a job's end; one that has come to it meanwhile stays as it is."""
    try:
        cloud.rest.ask("dataflow", "PUT", _path(cloud, id, state), {"requestedState": requested.api})
    except RestError as error:
        if error.reason != FAILED:
            raise


def _live(cloud: Google, id: str, state: Props) -> Props | None:
    return cloud.live("dataflow", _path(cloud, id, state))


def _path(cloud: Google, id: str, state: Props) -> str:
    region = {**cloud.place_of(state), **state}["region"]
    return f"v1b3/projects/{cloud.project_of(state)}/locations/{region}/jobs/{id}"


def _inputs(job: Props) -> Props:
    """Those that Dataflow tells."""
    labels = {"labels": job["labels"]} if job.get("labels") else {}
    return {"name": job["name"], "region": job["location"], **labels}


def _shown(job: Props) -> Props:
    return _outputs(job["id"], job["projectId"], job["currentState"])


def _outputs(id: str, project: str, state: str) -> Props:
    return {"project": project, "jobId": id, "state": state, "type": BATCH}


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
        refresh=refresh,
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        defaults=lambda new: {"onDelete": "cancel", **new},
        computed=frozenset({"jobId", "state", "type", "effectiveLabels", "pulumiLabels"}),
        volatile=frozenset({"state", "effectiveLabels", "pulumiLabels"}),
    ),
}
