"""Google Cloud Run, day by day."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from slipway.homes.home import Home, Kept, Place, still_there
from slipway.project import UserError

if TYPE_CHECKING:
    from slipway.sandbox.cloudrun.revisions import Revision


def logs(place: Place, follow: bool, lines: int) -> Iterator[str]:
    """What the revision that serves wrote to its output; in the cloud `gcloud` reads it."""
    app = place.app
    if not place.run.sandbox:
        region = app.details["region"]
        raise UserError(
            f"read the log of {app.name} with: gcloud run services logs read {app.resource} --region {region}"
        )
    from slipway.sandbox.cloudrun import revisions
    from slipway.sandbox.docker import watch
    from slipway.sandbox.handler import CloudError

    serving = next(iter(app.details["traffic"]))
    try:
        yield from watch.lines(revisions.container(place.run.project.home, serving), lines, follow=follow)
    except CloudError as failed:
        raise UserError(f"{app.name} has no log: {failed}") from None


def versions(place: Place) -> Sequence[Kept]:
    """Its revisions, newest first."""
    shares = place.app.details.get("traffic") or {}
    found = _in_the_sandbox(place) if place.run.sandbox else _in_the_cloud(str(place.app.details["service"]))
    return [
        Kept(
            id=one.name,
            digest=one.artifact,
            made=datetime.fromisoformat(one.made),
            share=float(shares.get(one.name, 0)) / 100,
        )
        for one in found
    ]


def present(place: Place) -> Collection[str]:
    """Those that the sandbox's Cloud Run has."""
    from slipway.sandbox.cloudrun import revisions

    return {one.name for one in revisions.listed(place.run.project.home, place.app.resource)}


def trigger(place: Place, schedule: str) -> int:
    """Have the schedule's job run: by Cloud Scheduler in the cloud, in the sandbox by asking what the job asks."""
    from slipway.homes import google_jobs

    return google_jobs.run(place, place.app.details["schedules"][schedule]["resource"])


def _in_the_sandbox(place: Place) -> "list[Revision]":
    from slipway.sandbox.cloudrun import revisions

    return revisions.listed(place.run.project.home, place.app.resource)


def _in_the_cloud(service: str) -> "list[Revision]":
    """https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions/list."""
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    from slipway.sandbox.cloudrun.revisions import Revision

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform.read-only"])
    answer = AuthorizedSession(credentials).get(f"https://run.googleapis.com/v2/{service}/revisions", timeout=30)
    if answer.status_code != 200:
        raise UserError(f"Cloud Run did not list the revisions of {service}: {answer.status_code} {answer.reason}")
    found = [
        Revision(one["name"].rpartition("/")[2], one["createTime"], (one.get("labels") or {}).get("artifact", ""))
        for one in answer.json().get("revisions", [])
    ]
    return sorted(found, key=lambda revision: revision.made, reverse=True)


HOME = Home(
    name="Cloud Run",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary=True,
    prune="Cloud Run's earlier revisions cost nothing, and beyond a thousand the oldest go by themselves",
    invoke="Cloud Run answers requests and takes no events: ask the app at its address",
    trigger=trigger,
    present=present,
)
