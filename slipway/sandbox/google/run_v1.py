"""Cloud Run Admin v1, which `gcloud run` speaks: the services, revisions, jobs and executions of v2 in Knative's form.

A method of v2 does the work; this reads what v1 sends, waits for v2's operation, and writes the answer as v1 does. The
region is that of the address. https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from slipway.sandbox.google import knative, operations, policies, run_executions, run_jobs, run_services
from slipway.sandbox.google.cloud import usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.knative import LOCATION
from slipway.sandbox.google.routing import Call, Route

REGIONS = ("asia-northeast1", "europe-west1", "europe-west3", "europe-west4", "us-central1", "us-east1", "us-west1")
"""Those that a list of locations gives; any other one is taken too.
https://cloud.google.com/run/docs/locations"""
SERVING, RUN = "serving.knative.dev", "run.googleapis.com"
OF_SERVICE, OF_JOB = f"{SERVING}/service", f"{RUN}/job"
SELECTED = re.compile(r"\s*([\w./-]+)\s*(?:==?\s*([\w.-]+)|\s+in\s*\(([^)]*)\))\s*(?:,|$)")
REVISION_CONDITIONS = ("ContainerHealthy", "ResourcesAvailable")


@dataclass(frozen=True, kw_only=True)
class Group:
    """A kind of thing: Knative's name for it, and its API group."""

    kind: str
    group: str
    collection: str

    def shown(self, metadata: Json, v2: Json, spec: Json, status: Json) -> Json:
        """One of them; ``v2`` has its full name and its moments."""
        _, project, _, location, *_ = v2["name"].split("/")
        name = v2["name"].rsplit("/", 1)[-1]
        return {
            "apiVersion": f"{self.group}/v1",
            "kind": self.kind,
            "metadata": {
                **metadata,
                "name": name,
                "namespace": project,
                "selfLink": f"/apis/{self.group}/v1/namespaces/{project}/{self.collection}/{name}",
                "uid": v2.get("uid") or str(operations.named(v2["name"])),
                "resourceVersion": str(v2.get("etag") or v2["generation"]).strip('"'),
                "generation": int(v2["generation"]),
                "creationTimestamp": v2["createTime"],
                "labels": {**(metadata.get("labels") or {}), LOCATION: location},
            },
            "spec": spec,
            "status": {"observedGeneration": int(v2["observedGeneration"]), **status},
        }

    def page(self, call: Call, things: Iterable[Json]) -> Json:
        """A page of them; those that the labels of a request choose."""
        chosen = [thing for thing in things if _selected(thing, call.query.get("labelSelector", ""))]
        page = replace(call, query={"pageToken": call.query.get("continue", "")}).page("items", chosen, size="limit")
        more = {"continue": page["nextPageToken"]} if "nextPageToken" in page else {}
        return {
            "apiVersion": f"{self.group}/v1",
            "kind": f"{self.kind}List",
            "metadata": more,
            "items": page.get("items", []),
        }


SERVICES = Group(kind="Service", group=SERVING, collection="services")
REVISIONS = Group(kind="Revision", group=SERVING, collection="revisions")
CONFIGURATIONS = Group(kind="Configuration", group=SERVING, collection="configurations")
KNATIVE_ROUTES = Group(kind="Route", group=SERVING, collection="routes")
JOBS = Group(kind="Job", group=RUN, collection="jobs")
EXECUTIONS = Group(kind="Execution", group=RUN, collection="executions")


def create_service(call: Call) -> Json:
    """Make one; it is ready when this answers."""
    name = str((call.body.get("metadata") or {}).get("name") or "")
    at = _placed(call)
    _outcome(at, run_services.create(replace(at, query={"serviceId": name}, body=knative.service_to_v2(call.body))))
    return _service(run_services.get(_with(at, service=name)))


def replace_service(call: Call) -> Json:
    """Have it as the request says, whole; an unchanged template makes no revision."""
    at = _placed(call)
    before = run_services.get(at)
    fields = knative.service_to_v2(call.body)
    if knative.template_to_v1(fields["template"]) == knative.template_to_v1(before["template"]):
        fields["template"] = before["template"]
    version = (call.body.get("metadata") or {}).get("resourceVersion")
    etag = {"etag": f'"{version}"'} if version else {}
    _outcome(at, run_services.patch(replace(at, query={}, body={**fields, **etag})))
    return _service(run_services.get(at))


def get_service(call: Call) -> Json:
    """By its name."""
    return _service(run_services.get(_placed(call)))


def list_services(call: Call) -> Json:
    """Those of a region, or with ``-`` of all."""
    return SERVICES.page(call, map(_service, _all(call, run_services.listed, "services")))


