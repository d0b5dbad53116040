"""Cloud Run's services and jobs as v1 writes them, which is Knative's form, and as v2 does: each from the other. Pure.

The store has v2's form; v1 keeps in annotations what v2 has fields for. An annotation without a row here stays one.
https://cloud.google.com/run/docs/reference/annotations, https://cloud.google.com/run/docs/reference/rest/v1/RevisionSpec
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.sandbox.google.errors import ApiError, Json

RUN = "run.googleapis.com/"
LOCATION = "cloud.googleapis.com/location"
CLOUD_SQL = f"{RUN}cloudsql-instances"
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How the text of an annotation stands for a value."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _one_of(prefix: str, words: Mapping[str, str]) -> Kind:
    values = {word: prefix + value for word, value in words.items()}
    by_value = {value: word for word, value in values.items()}
    return Kind(read=lambda text: values.get(text.lower(), text), write=lambda value: by_value.get(value, str(value)))


TEXT = Kind(read=str, write=str)
NUMBER = Kind(read=int, write=str)
FLAG = Kind(read=lambda text: text.lower() == "true", write=lambda value: str(bool(value)).lower())
NOT = Kind(read=lambda text: text.lower() != "true", write=lambda value: str(not value).lower())
STRUCTURE = Kind(read=json.loads, write=json.dumps)
Rows = Mapping[str, tuple[tuple[str, ...], Kind]]
"""Annotation -> where v2 has it, and how."""

CLIENT: Rows = {
    f"{RUN}client-name": (("client",), TEXT),
    f"{RUN}client-version": (("clientVersion",), TEXT),
}
OF_SERVICES: Rows = {
    **CLIENT,
    f"{RUN}custom-audiences": (("customAudiences",), STRUCTURE),
    f"{RUN}default-url-disabled": (("defaultUriDisabled",), FLAG),
    f"{RUN}description": (("description",), TEXT),
    f"{RUN}ingress": (
        ("ingress",),
        _one_of(
            "INGRESS_TRAFFIC_",
            {
                "all": "ALL",
                "internal": "INTERNAL_ONLY",
                "internal-and-cloud-load-balancing": "INTERNAL_LOAD_BALANCER",
            },
        ),
    ),
    f"{RUN}invoker-iam-disabled": (("invokerIamDisabled",), FLAG),
    f"{RUN}launch-stage": (("launchStage",), TEXT),
    f"{RUN}maxScale": (("scaling", "maxInstanceCount"), NUMBER),
    f"{RUN}minScale": (("scaling", "minInstanceCount"), NUMBER),
}
OF_TASKS: Rows = {
    f"{RUN}encryption-key": (("encryptionKey",), TEXT),
    f"{RUN}execution-environment": (
        ("executionEnvironment",),
        _one_of("EXECUTION_ENVIRONMENT_", {"gen1": "GEN1", "gen2": "GEN2"}),
    ),
    f"{RUN}network-interfaces": (("vpcAccess", "networkInterfaces"), STRUCTURE),
    f"{RUN}vpc-access-connector": (("vpcAccess", "connector"), TEXT),
    f"{RUN}vpc-access-egress": (
        ("vpcAccess", "egress"),
        _one_of("", {"all-traffic": "ALL_TRAFFIC", "private-ranges-only": "PRIVATE_RANGES_ONLY"}),
    ),
}
OF_REVISIONS: Rows = {
    **CLIENT,
    **OF_TASKS,
    "autoscaling.knative.dev/maxScale": (("scaling", "maxInstanceCount"), NUMBER),
    "autoscaling.knative.dev/minScale": (("scaling", "minInstanceCount"), NUMBER),
    f"{RUN}health-check-disabled": (("healthCheckDisabled",), FLAG),
    f"{RUN}sessionAffinity": (("sessionAffinity",), FLAG),
}
OF_CONTAINERS: Rows = {
    f"{RUN}cpu-throttling": (("resources", "cpuIdle"), FLAG),
    f"{RUN}startup-cpu-boost": (("resources", "startupCpuBoost"), FLAG),
}
"""Which v2 has in the first container."""
OF_JOBS: Rows = {**CLIENT, f"{RUN}launch-stage": (("launchStage",), TEXT)}
OUTPUTS = frozenset(
    {
        *(f"{RUN}{name}" for name in ("creator", "ingress-status", "lastModifier", "operation-id", "urls")),
        *("serving.knative.dev/creator", "serving.knative.dev/lastModifier"),
    }
)
"""Annotations that Google writes, which a caller sends back as they came."""


def service_to_v2(v1: Json) -> Json:
    """What v2 is sent for a service."""
    metadata, spec = v1.get("metadata") or {}, v1.get("spec") or {}
    fields = _read(metadata, OF_SERVICES)
    if traffic := spec.get("traffic"):
        fields["traffic"] = [_target_to_v2(target) for target in traffic]
    return {**fields, "template": template_to_v2(spec.get("template") or {})}


def template_to_v2(v1: Json) -> Json:
    """A revision's template."""
    metadata, spec = v1.get("metadata") or {}, v1.get("spec") or {}
    template = _read(metadata, OF_REVISIONS)
    annotations = metadata.get("annotations") or {}
    template |= _task_to_v2(spec, annotations)
    _unannotate(template, OF_CONTAINERS)
    if name := metadata.get("name"):
        template["revision"] = name
    if number := spec.get("containerConcurrency"):
        template["maxInstanceRequestConcurrency"] = number
    if seconds := spec.get("timeoutSeconds"):
        template["timeout"] = f"{seconds}s"
    return template


