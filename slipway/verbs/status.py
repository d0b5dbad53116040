"""The state of the apps of a stack: each is asked at its addresses, and its platform for its own report."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from slipway.errors import UserError
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment, needs
from slipway.sandbox.handler import CloudError
from slipway.stack.outputs import App, deployed, pick
from slipway.stack.session import Run, outputs, services_run
from slipway.verbs import tables
from slipway.verbs.alerts import Alert, firing, own_troubles
from slipway.verbs.probe import Prober, ProbeResult


def probe_apps(run: Run, only: str | None = None) -> list[tuple[App, list[ProbeResult]]]:
    """Ask every app of the stack, or one, at its addresses. Raises :class:`UserError` for an unknown app."""
    exported = outputs(run)
    apps = [pick(exported, only, run.stack)] if only else [*deployed(exported).values()]
    answers = Prober().ask_all([(app.url, app.probe if app.url else ()) for app in apps])
    return list(zip(apps, answers, strict=True))


def reports(run: Run, apps: Sequence[App]) -> dict[str, Sequence[tuple[str, str]]]:
    """The report of each app's platform, by app; without apps on platforms that are not in the table."""
    reporting = [app for app in apps if app.platform in PLATFORMS]
    with ThreadPoolExecutor(8) as pool:  # some platforms measure for a second
        rows = pool.map(lambda app: _report(Deployment(run, app)), reporting)
        return {app.name: row for app, row in zip(reporting, rows, strict=True)}


def _report(deployment: Deployment) -> Sequence[tuple[str, str]]:
    return [*platform_of(deployment.app.platform).state(deployment), *needs(deployment)]


def failing(run: Run, apps: Sequence[App]) -> list[str]:
    """The names of the apps that their platforms report as failed."""
    return [
        app.name
        for app in apps
        if app.platform in PLATFORMS and not platform_of(app.platform).well(Deployment(run, app))
    ]


def show_failed(run: Run) -> int:
    """Name the apps that their platforms report as failed; 1 where there is one."""
    failed = failing(run, [*deployed(outputs(run)).values()])
    _name_troubles(run, [(name, FAILED) for name in failed])
    return 1 if failed else 0


def status(run: Run, only: str | None = None) -> int:
    """Print the table of all apps or of one; 1 where one has failed, does not answer, or nothing runs here.

    An alert that fires counts too, and so do restarts and processes that the kernel ended for their memory.
    """
    if run.sandbox and not services_run(run):
        exported = outputs(run)
        names = [only] if only else list(deployed(exported))
        print(f"nothing runs on this machine: `slipway up --stack {run.stack}` brings back {', '.join(names) or 'it'}")
        return 1
    apps = deployed(outputs(run))
    alerts = firing(apps.values())
    alerts += own_troubles([Deployment(run, app) for app in apps.values()], alerts)
    return show(run, only, [alert for alert in alerts if only in (None, alert.app)])


def show(run: Run, only: str | None = None, alerts: Sequence[Alert] = ()) -> int:
    """Print the table that an ``up`` ends with, of all apps or of one; 1 where an app has failed or does not answer.

    ``alerts`` are shown with their apps; with one the exit status is 1 as well.
    """
    results = probe_apps(run, only)
    apps = [app for app, _ in results]
    rows = {name: list(report) for name, report in reports(run, apps).items()}
    for alert in alerts:
        rows.setdefault(alert.app, []).append((f"alert ({alert.severity})", f"{alert.name}: {alert.summary}"))
    tables.show_apps(results, rows)
    silent = [app.name for app, answers in results if not all(answer.ok for answer in answers)]
    failed = failing(run, apps)
    troubles = [
        *((name, "does not answer as it should") for name in silent),
        *((name, FAILED) for name in failed),
        *((alert.app, f"has the alert {alert.name}") for alert in alerts),
    ]
    _name_troubles(run, troubles, {app.name: way_back(Deployment(run, app)) for app in apps if app.name in silent})
    return 1 if troubles else 0


FAILED = "has failed"
NO_WAYS: Mapping[str, str] = {}


def way_back(deployment: Deployment) -> str:
    """The command by which the version before serves, as the end of a sentence; "" where there is none."""
    app = deployment.app
    if app.platform not in PLATFORMS or isinstance(platform_of(app.platform).rollback, str):
        return ""
    if "serve" in app.details or not _has_an_earlier_one(deployment):  # a pinned app has gone back already
        return ""
    return f", `slipway rollback {app.name} --stack {deployment.run.stack}` serves the version before"


def _has_an_earlier_one(deployment: Deployment) -> bool:
    """By the outputs, or by the platform where it keeps versions that the program does not declare."""
    listed = platform_of(deployment.app.platform).versions
    if len(deployment.app.versions) > 1 or isinstance(listed, str):
        return len(deployment.app.versions) > 1
    try:
        return len(listed(deployment)) > 1
    except (UserError, CloudError):  # the platform does not answer either
        return False


def _name_troubles(run: Run, troubles: Sequence[tuple[str, str]], ways_back: Mapping[str, str] = NO_WAYS) -> None:
    for name, trouble in troubles:
        way = ways_back.get(name, "")
        line = f"[red]{name} {trouble}[/red]: `slipway logs {name} --stack {run.stack}` shows why{way}"
        tables.console().print(line, soft_wrap=True)  # a command that is cut in two cannot be copied