def delete_service(call: Call) -> Json:
    """Take it away with its revisions."""
    at = _placed(call)
    _outcome(at, run_services.delete(at))
    return {"status": "Success"}


def get_revision(call: Call) -> Json:
    """By its name."""
    return _revision(_named_revision(call))


def list_revisions(call: Call) -> Json:
    """Those of a region, the newest first; a label chooses a service's."""
    at = _with(_placed(call, anywhere="-"), service="-")
    revisions = _all(at, run_services.list_revisions, "revisions")
    here = [one for one in revisions if at["location"] in ("-", one["name"].split("/")[3])]
    return REVISIONS.page(call, map(_revision, here))


def delete_revision(call: Call) -> Json:
    """A revision that no request goes to."""
    revision = _named_revision(call)
    at = _with(_placed(call), service=revision["service"])
    _outcome(at, run_services.delete_revision(at))
    return {"status": "Success"}


def get_configuration(call: Call) -> Json:
    """What a service makes its revisions of; it has the service's name."""
    return _configuration(run_services.get(_with(_placed(call), service=call["configuration"])))


def list_configurations(call: Call) -> Json:
    """Those of a region."""
    return CONFIGURATIONS.page(call, map(_configuration, _all(call, run_services.listed, "services")))


def get_route(call: Call) -> Json:
    """Who is served by a service; it has the service's name."""
    return _route(run_services.get(_with(_placed(call), service=call["route"])))


def list_routes(call: Call) -> Json:
    """Those of a region."""
    return KNATIVE_ROUTES.page(call, map(_route, _all(call, run_services.listed, "services")))


def create_job(call: Call) -> Json:
    """Make a job."""
    name, at = str((call.body.get("metadata") or {}).get("name") or ""), _placed(call)
    _outcome(at, run_jobs.create(replace(at, query={"jobId": name}, body=knative.job_to_v2(call.body))))
    return _job(run_jobs.get(_with(at, job=name)))


def replace_job(call: Call) -> Json:
    """Have it as the request says, whole."""
    at = _placed(call)
    _outcome(at, run_jobs.patch(replace(at, query={}, body=knative.job_to_v2(call.body))))
    return _job(run_jobs.get(at))


def get_job(call: Call) -> Json:
    """By its name."""
    return _job(run_jobs.get(_placed(call)))


def list_jobs(call: Call) -> Json:
    """Those of a region."""
    return JOBS.page(call, map(_job, _all(call, run_jobs.listed, "jobs")))


def delete_job(call: Call) -> Json:
    """Take it away."""
    _outcome(_placed(call), run_jobs.delete(_placed(call)))
    return {"status": "Success"}


def run_job(call: Call) -> Json:
    """Execute it once more; the execution runs when this answers."""
    at = _placed(call)
    operation = run_jobs.run(replace(at, body={"overrides": knative.overrides_to_v2(call.body.get("overrides") or {})}))
    return _execution(operation["metadata"])


def get_execution(call: Call) -> Json:
    """By its name."""
    return _execution(_named_execution(call))


def list_executions(call: Call) -> Json:
    """Those of a region, the newest first; a label chooses a job's."""
    at = _with(_placed(call, anywhere="-"), job="-")
    return EXECUTIONS.page(call, map(_execution, _all(at, run_executions.listed, "executions")))


def cancel_execution(call: Call) -> Json:
    """End one that runs."""
    at = _with(_placed(call), job=_named_execution(call)["job"])
    run_executions.cancel(at)
    return _execution(run_executions.get(at))


def delete_execution(call: Call) -> Json:
    """Forget one that is over."""
    run_executions.delete(_with(_placed(call), job=_named_execution(call)["job"]))
    return {"status": "Success"}