def template_to_v1(v2: Json) -> Json:
    """A revision's template, or what a revision has of one."""
    containers = v2.get("containers") or [{}]
    annotations = {**_annotations(v2, OF_REVISIONS), **_written(containers[0], OF_CONTAINERS), **_cloud_sql(v2)}
    metadata = {
        **({"name": v2["revision"]} if v2.get("revision") else {}),
        **({"labels": dict(v2["labels"])} if v2.get("labels") else {}),
        **({"annotations": annotations} if annotations else {}),
    }
    spec = {**_task_to_v1(v2), "containerConcurrency": int(v2.get("maxInstanceRequestConcurrency") or 80)}
    spec["timeoutSeconds"] = int(float(str(v2.get("timeout") or "300s").removesuffix("s")))
    return {**({"metadata": metadata} if metadata else {}), "spec": spec}


def service_annotations(v2: Json) -> dict[str, str]:
    """The annotations of a service."""
    return _annotations(v2, OF_SERVICES)


def traffic_to_v1(targets: Iterable[Json]) -> list[Json]:
    """Who gets which share."""
    return [
        {
            **({"revisionName": target["revision"]} if target.get("type") == BY_REVISION else {"latestRevision": True}),
            "percent": int(target.get("percent") or 0),
            **({"tag": target["tag"]} if target.get("tag") else {}),
        }
        for target in targets
    ]


def job_to_v2(v1: Json) -> Json:
    """What v2 is sent for a job."""
    spec = v1.get("spec") or {}
    template = spec.get("template") or {}
    tokens = {key: spec[key] for key in ("runExecutionToken", "startExecutionToken") if spec.get(key)}
    return {**_read(v1.get("metadata") or {}, OF_JOBS), **tokens, "template": execution_to_v2(template)}


def execution_to_v2(v1: Json) -> Json:
    """An execution's template."""
    metadata, spec = v1.get("metadata") or {}, v1.get("spec") or {}
    task = (spec.get("template") or {}).get("spec") or {}
    template = _read(metadata, {**CLIENT})
    annotations = template.pop("annotations", {})
    inner: Json = {}
    for name, (path, kind) in OF_TASKS.items():
        if name in annotations:
            _put(inner, path, kind.read(annotations.pop(name)))
    inner |= _task_to_v2(task, metadata.get("annotations") or {})
    annotations.pop(CLOUD_SQL, None)
    if "maxRetries" in task:
        inner["maxRetries"] = task["maxRetries"]
    if seconds := task.get("timeoutSeconds"):
        inner["timeout"] = f"{seconds}s"
    numbers = {key: spec[key] for key in ("parallelism", "taskCount") if spec.get(key)}
    return {**template, **({"annotations": annotations} if annotations else {}), **numbers, "template": inner}


def execution_to_v1(v2: Json) -> Json:
    """An execution's template: its metadata, and its specification."""
    inner = v2.get("template") or {}
    annotations = {**_annotations(v2, CLIENT), **_written(inner, OF_TASKS), **_cloud_sql(inner)}
    metadata = {
        **({"labels": dict(v2["labels"])} if v2.get("labels") else {}),
        **({"annotations": annotations} if annotations else {}),
    }
    timeout = {"timeoutSeconds": str(inner["timeout"]).removesuffix("s")} if inner.get("timeout") else {}
    task = {**_task_to_v1(inner), "maxRetries": int(inner.get("maxRetries", 3)), **timeout}
    numbers = {key: int(v2[key]) for key in ("parallelism", "taskCount") if v2.get(key)}
    return {**({"metadata": metadata} if metadata else {}), "spec": {**numbers, "template": {"spec": task}}}


