"""Google Cloud Run, day by day."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from slipway.platforms import google_api, google_jobs, google_objects, google_topics
from slipway.platforms.platform import (
    NO_FILES,
    Deployment,
    Platform,
    Version,
    schedule_resource,
    still_there,
    troubles,
)
from slipway.sandbox.cloudrun.containers import REVISION, SERVICE
from slipway.sandbox.docker import watch
from slipway.sandbox.docker.client import LABEL, mark
from slipway.sandbox.handler import CloudError
from slipway.wire.outputs import CloudRunOutput, EventOutput


@dataclass(frozen=True)
class Revision:
    """A revision, when it was first deployed (ISO 8601), and how its artifact's digest begins."""

    name: str
    made: str
    artifact: str = ""


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the revisions that serve wrote, and in the cloud the requests, as Cloud Logging has them."""
    app, output = deployment.app, _output(deployment)
    serving = [revision for revision, percent in output["traffic"].items() if percent]
    chosen = (
        f'resource.type="cloud_run_revision" AND resource.labels.service_name="{app.resource}" '
        f"AND resource.labels.revision_name={google_api.one_of(serving)}"
    )
    project = output["service"].split("/")[1]
    for entry in google_api.entries(deployment, project, chosen, follow=follow, lines=lines):
        text = google_api.text(entry)
        yield f"{entry['resource']['labels']['revision_name']}: {text}" if len(serving) > 1 else text


def versions(deployment: Deployment) -> Sequence[Version]:
    """Its revisions, newest first."""
    shares = _output(deployment).get("traffic") or {}
    return [
        Version(
            id=one.name,
            digest=one.artifact,
            made=datetime.fromisoformat(one.made),
            share=float(shares.get(one.name, 0)) / 100,
        )
        for one in google_api.answered(_revisions, deployment)
    ]


def present(deployment: Deployment) -> Collection[str]:
    """Those that the sandbox's Cloud Run has."""
    return {one.name for one in google_api.unless_gone(_revisions, deployment) or ()}


def restarts_and_kills(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """Of the containers that stand for the revisions that serve; in the cloud Cloud Run's own metrics count them."""
    if not deployment.run.sandbox:
        return ()
    _, project, _, region, _, service = _output(deployment)["service"].split("/")
    ours = {LABEL: mark(deployment.run.project.state_folder), SERVICE: f"{project}/{region}/{service}"}
    serving = [revision for revision, percent in (_output(deployment).get("traffic") or {}).items() if percent]
    try:
        names = [name for revision in serving for name in watch.containers_of({**ours, REVISION: revision})]
        visited = [watch.look(name, use=False) for name in names]
    except CloudError:
        return ()
    return troubles(
        memory_kills=sum(container.memory_kills for container in visited),
        restarts=max((container.restarts for container in visited), default=0),
    )


def trigger(deployment: Deployment, schedule: str) -> int:
    """Publish an event's sample, or have Cloud Scheduler run the schedule's job."""
    if event := (_output(deployment).get("events") or {}).get(schedule):
        return SAMPLES[event["kind"]](deployment, event)
    return google_jobs.run(deployment, schedule_resource(deployment, schedule))


def _revisions(deployment: Deployment) -> list[Revision]:
    """Those that have been ready: Cloud Run also lists a revision that failed to start, and so has never served.

    https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions/list
    """
    service = _output(deployment)["service"]
    revisions = [
        Revision(one["name"].rpartition("/")[2], one["createTime"], (one.get("labels") or {}).get("artifact", ""))
        for one in google_api.rest(deployment).every("run", f"v2/{service}/revisions", "revisions")
        if started(one)
    ]
    return sorted(revisions, key=lambda revision: revision.made, reverse=True)


def started(revision: Mapping[str, Any]) -> bool:
    """Whether a revision, as Cloud Run's API lists it, has come up: its condition ``Ready`` has not failed.

    https://cloud.google.com/run/docs/reference/rest/v2/Condition
    """
    return not any(
        condition.get("type") == "Ready" and condition.get("state") == "CONDITION_FAILED"
        for condition in revision.get("conditions") or ()
    )


def _output(deployment: Deployment) -> CloudRunOutput:
    return cast("CloudRunOutput", deployment.app.details)


SAMPLES: Mapping[str, Callable[[Deployment, EventOutput], int]] = {
    "topic": google_topics.publish,
    "bucket": google_objects.put,
}
"""By kind of event, what makes a sample of it."""
PLATFORM = Platform(
    name="Cloud Run",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary=True,
    prune="Cloud Run's earlier revisions cost nothing, and Cloud Run itself deletes the oldest beyond a thousand",
    invoke="Cloud Run answers requests and takes no events: ask the app at its address",
    trigger=trigger,
    present=present,
    data=NO_FILES.format("Cloud Run"),
    troubles=restarts_and_kills,
)