def list_locations(call: Call) -> Json:
    """The regions."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], RUN).id
    name = f"projects/{project}/locations"
    return call.page("locations", [{"name": f"{name}/{one}", "locationId": one, "displayName": one} for one in REGIONS])


def _placed(call: Call, *, anywhere: str = "") -> Call:
    """The call with the project's id and with the region of its address, as v2's paths have them.

    ``anywhere`` stands for the region of an address that names none.
    """
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], RUN).id
    location = call.path.get("location") or call.region or anywhere
    if not location:
        raise ApiError(400, "The region is missing: this method is asked of an address as REGION-run.googleapis.com.")
    return _with(call, project=project, location=location)


def _with(call: Call, **path: str) -> Call:
    return replace(call, path={**call.path, **path})


def _all(call: Call, listed: Callable[[Call], Json], key: str) -> list[Json]:
    """Every page of a list, of all regions where the address names none."""
    at, things, token = _placed(call, anywhere="-"), list[Json](), ""
    while True:
        page = listed(replace(at, query={"pageToken": token} if token else {}))
        things += page.get(key, [])
        token = page.get("nextPageToken", "")
        if not token:
            return things


def _outcome(call: Call, operation: Json) -> None:
    """Wait for an operation. Raises :class:`ApiError` where it has failed."""
    operations.outcome(call.cloud, operation)


def _named_revision(call: Call) -> Json:
    at = _with(_placed(call), service="-")
    end = f"/{call['revision']}"
    revisions = _all(at, run_services.list_revisions, "revisions")
    for revision in revisions:
        if revision["name"].endswith(end) and revision["name"].split("/")[3] == at["location"]:
            return revision
    raise ApiError(404, f"Resource '{end[1:]}' of kind 'REVISION' in region '{at['location']}' does not exist.")


def _named_execution(call: Call) -> Json:
    executions = _all(_with(_placed(call), job="-"), run_executions.listed, "executions")
    result = next((one for one in executions if one["name"].rsplit("/", 1)[-1] == call["execution"]), None)
    if result is None:
        raise ApiError(404, f"Resource '{call['execution']}' of kind 'EXECUTION' does not exist.")
    return result


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _service_metadata(v2: Json) -> Json:
    annotations = {
        **knative.service_annotations(v2),
        "serving.knative.dev/creator": v2["creator"],
        "serving.knative.dev/lastModifier": v2["lastModifier"],
        "run.googleapis.com/urls": json.dumps(v2["urls"]),
    }
    annotations[f"{RUN}/ingress-status"] = annotations[f"{RUN}/ingress"]
    return {"annotations": annotations, **({"labels": dict(v2["labels"])} if v2.get("labels") else {})}


def _service(v2: Json) -> Json:
    revision = _last(v2["latestReadyRevision"])
    status = {
        "conditions": knative.conditions(v2["terminalCondition"], run_services.CONDITIONS, v2["updateTime"]),
        "latestReadyRevisionName": revision,
        "latestCreatedRevisionName": _last(v2["latestCreatedRevision"]),
        "traffic": _served(v2),
        "url": v2["uri"],
        "address": {"url": v2["uri"]},
    }
    spec = {"template": knative.template_to_v1(v2["template"]), "traffic": knative.traffic_to_v1(v2["traffic"])}
    return SERVICES.shown(_service_metadata(v2), v2, spec, status)


def _served(v2: Json) -> list[Json]:
    """Who is served: each target with the revision that it comes to."""
    return [
        {**target, "revisionName": share["revision"]}
        for target, share in zip(knative.traffic_to_v1(v2["traffic"]), v2["trafficStatuses"], strict=True)
    ]


def _configuration(v2: Json) -> Json:
    service = _service(v2)
    status = {key: service["status"][key] for key in ("latestReadyRevisionName", "latestCreatedRevisionName")}
    ready = knative.conditions(v2["terminalCondition"], (), v2["updateTime"])
    spec = {"template": service["spec"]["template"]}
    metadata = {"labels": {OF_SERVICE: _last(v2["name"])}}
    return CONFIGURATIONS.shown(metadata, v2, spec, {**status, "conditions": ready})


def _route(v2: Json) -> Json:
    service = _service(v2)
    status = {key: service["status"][key] for key in ("traffic", "url", "address")}
    ready = knative.conditions(v2["terminalCondition"], (), v2["updateTime"])
    metadata = {"labels": {OF_SERVICE: _last(v2["name"])}}
    spec = {"traffic": service["spec"]["traffic"]}
    return KNATIVE_ROUTES.shown(metadata, v2, spec, {**status, "conditions": ready})


def _revision(v2: Json) -> Json:
    template = knative.template_to_v1(v2)
    metadata = template.get("metadata") or {}
    labels = {
        **(metadata.get("labels") or {}),
        OF_SERVICE: v2["service"],
        f"{SERVING}/configuration": v2["service"],
        f"{SERVING}/serviceUid": operations.named(v2["service"]),
    }
    status = {
        "conditions": [
            *knative.conditions(v2["conditions"][0], REVISION_CONDITIONS, v2["createTime"]),
            *knative.conditions(v2["conditions"][1], (), v2["createTime"]),
        ],
        "serviceName": v2["service"],
        "imageDigest": v2["containers"][0].get("image", ""),
    }
    return REVISIONS.shown({**metadata, "labels": labels}, v2, template["spec"], status)


def _job(v2: Json) -> Json:
    metadata = {
        "annotations": {
            **(v2.get("annotations") or {}),
            f"{RUN}/creator": run_services.CALLER,
            f"{RUN}/lastModifier": run_services.CALLER,
        },
        **({"labels": dict(v2["labels"])} if v2.get("labels") else {}),
    }
    status = {
        "conditions": knative.conditions(v2["terminalCondition"], (), v2["updateTime"]),
        "executionCount": v2["executionCount"],
        **(
            {"latestCreatedExecution": _reference(v2["latestCreatedExecution"])}
            if "latestCreatedExecution" in v2
            else {}
        ),
    }
    return JOBS.shown(metadata, v2, {"template": knative.execution_to_v1(v2["template"])}, status)


def _reference(v2: Json) -> Json:
    moments = {"creationTimestamp": "createTime", "completionTimestamp": "completionTime"}
    times = {v1: v2[key] for v1, key in moments.items() if key in v2}
    return {"name": v2["name"], **times, "completionStatus": v2["completionStatus"]}


def _execution(v2: Json) -> Json:
    template = knative.execution_to_v1({key: v2[key] for key in ("template", "taskCount", "parallelism")})
    begun = {"type": "Started", "state": "CONDITION_SUCCEEDED"}
    counts = ("cancelledCount", "failedCount", "retriedCount", "runningCount", "succeededCount")
    status = {
        "conditions": [
            *knative.conditions(v2["conditions"][0], (), v2["updateTime"]),
            *knative.conditions(begun, ("ResourcesAvailable", "ContainerReady"), v2["startTime"]),
        ],
        "startTime": v2["startTime"],
        **({"completionTime": v2["completionTime"]} if v2.get("completionTime") else {}),
        **{key: v2[key] for key in counts},
    }
    metadata = {**(template.get("metadata") or {}), "labels": {OF_JOB: v2["job"]}}
    return EXECUTIONS.shown(metadata, v2, template["spec"], status)


def _selected(thing: Json, selector: str) -> bool:
    """Whether labels fit: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors."""
    labels = thing["metadata"].get("labels") or {}
    for name, value, several in SELECTED.findall(selector):
        values = [value] if value else [word.strip() for word in several.split(",")]
        if labels.get(name) not in values:
            return False
    return True


_N, _J = f"apis/{SERVING}/v1/namespaces/{{project}}", f"apis/{RUN}/v1/namespaces/{{project}}"
_P = "v1/projects/{project}/locations/{location}"
_ID = "run.namespaces."
ROUTES = (
    Route("GET", f"{_N}/services", list_services, f"{_ID}services.list"),
    Route("POST", f"{_N}/services", create_service, f"{_ID}services.create"),
    Route("GET", f"{_N}/services/{{service}}", get_service, f"{_ID}services.get"),
    Route("PUT", f"{_N}/services/{{service}}", replace_service, f"{_ID}services.replaceService"),
    Route("DELETE", f"{_N}/services/{{service}}", delete_service, f"{_ID}services.delete"),
    Route("GET", f"{_N}/revisions", list_revisions, f"{_ID}revisions.list"),
    Route("GET", f"{_N}/revisions/{{revision}}", get_revision, f"{_ID}revisions.get"),
    Route("DELETE", f"{_N}/revisions/{{revision}}", delete_revision, f"{_ID}revisions.delete"),
    Route("GET", f"{_N}/configurations", list_configurations, f"{_ID}configurations.list"),
    Route("GET", f"{_N}/configurations/{{configuration}}", get_configuration, f"{_ID}configurations.get"),
    Route("GET", f"{_N}/routes", list_routes, f"{_ID}routes.list"),
    Route("GET", f"{_N}/routes/{{route}}", get_route, f"{_ID}routes.get"),
    Route("GET", f"{_J}/jobs", list_jobs, f"{_ID}jobs.list"),
    Route("POST", f"{_J}/jobs", create_job, f"{_ID}jobs.create"),
    Route("GET", f"{_J}/jobs/{{job}}", get_job, f"{_ID}jobs.get"),
    Route("PUT", f"{_J}/jobs/{{job}}", replace_job, f"{_ID}jobs.replaceJob"),
    Route("DELETE", f"{_J}/jobs/{{job}}", delete_job, f"{_ID}jobs.delete"),
    Route("POST", f"{_J}/jobs/{{job}}:run", run_job, f"{_ID}jobs.run"),
    Route("GET", f"{_J}/executions", list_executions, f"{_ID}executions.list"),
    Route("GET", f"{_J}/executions/{{execution}}", get_execution, f"{_ID}executions.get"),
    Route("POST", f"{_J}/executions/{{execution}}:cancel", cancel_execution, f"{_ID}executions.cancel"),
    Route("DELETE", f"{_J}/executions/{{execution}}", delete_execution, f"{_ID}executions.delete"),
    Route("GET", "v1/projects/{project}/locations", list_locations, "run.projects.locations.list"),
    Route("GET", f"{_P}/services", list_services, "run.projects.locations.services.list"),
    *policies.routes(f"{_P}/services/{{service}}", run_services.scope, "run.projects.locations.services."),
)