def overrides_to_v2(v1: Json) -> Json:
    """What a request to run a job says otherwise."""
    overridden = {key: v1[key] for key in ("taskCount", "containerOverrides") if v1.get(key)}
    return {**overridden, **({"timeout": f"{v1['timeoutSeconds']}s"} if v1.get("timeoutSeconds") else {})}


def conditions(ready: Json, others: Iterable[str], moment: str) -> list[Json]:
    """v1's conditions, all of them as the one that sums them up; ``ready`` is v2's form of that one."""
    status = {"CONDITION_SUCCEEDED": "True", "CONDITION_FAILED": "False"}.get(ready.get("state", ""), "Unknown")
    reason = next((ready[key] for key in ("reason", "executionReason", "revisionReason") if ready.get(key)), "")
    words = {"reason": reason, "message": ready.get("message", "")} if status == "False" else {}
    words |= {"severity": ready["severity"].capitalize()} if ready.get("severity") else {}
    first = {"type": ready["type"], "status": status, **words, "lastTransitionTime": moment}
    return [first, *({"type": other, "status": status, "lastTransitionTime": moment} for other in others)]


def annotated(name: str) -> bool:
    """Whether an annotation is the caller's own to set."""
    return name not in OUTPUTS


def _read(metadata: Json, rows: Rows) -> Json:
    """v2's fields of labels and annotations."""
    fields: Json = {}
    annotations = {name: text for name, text in (metadata.get("annotations") or {}).items() if annotated(name)}
    for name, (path, kind) in rows.items():
        if name in annotations:
            try:
                _put(fields, path, kind.read(annotations.pop(name)))
            except ValueError as error:
                raise ApiError(400, f"annotation {name}: {error}") from None
    labels = {name: text for name, text in (metadata.get("labels") or {}).items() if name != LOCATION}
    return {**fields, **({"labels": labels} if labels else {}), **({"annotations": annotations} if annotations else {})}


def _unannotate(template: Json, rows: Rows) -> None:
    """Move what v2 has in the first container from the annotations there."""
    annotations = template.get("annotations") or {}
    for name, (path, kind) in rows.items():
        if name in annotations and template.get("containers"):
            _put(template["containers"][0], path, kind.read(annotations.pop(name)))
    annotations.pop(CLOUD_SQL, None)
    if not annotations:
        template.pop("annotations", None)


def _annotations(v2: Json, rows: Rows) -> dict[str, str]:
    return {**(v2.get("annotations") or {}), **_written(v2, rows)}


def _written(v2: Json, rows: Rows) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, (path, kind) in rows.items():
        value: Any = v2
        for key in path:
            value = (value or {}).get(key)
        if value not in (None, "", [], {}):
            texts[name] = kind.write(value)
    return texts


def _put(into: Json, path: tuple[str, ...], value: Any) -> None:  # noqa: ANN401 - an annotation's
    for key in path[:-1]:
        into = into.setdefault(key, {})
    into[path[-1]] = value


def _target_to_v2(v1: Json) -> Json:
    revision = v1.get("revisionName")
    kind: Json = {"type": BY_REVISION, "revision": revision} if revision else {"type": LATEST}
    return {**kind, "percent": int(v1.get("percent") or 0), **({"tag": v1["tag"]} if v1.get("tag") else {})}


def _task_to_v2(spec: Json, annotations: Mapping[str, str]) -> Json:
    """What revisions and tasks share."""
    task: Json = {"containers": [_container_to_v2(one) for one in spec.get("containers") or ()]}
    if account := spec.get("serviceAccountName"):
        task["serviceAccount"] = account
    volumes = [_volume_to_v2(one) for one in spec.get("volumes") or ()]
    if instances := annotations.get(CLOUD_SQL):
        volumes.append({"name": "cloudsql", "cloudSqlInstance": {"instances": instances.split(",")}})
        for container in task["containers"]:
            container.setdefault("volumeMounts", []).append({"name": "cloudsql", "mountPath": "/cloudsql"})
    return {**task, **({"volumes": volumes} if volumes else {})}


def _task_to_v1(v2: Json) -> Json:
    volumes = [_volume_to_v1(one) for one in v2.get("volumes") or () if "cloudSqlInstance" not in one]
    return {
        "containers": [_container_to_v1(one) for one in v2.get("containers") or ()],
        **({"serviceAccountName": v2["serviceAccount"]} if v2.get("serviceAccount") else {}),
        **({"volumes": volumes} if volumes else {}),
    }


def _cloud_sql(v2: Json) -> dict[str, str]:
    instances = [
        name
        for volume in v2.get("volumes") or ()
        for name in (volume.get("cloudSqlInstance") or {}).get("instances", ())
    ]
    return {CLOUD_SQL: ",".join(instances)} if instances else {}


