"""What is live: every app of a stack probed, and shown with what its platform says of it."""

from slipway.platforms.probe import Sighting, probe
from slipway.stack.outputs import App, deployed, pick
from slipway.stack.session import Run, outputs
from slipway.verbs import tables
from slipway.verbs.apps import states, unwell


def look(run: Run, only: str | None = None) -> list[tuple[App, list[Sighting]]]:
    """Probe every app of the stack, or one, at every address it names. Raises :class:`UserError` for an unknown one."""
    exported = outputs(run)
    apps = [pick(exported, only, run.stack)] if only else deployed(exported).values()
    return [(app, list(probe(app.url, list(app.probe))) if app.url else []) for app in apps]


def show(run: Run, only: str | None = None) -> int:
    """The table that an ``up`` ends with, of all apps or of one; 1 where an app is not as it should be."""
    sightings_by_app = look(run, only)
    apps = [app for app, _ in sightings_by_app]
    tables.show_apps(sightings_by_app, states(run, apps))
    silent = [app.name for app, sightings in sightings_by_app if not all(s.ok for s in sightings)]
    for name in silent:
        tables.console().print(
            f"[red]{name} does not answer as it should[/red]: `slipway logs {name} --stack {run.stack}` shows why"
        )
    failed = unwell(run, apps)
    for name in failed:
        tables.console().print(f"[red]{name} has failed[/red]: `slipway logs {name} --stack {run.stack}` shows why")
    return 1 if silent or failed else 0
