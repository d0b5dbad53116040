"""Bring a stack up: ``slipway up``.

new expiry -> start what is missing -> settle what a `destroy` left that was cut off -> engine
-> end App Engine's services that no app is in any more -> probe -> tables

After a failure the end of the output names what is live, what is not, and the command that goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from slipway.errors import UserError
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment
from slipway.stack.destroy_plan import Entry
from slipway.stack.expiry import prolong, today
from slipway.stack.outputs import deployed
from slipway.stack.session import IN_CONTAINERS, PARTIAL, Run, act, backend_of, hand_over, outputs, start
from slipway.verbs.after_failure import explain_failure
from slipway.verbs.cut_destroy import settle_destroy
from slipway.verbs.ended_services import end_services
from slipway.verbs.lost_versions import drop_forgotten, drop_lost
from slipway.verbs.status import show, show_failed

GOOGLE = "slipway:gcp"
"""The section of a stack's settings without which nothing of it is on Google Cloud."""


def up(run: Run) -> int:
    """Bring the stack up and show what is live; 0 where everything answers."""
    if until := prolong(run.settings, today()):
        print(f"the stack {run.stack!r} now lives until {until}: written to stacks/Pulumi.{run.stack}.yaml")
    if not run.sandbox:
        before = _resources(run)
        if failed := hand_over("up", run):
            explain_failure(run)
            return failed
        end_services(run, before)
        return show_failed(run)
    world_lost = start(run)
    if world_lost:
        run = replace(run, pruned=drop_lost(run))
    else:
        settle_destroy(run)
        run = replace(run, pruned=(*run.pruned, *drop_forgotten(run)))
    before = _resources(run)
    if failed := act("up", run, ["--yes", "--skip-preview", *(["--refresh"] if world_lost else []), *run.words]):
        explain_failure(run)
        return failed
    end_services(run, before)
    tidy(run)
    status = show(run)
    if names := left_out(run):
        print(f"left out, because no Docker daemon answers: {', '.join(names)} (`slipway doctor` says what is missing)")
    return status


def left_out(run: Run) -> list[str]:
    """The apps of the stack's file that need a Docker daemon and are not up, by name; none after an `up` of parts."""
    if PARTIAL & {word.partition("=")[0] for word in run.words}:
        return []
    declared = {
        name
        for name, app in run.settings.apps.items()
        if isinstance(app, Mapping) and app.get("platform") in IN_CONTAINERS and not app.get("optional")
    }
    return sorted(declared - {*deployed(outputs(run))} - {*run.without_apps})


def tidy(run: Run) -> None:
    """Remove from the sandbox what belongs to versions that are kept no more."""
    for app in deployed(outputs(run)).values():
        gone = platform_of(app.platform).tidy(Deployment(run, app)) if app.platform in PLATFORMS else ()
        for name in gone:
            print(f"{app.name}: the image {name} went, whose version is kept no more")


def _resources(run: Run) -> Sequence[Entry]:
    """What the state of a stack with a Google Cloud has before; [] where it has none, or is not there yet."""
    if GOOGLE not in run.settings.config:
        return []
    try:
        return backend_of(run).resources(run.stack)
    except UserError:  # the engine says it in its own words
        return []