SAME = (
    *("args", "command", "image", "livenessProbe", "name", "startupProbe", "volumeMounts", "workingDir"),
    "readinessProbe",
)
"""What both write alike of a container."""


def _container_to_v2(v1: Json) -> Json:
    container = {key: v1[key] for key in SAME if v1.get(key)}
    if mounts := container.get("volumeMounts"):
        container["volumeMounts"] = [{k: m[k] for k in ("name", "mountPath", "subPath") if m.get(k)} for m in mounts]
    if limits := (v1.get("resources") or {}).get("limits"):
        container["resources"] = {"limits": limits}
    if ports := v1.get("ports"):
        container["ports"] = [{key: one[key] for key in ("name", "containerPort") if one.get(key)} for one in ports]
    if env := v1.get("env"):
        container["env"] = [_variable_to_v2(one) for one in env]
    return container


def _container_to_v1(v2: Json) -> Json:
    container = {key: v2[key] for key in SAME if v2.get(key)}
    if mounts := [one for one in container.pop("volumeMounts", ()) if one.get("mountPath") != "/cloudsql"]:
        container["volumeMounts"] = mounts
    if limits := (v2.get("resources") or {}).get("limits"):
        container["resources"] = {"limits": limits}
    if v2.get("ports"):
        container["ports"] = v2["ports"]
    if env := v2.get("env"):
        container["env"] = [_variable_to_v1(one) for one in env]
    return container


def _variable_to_v2(v1: Json) -> Json:
    reference = (v1.get("valueFrom") or {}).get("secretKeyRef")
    if reference is None:
        return {"name": v1["name"], "value": v1.get("value", "")}
    selector = {"secret": reference.get("name", ""), "version": reference.get("key", "latest")}
    return {"name": v1["name"], "valueSource": {"secretKeyRef": selector}}


def _variable_to_v1(v2: Json) -> Json:
    reference = (v2.get("valueSource") or {}).get("secretKeyRef")
    if reference is None:
        return {"name": v2["name"], **({"value": v2["value"]} if v2.get("value") else {})}
    name = str(reference.get("secret", "")).rsplit("/", 1)[-1]
    return {
        "name": v2["name"],
        "valueFrom": {"secretKeyRef": {"name": name, "key": reference.get("version", "latest")}},
    }


def _volume_to_v2(v1: Json) -> Json:
    volume: Json = {"name": v1.get("name", "")}
    if secret := v1.get("secret"):
        items = [{"version": one["key"], **{k: one[k] for k in ("path", "mode") if k in one}} for one in _items(secret)]
        mode = {"defaultMode": secret["defaultMode"]} if "defaultMode" in secret else {}
        volume["secret"] = {"secret": secret.get("secretName", ""), **({"items": items} if items else {}), **mode}
    if (folder := v1.get("emptyDir")) is not None:
        medium = {"medium": str(folder["medium"]).upper()} if folder.get("medium") else {}
        volume["emptyDir"] = {**medium, **{key: folder[key] for key in ("sizeLimit",) if folder.get(key)}}
    if bucket := (v1.get("csi") or {}).get("volumeAttributes", {}).get("bucketName"):
        volume["gcs"] = {"bucket": bucket, "readOnly": bool(v1["csi"].get("readOnly"))}
    return {**volume, **({"nfs": v1["nfs"]} if v1.get("nfs") else {})}


def _volume_to_v1(v2: Json) -> Json:
    volume: Json = {"name": v2.get("name", "")}
    if secret := v2.get("secret"):
        items = [{"key": one["version"], **{k: one[k] for k in ("path", "mode") if k in one}} for one in _items(secret)]
        mode = {"defaultMode": secret["defaultMode"]} if "defaultMode" in secret else {}
        volume["secret"] = {"secretName": secret.get("secret", ""), **({"items": items} if items else {}), **mode}
    if (folder := v2.get("emptyDir")) is not None:
        medium = {"medium": str(folder["medium"]).capitalize()} if folder.get("medium") else {}
        volume["emptyDir"] = {**medium, **{key: folder[key] for key in ("sizeLimit",) if folder.get(key)}}
    if bucket := v2.get("gcs"):
        attributes = {"bucketName": bucket["bucket"]}
        driver = {"driver": "gcsfuse.run.googleapis.com", "volumeAttributes": attributes}
        volume["csi"] = {**driver, "readOnly": bool(bucket.get("readOnly"))}
    return {**volume, **({"nfs": v2["nfs"]} if v2.get("nfs") else {})}


def _items(secret: Json) -> list[Json]:
    return list(secret.get("items") or ())
