"""The verbs that move traffic between kept versions: rollback, canary, promote, prune.

find the app -> look which versions there are -> note the choice in the stack's file -> up

The program alone moves traffic, by what the file says: so what was moved stays moved at the next `up`, in a colleague's
checkout and in a pipeline as well.
"""

import os
from collections.abc import Sequence

from slipway import lifecycle
from slipway.apps import App, deployed
from slipway.engines import Engine
from slipway.homes import HOMES, home_of
from slipway.homes.home import PRUNED, Kept, Place
from slipway.homes.pins import Pin, pin, pins
from slipway.homes.verbs import able, find
from slipway.lifecycle import Run
from slipway.project import UserError

SHORTEST = 6
"""Characters of a digest that name a version."""


def rollback(stack: str, name: str, *, to: str | None, forget: bool, engine: Engine) -> int:
    """Serve an earlier version again, or with ``forget`` the newest; the exit status of the `up` that does it."""
    place, home = find(stack, name, engine)
    ready = able(place, home.rollback)
    run = place.run
    if forget:
        if name not in pins(run.project, stack):
            raise UserError(f"{name} is not pinned: it serves its newest version")
        print(pin(run.project, stack, name, None))
        return lifecycle.up(run)
    kept = able(place, home.versions)(place)
    wanted = _named(name, kept, to) if to else _before(name, kept, pins(run.project, stack).get(name))
    ready(place, wanted)
    _mention_edits(place)
    print(pin(run.project, stack, name, Pin(wanted.id)))
    return lifecycle.up(run) or _say(
        f"`slipway rollback {name} --forget --stack {stack}` serves the newest version again"
    )


def up_with_canaries(run: Run, percent: int) -> int:
    """An `up` whose new versions get ``percent`` of the requests; its exit status."""
    names = _hold(run, percent)
    if status := lifecycle.up(run):
        return status
    _settle(run, names, percent)
    return 0


def promote(stack: str, name: str, engine: Engine) -> int:
    """Give the newest version all requests."""
    place, home = find(stack, name, engine)
    able(place, home.canary if isinstance(home.canary, str) else home.versions)
    run = place.run
    held = pins(run.project, stack).get(name)
    if held is None or held.canary is None:
        raise UserError(f"{name} has no canary to promote: `slipway up --canary 10` begins one")
    if changes := _edits(place):
        raise UserError(
            f"{name}'s folder is no longer what its canary was made of, and to promote would deploy it untried "
            f"({'; '.join(changes[:3])}): bring it into the canary with `slipway up --stack {stack}`, or put it back"
        )
    print(pin(run.project, stack, name, None))
    return lifecycle.up(run)


def prune(stack: str, name: str, *, keep: int, dry_run: bool, engine: Engine) -> int:
    """Take versions away but the newest ``keep``; never one that serves, nor the one a rollback goes to."""
    place, home = find(stack, name, engine)
    remove = able(place, home.prune)
    kept = able(place, home.versions)(place)
    held = pins(place.run.project, stack).get(name)
    going = expendable(kept, keep, held.serve if held else None)
    for version in going:
        print(
            f"{'would go' if dry_run else 'goes'}: {version.id}" + (f"  {version.digest[:12]}" * bool(version.digest))
        )
    print(f"{len(kept) - len(going)} of {len(kept)} versions of {name} stay")
    return remove(place, going) if going and not dry_run else 0


def let_go(run: Run) -> None:
    """Forget the versions that ended with their emulator, and say so: the program must not ask for them any more."""
    held = pins(run.project, run.stack)
    gone: list[str] = []
    for app in deployed(_outputs(run)).values():
        present = home_of(app.home).present if app.home in HOMES else None
        if present is None:
            continue
        there = present(Place(run, app))
        gone += [f"{app.name}/{id}" for id in app.versions[1:] if id not in there]
        if app.name in held and held[app.name].serve not in there:
            print(f"{app.name}: {held[app.name].serve} is no more; {pin(run.project, run.stack, app.name, None)}")
    os.environ[PRUNED] = ",".join(gone)


def unpin_all(run: Run) -> None:
    """Take out of the file of a stack that is down what names versions that are no more, and say so."""
    for name, held in pins(run.project, run.stack).items():
        print(f"{name}: {held.serve} is no more; {pin(run.project, run.stack, name, None)}")


