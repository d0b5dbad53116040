"""Google App Engine, day by day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from slipway.errors import UserError
from slipway.platforms import google_api, google_jobs
from slipway.platforms.platform import NO_FILES, Deployment, Platform, Version, schedule_resource, still_there, troubles
from slipway.sandbox.appengine.versions import serving
from slipway.sandbox.running import restarts
from slipway.wire.outputs import AppEngineOutput


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the versions that serve wrote, and in the cloud the requests, as Cloud Logging has them."""
    app = deployment.app
    serve = [version.id for version in versions(deployment) if version.share]
    if not serve:
        raise UserError(f"{app.name} has no version that serves: `slipway up --stack {deployment.run.stack}` makes one")
    chosen = (
        f'resource.type="gae_app" AND resource.labels.module_id="{app.resource}" '
        f"AND resource.labels.version_id={google_api.one_of(serve)}"
    )
    for entry in google_api.entries(deployment, project_of(app.url), chosen, follow=follow, lines=lines):
        yield _line(entry["resource"]["labels"]["version_id"], google_api.text(entry), len(serve))


def project_of(url: str) -> str:
    """The project of an application's address: ``SERVICE-dot-PROJECT.REGION_ID.r.appspot.com``."""
    return (urlsplit(url).hostname or "").partition(".")[0].rpartition("-dot-")[2]


def versions(deployment: Deployment) -> Sequence[Version]:
    """Those the program declares, newest first."""
    service = google_api.answered(_service, deployment)
    digests = _output(deployment).get("digests") or {}
    return [
        Version(id=id, digest=digests.get(id, ""), made=service.made.get(id), share=service.shares.get(id, 0))
        for id in deployment.app.versions
    ]


def present(deployment: Deployment) -> Collection[str]:
    """Those that App Engine has."""
    service = google_api.unless_gone(_service, deployment)
    return service.made if service else ()


@dataclass(frozen=True, kw_only=True)
class _Service:
    """A service as App Engine has it."""

    made: Mapping[str, datetime]
    """By version."""
    shares: Mapping[str, float]
    """Of the requests, by version, 0 to 1."""


def _service(deployment: Deployment) -> _Service:
    """https://cloud.google.com/appengine/docs/admin-api/reference/rest/v1/apps.services."""
    client = google_api.rest(deployment)
    path = f"v1/apps/{project_of(deployment.app.url)}/services/{deployment.app.resource}"
    split = client.ask("appengine", "GET", path).get("split") or {}
    rows = client.every("appengine", f"{path}/versions", "versions")
    return _Service(
        made={row["id"]: datetime.fromisoformat(row["createTime"]) for row in rows},
        shares={id: float(share) for id, share in (split.get("allocations") or {}).items()},
    )


def trigger(deployment: Deployment, schedule: str) -> int:
    """Have Cloud Scheduler run the schedule's job."""
    return google_jobs.run(deployment, schedule_resource(deployment, schedule))


def restarts_and_kills(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """In the sandbox, which counts them; in the cloud the log has a line of each."""
    if not deployment.run.sandbox:
        return ()
    state_folder = deployment.run.project.state_folder
    names = serving(state_folder, deployment.app.resource)
    return troubles(memory_kills=restarts.killed(state_folder, names), restarts=restarts.times(state_folder, names))


def _line(id: str, text: str, serving: int) -> str:
    return f"{id}: {text}" if serving > 1 else text


def _output(deployment: Deployment) -> AppEngineOutput:
    return cast("AppEngineOutput", deployment.app.details)


PLATFORM = Platform(
    name="App Engine",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary=True,
    prune=True,
    present=present,
    troubles=restarts_and_kills,
    invoke="App Engine answers requests and takes no events: ask the app at its address",
    trigger=trigger,
    data=NO_FILES.format("App Engine"),
)
