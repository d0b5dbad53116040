"""What the page shows of the stacks of a sandbox: gathered from their states, from their platforms and by the probe."""

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, TypeVar

from slipway.errors import UserError
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment
from slipway.review.findings import Declared
from slipway.review.prices import standing
from slipway.sandbox import composition
from slipway.stack.engines import Engine
from slipway.stack.outputs import App, deployed
from slipway.stack.project import Project
from slipway.stack.session import Run, backend_of, open_run, outputs
from slipway.verbs.probe import Prober, ProbeResult
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import is_secret, rewrite

log = logging.getLogger(__name__)
Fact = TypeVar("Fact")
DEADLINE = 5.0
"""Seconds that the addresses of a stack have to answer: the page is to be there at once."""
ENGINE = Engine.embedded
"""It reads a state in this process, whichever engine has written it."""


def stamp(project: Project) -> tuple[tuple[str, int], ...]:
    """Changes whenever a stack's state does: the names of the states and when each was written (nanoseconds)."""
    folder = project.state_folder / "state/.pulumi/stacks" / project.name
    return tuple(sorted((path.stem, path.stat().st_mtime_ns) for path in folder.glob("*.json")))


def report(project: Project) -> dict[str, Any]:
    """The whole page's data: JSON. A part that cannot be had says why in its place."""
    names = [name for name, _ in stamp(project) if name in project.stacks]
    return {
        "stacks": [_stack(name) for name in names],
        "services": [
            {"name": one.name, "well": one.healthy, "place": f"127.0.0.1:{one.port}" if one.port else "its gateway"}
            for one in composition.states(project.state_folder)
        ],
        "less": [{"subject": subject, "text": text} for subject, text in composition.less_than_the_clouds()],
    }


def _stack(name: str) -> dict[str, Any]:
    try:
        run = open_run(name, ENGINE)
        apps = list(deployed(outputs(run)).values())
        resources = backend_of(run).resources(name)
    except UserError as refused:
        return {"name": name, "problem": str(refused), "apps": [], "resources": 0, "costs": [], "unpriced": []}
    answers = Prober(deadline=DEADLINE).ask_all([(app.url, app.probe if app.url else ()) for app in apps])
    costs, unpriced = _had(lambda: _costs(resources), ([], []))
    with ThreadPoolExecutor(8) as pool:  # some platforms measure for a second
        shown = list(pool.map(lambda app, results: _app(run, app, results), apps, answers))
    return {
        "name": name,
        "problem": "",
        "apps": shown,
        "resources": len(resources),
        "costs": costs,
        "unpriced": unpriced,
    }


def _app(run: Run, app: App, results: Iterable[ProbeResult]) -> dict[str, Any]:
    deployment = Deployment(run, app)
    platform = platform_of(app.platform) if app.platform in PLATFORMS else None
    listing = platform.versions if platform else "unknown platform"
    rows = _had(lambda: platform.state(deployment), ()) if platform else ()
    versions = _had(lambda: listing(deployment), ()) if callable(listing) else ()
    well = _had(lambda: platform.well(deployment), False) if platform else False
    return {
        "name": app.name,
        "platform": app.platform,
        "address": app.url,
        "answers": [
            {"path": one.path, "status": one.status, "ok": one.ok, "text": one.text, "ms": round(one.seconds * 1000)}
            for one in results
        ],
        "well": well,
        "facts": [{"subject": subject, "text": text} for subject, text in rows],
        "versions": [
            {"id": one.id, "digest": one.digest[:12], "share": one.share, "made": one.made and one.made.isoformat()}
            for one in versions
        ],
        "no_versions": "" if callable(listing) else listing,
        "schedules": [
            {"name": schedule, "when": one["when"], "does": one["does"]}
            for schedule, one in (app.details.get("schedules") or {}).items()
        ],
    }


def _had(ask: Callable[[], Fact], otherwise: Fact) -> Fact:
    """A part of the page. One that fails must not take the page of all others with it."""
    try:
        return ask()
    except Exception:
        log.exception("a part of the page could not be had")
        return otherwise


def _costs(resources: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, str]], list[str]]:
    """What the cloud would take a month at rest, by the component at the top; the types without a price."""
    declared = [_declared(resource) for resource in resources]
    by_urn = {resource.urn: resource for resource in declared}
    rows, unpriced = standing(declared)
    sums: dict[str, Decimal] = {}
    for resource, monthly in rows:
        top = _top(resource, by_urn)
        sums[top] = sums.get(top, Decimal(0)) + monthly
    return [{"of": of, "monthly": f"{sums[of]:.2f}"} for of in sorted(sums, key=lambda of: (-sums[of], of))], unpriced


def _top(resource: Declared, by_urn: Mapping[str, Declared]) -> str:
    """The name of the component below the stack that a resource belongs to."""
    while (above := by_urn.get(resource.parent)) and above.parent:
        resource = above
    return resource.name


def _declared(resource: Mapping[str, Any]) -> Declared:
    return Declared(
        urn=resource["urn"],
        type=resource["type"],
        inputs=rewrite(resource.get("inputs") or {}, lambda part: UNKNOWN if is_secret(part) else part),  # sealed
        custom=bool(resource.get("custom")),
        parent=resource.get("parent", ""),
        provider=resource.get("provider", ""),
        property_dependencies={},
    )


def log_command(project: Project, stack: str, app: str) -> list[str]:
    """The words that show an app's log as it grows. Raises :class:`UserError` for a stack or app that is not there."""
    _known(project, stack, app)
    return ["logs", app, "--stack", stack, "--follow", "--lines", "200"]


def trigger_command(project: Project, stack: str, app: str, schedule: str) -> list[str]:
    """The words that do at once what a schedule does. Raises :class:`UserError` for one that is not there."""
    schedules = _known(project, stack, app).details.get("schedules") or {}
    if schedule not in schedules:
        raise UserError(f"{app} has no schedule {schedule!r}: it has {', '.join(schedules) or 'none'}")
    return ["trigger", app, schedule, "--stack", stack]


def _known(project: Project, stack: str, app: str) -> App:
    """An app by names that came over the network: compared with what is there, before any is used."""
    if stack not in project.stacks:
        raise UserError(f"there is no stack {stack!r}: stacks/ has {', '.join(project.stacks)}")
    apps = deployed(outputs(open_run(stack, ENGINE)))
    if app not in apps:
        raise UserError(f"the stack {stack!r} has no app {app!r}: it has {', '.join(apps) or 'none'}")
    return apps[app]