def expendable(kept: Sequence[Kept], keep: int, pinned: str | None) -> list[Kept]:
    """What may go of the ``kept`` versions (newest first) so that ``keep`` stay: never what a way back needs."""
    needed = {kept[0].id, pinned} | {version.id for version in kept if version.share} if kept else set()
    main = kept.index(serving(kept)) if kept else 0
    needed |= {version.id for version in kept[main + 1 : main + 2]}
    return [version for version in kept[keep:] if version.id not in needed]


def serving(kept: Sequence[Kept]) -> Kept:
    """The version that has most of the requests; the newest where nobody says."""
    return max(kept, key=lambda version: version.share)


def newest(app: App) -> str:
    """The id of an app's newest version, as the outputs say it; "" without any."""
    return str(app.versions[0]) if app.versions else ""


def _hold(run: Run, percent: int) -> list[str]:
    """Hold every app that can share at what it serves now, with ``percent`` for what `up` makes newer; their names."""
    held = pins(run.project, run.stack)
    apps = deployed(_outputs(run))
    if not apps:
        print("nothing is deployed yet, so there is nothing to share the requests with")
    started = []
    for app in (app for app in apps.values() if app.home in HOMES):
        home = home_of(app.home)
        if isinstance(home.canary, str) or isinstance(home.versions, str):
            print(f"{app.name}: {home.canary}")
            continue
        place = Place(run, app)
        base = held[app.name].serve if app.name in held else serving(home.versions(place)).id
        pin(run.project, run.stack, app.name, Pin(base, percent))
        started.append(app.name)
    return started


def _settle(run: Run, names: Sequence[str], percent: int) -> None:
    """After the `up`: say which apps have something new to try, and let go of the others."""
    apps = deployed(_outputs(run))
    for name in names:
        held = pins(run.project, run.stack)[name]
        if name in apps and newest(apps[name]) == held.serve:
            pin(run.project, run.stack, name, None)
            print(f"{name} has nothing new: {held.serve} goes on serving all requests")
        else:
            print(
                f"{name}: the newest version gets {percent} % of the requests until "
                f"`slipway promote {name} --stack {run.stack}`, or `slipway rollback {name} --stack {run.stack}`"
            )


def _named(name: str, kept: Sequence[Kept], to: str) -> Kept:
    """The version that ``to`` names, by id or by how its artifact's digest begins. Raises :class:`UserError`."""
    by_digest = [version for version in kept if len(to) >= SHORTEST and _same(version.digest, to)]
    for version in [*(version for version in kept if version.id == to), *by_digest]:
        return version
    listed = ", ".join(version.id for version in kept)
    raise UserError(f"{name} keeps no version {to!r}: it has {listed}. `slipway versions {name}` shows their digests")


def _same(digest: str, begins: str) -> bool:
    """Whether one begins as the other; some homes keep a part of the digest."""
    return bool(digest) and (digest.startswith(begins) or begins.startswith(digest))


def _before(name: str, kept: Sequence[Kept], held: Pin | None) -> Kept:
    """The version before the one that serves; of a canary, the one beside it. Raises :class:`UserError` without one."""
    if not kept:
        raise UserError(f"{name} keeps no version: there is nothing to go back to")
    if held is not None and held.canary is not None:
        return _named(name, kept, held.serve)
    main = kept.index(serving(kept))
    if main + 1 >= len(kept):
        raise UserError(f"{name} keeps nothing older than {kept[main].id}, which serves: there is no way back")
    return kept[main + 1]


def _edits(place: Place) -> list[str]:
    """What differs between the app's folder and its newest version, a line each; none where that cannot be told."""
    from slipway.bundle.cli import differences

    try:
        return differences(place.run.project, place.app.name, place.app.details)
    except UserError:  # a way back must not stand on a folder that is in order
        return []


def _mention_edits(place: Place) -> None:
    if changes := _edits(place):
        shown = "; ".join(changes[:3])
        print(f"{place.app.name}'s folder has changed ({shown}): it is deployed beside, and gets no requests")


def _outputs(run: Run) -> dict:
    try:
        return lifecycle.outputs(run)
    except UserError:  # it has never been up
        return {}


def _say(line: str) -> int:
    print(line)
    return 0
