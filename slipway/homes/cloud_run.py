"""Google Cloud Run, day by day."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from slipway.homes.home import Home, Kept, Place, still_there
from slipway.project import UserError


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
    """Its revisions, newest first; in the cloud `gcloud` lists them."""
    app = place.app
    if not place.run.sandbox:
        region = app.details["region"]
        raise UserError(f"list them with: gcloud run revisions list --service {app.resource} --region {region}")
    from slipway.sandbox.cloudrun import revisions

    newest = app.versions[0] if app.versions else ""
    shares = app.details.get("traffic") or {}
    return [
        Kept(
            id=one.name,
            digest=str(app.details.get("digest", "")) if one.name == newest else "",
            made=datetime.fromisoformat(one.made),
            share=float(shares.get(one.name, 0)) / 100,
        )
        for one in revisions.listed(place.run.project.home, app.resource)
    ]


def present(place: Place) -> Collection[str]:
    """Those that the sandbox's Cloud Run has."""
    from slipway.sandbox.cloudrun import revisions

    return {one.name for one in revisions.listed(place.run.project.home, place.app.resource)}


def trigger(place: Place, schedule: str) -> int:
    """Have the schedule's job run: by Cloud Scheduler in the cloud, in the sandbox by asking what the job asks."""
    from slipway.homes import google_jobs

    return google_jobs.run(place, place.app.details["schedules"][schedule]["resource"])


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
