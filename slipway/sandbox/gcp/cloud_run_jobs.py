"""Cloud Run's jobs, as the provider makes them by Google's REST."""

from slipway.providers.google.rest import OperationError, RestError
from slipway.sandbox.gcp import labels
from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.gcp.cloud_run import template_body, template_inputs
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

SENT = ("annotations", "client", "clientVersion", "launchStage", "runExecutionToken", "startExecutionToken")
"""Inputs that the API calls the same."""


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make the job, and execute it where it has a token."""
    place = f"projects/{cloud.project_of(new)}/locations/{new['location']}/jobs"
    live = _acted(cloud, "create", "POST", place, _body(cloud, new), jobId=new["name"])
    return live["name"], _outputs(live)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/locations/LOCATION/jobs/JOB``."""
    return refresh(cloud, id, {})


def refresh(cloud: Google, id: str, state: Props) -> Props | None:
    """A job as the state has it, as long as it is there."""
    live = cloud.live("run", f"v2/{id}")
    if live is None:
        return None
    _, _, _, location, _, name = id.split("/")
    template = live["template"]
    inputs = {
        **{key: live[key] for key in SENT if key in live},
        "template": {**template, "template": template_inputs(template["template"])},
    }
    own = {"location": location, "name": name, **labels.own(cloud, live.get("labels"))}
    return {**state, **inputs, **own, **_outputs(live)}


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Change the job, and execute it where its token is another."""
    return _outputs(_acted(cloud, "update", "PATCH", id, _body(cloud, new)))


def delete(cloud: Google, id: str, old: Props) -> None:
    """Take it away, unless it is protected."""
    if old.get("deletionProtection", True):
        raise CloudError("cannot destroy job without setting deletion_protection=false and running `terraform apply`")
    if cloud.live("run", f"v2/{id}") is not None:
        _acted(cloud, "delete", "DELETE", id)


def _acted(cloud: Google, verb: str, method: str, path: str, body: Props | None = None, **query: str) -> Props:
    try:
        return cloud.rest.act("run", "v2", method, path, body, **query)
    except RestError as error:
        with refused(cloud, f"Error {verb.removesuffix('e')}ing Job"):
            raise error
    except OperationError as error:
        raise CloudError(f"Error waiting to {verb} Job: {error}") from error


def _body(cloud: Google, new: Props) -> Props:
    body = {key: new[key] for key in SENT if new.get(key) is not None}
    template = dict(new["template"])
    return {
        **body,
        "template": {**template, "template": template_body(template["template"])},
        "labels": labels.effective(cloud, new),
    }


def _outputs(live: Props) -> Props:
    return {
        "project": live["name"].split("/")[1],
        "terminalConditions": [live["terminalCondition"]],
        "reconciling": False,
        "deleteTime": "",
        "expireTime": "",
        "effectiveAnnotations": live.get("annotations") or {},
        "latestCreatedExecutions": [live["latestCreatedExecution"]] if "latestCreatedExecution" in live else [],
        **{key: live[key] for key in SHOWN},
    }


SHOWN = (
    *("conditions", "createTime", "creator", "etag", "executionCount", "generation", "lastModifier"),
    *("observedGeneration", "uid", "updateTime"),
)
VOLATILE = frozenset(
    {
        *("conditions", "effectiveAnnotations", "etag", "executionCount", "generation", "lastModifier"),
        *("latestCreatedExecutions", "observedGeneration", "terminalConditions", "updateTime"),
    }
)
HANDLERS = {
    "gcp:cloudrunv2/job:Job": Handler(
        calls=Calls(create=create, read=read, update=update, delete=delete),
        refresh=refresh,
        defaults=lambda new: {"deletionProtection": True, **new},
        auto_name="name",
        settled=frozenset({"launchStage"}),
        identify=placed("projects/{project}/locations/{location}/jobs/{name}"),
        computed=frozenset(
            {
                *SHOWN,
                *("deleteTime", "effectiveAnnotations", "effectiveLabels", "expireTime"),
                *("latestCreatedExecutions", "pulumiLabels", "reconciling", "terminalConditions"),
            }
        ),
        volatile=VOLATILE | {"effectiveLabels", "pulumiLabels"},
    ),
}
