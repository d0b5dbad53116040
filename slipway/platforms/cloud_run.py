"""Google Cloud Run, day by day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from slipway.errors import UserError
from slipway.platforms import google_jobs
from slipway.platforms.platform import Deployment, Platform, Version, schedule_resource, still_there
from slipway.sandbox.cloudrun import revisions
from slipway.sandbox.cloudrun.revisions import Revision
from slipway.sandbox.docker import watch
from slipway.sandbox.handler import CloudError
from slipway.wire.outputs import CloudRunOutput


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the revisions that serve wrote to their output; in the cloud `gcloud` reads it."""
    app = deployment.app
    if not deployment.run.sandbox:
        region = _output(deployment)["region"]
        raise UserError(
            f"read the log of {app.name} with: gcloud run services logs read {app.resource} --region {region}"
        )
    serving = [revision for revision, percent in _output(deployment)["traffic"].items() if percent]
    try:
        state_folder = deployment.run.project.state_folder
        containers = {revision: revisions.container(state_folder, revision) for revision in serving}
        yield from watch.side_by_side(containers, lines, follow=follow)
    except CloudError as failed:
        raise UserError(f"{app.name} has no log: {failed}") from None


def versions(deployment: Deployment) -> Sequence[Version]:
    """Its revisions, newest first."""
    shares = _output(deployment).get("traffic") or {}
    listed = (
        _in_the_sandbox(deployment) if deployment.run.sandbox else _in_the_cloud(str(_output(deployment)["service"]))
    )
    return [
        Version(
            id=one.name,
            digest=one.artifact,
            made=datetime.fromisoformat(one.made),
            share=float(shares.get(one.name, 0)) / 100,
        )
        for one in listed
    ]


def present(deployment: Deployment) -> Collection[str]:
    """Those that the sandbox's Cloud Run has."""
    return {one.name for one in revisions.listed(deployment.run.project.state_folder, deployment.app.resource)}


def trigger(deployment: Deployment, schedule: str) -> int:
    """Have the schedule's job run: by Cloud Scheduler in the cloud, in the sandbox by asking what the job asks."""
    return google_jobs.run(deployment, schedule_resource(deployment, schedule))


def _in_the_sandbox(deployment: Deployment) -> list[Revision]:
    return revisions.listed(deployment.run.project.state_folder, deployment.app.resource)


def _in_the_cloud(service: str) -> list[Revision]:
    """Those that have been ready: Cloud Run also lists a revision that failed to start, and so has never served.

    https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions/list
    """
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform.read-only"])
    answer = AuthorizedSession(credentials).get(f"https://run.googleapis.com/v2/{service}/revisions", timeout=30)
    if answer.status_code != 200:
        raise UserError(f"Cloud Run did not list the revisions of {service}: {answer.status_code} {answer.reason}")
    listed = [
        Revision(one["name"].rpartition("/")[2], one["createTime"], (one.get("labels") or {}).get("artifact", ""))
        for one in answer.json().get("revisions", [])
        if started(one)
    ]
    return sorted(listed, key=lambda revision: revision.made, reverse=True)


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


PLATFORM = Platform(
    name="Cloud Run",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary=True,
    prune="Cloud Run's earlier revisions cost nothing, and beyond a thousand the oldest go by themselves",
    invoke="Cloud Run answers requests and takes no events: ask the app at its address",
    trigger=trigger,
    present=present,
    pull="Cloud Run keeps no files of an app: what it writes is in its bucket or its database",
    push="Cloud Run keeps no files of an app: what it writes is in its bucket or its database",
)
