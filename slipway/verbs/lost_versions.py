"""The versions that an ended emulator or an unfinished command has lost: the program must not declare them any more."""

from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment
from slipway.stack.outputs import deployed
from slipway.stack.pins import pin, pins, pins_in
from slipway.stack.session import Run, backend_of, previous_outputs

DECLARED_AS = {
    "App Engine": "gcp:appengine/standardAppVersion:StandardAppVersion",
    "Elastic Beanstalk": "aws:elasticbeanstalk/applicationVersion:ApplicationVersion",
}
"""By platform, the type of the resource that a kept version is, called APP-VERSION."""


def drop_lost(run: Run) -> tuple[str, ...]:
    """The earlier versions that are not there any more, as APP/VERSION; a pin on one of them is taken out and named."""
    pinned = pins_in(run.settings)
    world_lost: list[str] = []
    for app in deployed(previous_outputs(run)).values():
        present = platform_of(app.platform).present if app.platform in PLATFORMS else None
        if present is None:
            continue
        there = present(Deployment(run, app))
        world_lost += [f"{app.name}/{id}" for id in app.versions[1:] if id not in there]
        if app.name in pinned and pinned[app.name].serve not in there:
            unpin(run, app.name, pinned[app.name].serve)
    return tuple(world_lost)


def drop_forgotten(run: Run) -> tuple[str, ...]:
    """The earlier versions that the outputs name and the state has no more, as APP/VERSION, pins on them taken out.

    A `destroy` that was cut off has deleted them, or somebody did by hand and a refresh has seen it. To declare them
    again would need their source, which is only where they were.
    """
    there = {(entry["type"], entry["urn"].rpartition("::")[2]) for entry in backend_of(run).resources(run.stack)}
    pinned = pins_in(run.settings)
    forgotten: list[str] = []
    for app in deployed(previous_outputs(run)).values():
        type_ = DECLARED_AS.get(app.platform)
        gone = [id for id in app.versions[1:] if type_ and (type_, f"{app.name}-{id}") not in there]
        forgotten += [f"{app.name}/{id}" for id in gone]
        if app.name in pinned and pinned[app.name].serve in gone:
            unpin(run, app.name, pinned[app.name].serve)
    return tuple(forgotten)


def unpin(run: Run, name: str, version: str) -> None:
    """Take a pin on a version that is gone out of the stack's file, and say so."""
    print(f"{name}: {version} is gone; {pin(run.project, run.stack, name, None)}")


def unpin_all(run: Run) -> None:
    """Take out of the file of a stack that is down every pin on a version, and say so."""
    for name, choice in pins(run.project, run.stack).items():
        unpin(run, name, choice.serve)
