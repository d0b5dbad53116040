"""The verbs that move traffic between kept versions: rollback, canary, promote, prune.

find the app -> look which versions there are -> note the choice in the stack's file -> up

The program alone moves traffic, by what the file says: so what was moved stays moved at the next `up`, in a colleague's
checkout and in a pipeline as well.
"""

from collections.abc import Sequence
from dataclasses import replace

from slipway.errors import UserError
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment, Version
from slipway.stack.engines import Engine
from slipway.stack.outputs import App, deployed
from slipway.stack.pins import Pin, pin, pins
from slipway.stack.session import Run, previous_outputs
from slipway.verbs.apps import able, find
from slipway.verbs.artifacts import differences
from slipway.verbs.up import up

SHORTEST = 6
"""Characters of a digest that name a version."""


def rollback(stack: str, name: str, *, to: str | None, forget: bool, engine: Engine) -> int:
    """Serve an earlier version again, or with ``forget`` the newest; the exit status of the `up` that does it."""
    deployment, platform = find(stack, name, engine)
    ready = able(deployment, platform.rollback)
    run = deployment.run
    if forget:
        if name not in pins(run.project, stack):
            raise UserError(f"{name} is not pinned: it serves its newest version")
        print(pin(run.project, stack, name, None))
        return up(run)
    kept = able(deployment, platform.versions)(deployment)
    wanted = _named(name, kept, to) if to else _before(name, kept, pins(run.project, stack).get(name))
    ready(deployment, wanted)
    _mention_edits(deployment)
    print(pin(run.project, stack, name, Pin(wanted.id)))
    return up(run) or _say(f"`slipway rollback {name} --forget --stack {stack}` serves the newest version again")


def up_with_canaries(run: Run, percent: int) -> int:
    """An `up` whose new versions get ``percent`` of the requests; its exit status."""
    names = _hold(run, percent)
    if status := up(run):
        return status
    _settle(run, names, percent)
    return 0


def promote(stack: str, name: str, engine: Engine) -> int:
    """Give the newest version all requests."""
    deployment, platform = find(stack, name, engine)
    able(deployment, platform.canary if isinstance(platform.canary, str) else platform.versions)
    run = deployment.run
    held = pins(run.project, stack).get(name)
    if held is None or held.canary is None:
        raise UserError(f"{name} has no canary to promote: `slipway up --canary 10` begins one")
    if changes := _edits(deployment):
        raise UserError(
            f"{name}'s folder is no longer what its canary was made of, and to promote would deploy it untried "
            f"({'; '.join(changes[:3])}): bring it into the canary with `slipway up --stack {stack}`, or put it back"
        )
    print(pin(run.project, stack, name, None))
    return up(run)


def prune(stack: str, name: str, *, keep: int, dry_run: bool, engine: Engine) -> int:
    """Take versions away but the newest ``keep``; never one that serves, nor the one a rollback goes to."""
    deployment, platform = find(stack, name, engine)
    remove = able(deployment, platform.prune)
    kept = able(deployment, platform.versions)(deployment)
    held = pins(deployment.run.project, stack).get(name)
    going = expendable(kept, keep, held.serve if held else None)
    for version in going:
        print(
            f"{'would go' if dry_run else 'goes'}: {version.id}" + (f"  {version.digest[:12]}" * bool(version.digest))
        )
    print(f"{len(kept) - len(going)} of {len(kept)} versions of {name} stay")
    if dry_run or not going:
        return 0
    if not callable(remove):  # they are declared: the engine deletes what the program declares no more
        return up(replace(deployment.run, pruned=tuple(f"{name}/{version.id}" for version in going)))
    return remove(deployment, going)


def expendable(kept: Sequence[Version], keep: int, pinned: str | None) -> list[Version]:
    """What may go of the ``kept`` versions (newest first) so that ``keep`` stay: never what a way back needs."""
    needed = {kept[0].id, pinned} | {version.id for version in kept if version.share} if kept else set()
    main = kept.index(serving(kept)) if kept else 0
    needed |= {version.id for version in kept[main + 1 : main + 2]}
    return [version for version in kept[keep:] if version.id not in needed]


def serving(kept: Sequence[Version]) -> Version:
    """The version that has most of the requests; the newest where nobody says."""
    return max(kept, key=lambda version: version.share)


def newest(app: App) -> str:
    """The id of an app's newest version, as the outputs say it; "" without any."""
    return str(app.versions[0]) if app.versions else ""


def _hold(run: Run, percent: int) -> list[str]:
    """Hold every app that can share at what it serves now, with ``percent`` for what `up` makes newer; their names."""
    held = pins(run.project, run.stack)
    apps = deployed(previous_outputs(run))
    if not apps:
        print("nothing is deployed yet, so there is nothing to share the requests with")
    started = []
    for app in (app for app in apps.values() if app.platform in PLATFORMS):
        platform = platform_of(app.platform)
        if isinstance(platform.canary, str) or isinstance(platform.versions, str):
            print(f"{app.name}: {platform.canary}")
            continue
        deployment = Deployment(run, app)
        base = held[app.name].serve if app.name in held else serving(platform.versions(deployment)).id
        pin(run.project, run.stack, app.name, Pin(base, percent))
        started.append(app.name)
    return started


def _settle(run: Run, names: Sequence[str], percent: int) -> None:
    """After the `up`: say which apps have something new to try, and let go of the others."""
    apps = deployed(previous_outputs(run))
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


def _named(name: str, kept: Sequence[Version], to: str) -> Version:
    """The version that ``to`` names, by id or by how its artifact's digest begins. Raises :class:`UserError`."""
    by_digest = [version for version in kept if len(to) >= SHORTEST and _same(version.digest, to)]
    for version in [*(version for version in kept if version.id == to), *by_digest]:
        return version
    listed = ", ".join(version.id for version in kept)
    raise UserError(f"{name} keeps no version {to!r}: it has {listed}. `slipway versions {name}` shows their digests")


def _same(digest: str, begins: str) -> bool:
    """Whether one begins as the other; some platforms keep a part of the digest."""
    return bool(digest) and (digest.startswith(begins) or begins.startswith(digest))


def _before(name: str, kept: Sequence[Version], held: Pin | None) -> Version:
    """The version before the one that serves; of a canary, the one beside it. Raises :class:`UserError` without one."""
    if not kept:
        raise UserError(f"{name} keeps no version: there is nothing to go back to")
    if held is not None and held.canary is not None:
        return _named(name, kept, held.serve)
    main = kept.index(serving(kept))
    if main + 1 >= len(kept):
        raise UserError(f"{name} keeps nothing older than {kept[main].id}, which serves: there is no way back")
    return kept[main + 1]


def _edits(deployment: Deployment) -> list[str]:
    """What differs between the app's folder and its newest version, a line each; none where that cannot be told."""
    try:
        return differences(deployment.run.project, deployment.app.name, deployment.app.details)
    except UserError:  # a way back must not stand on a folder that is in order
        return []


def _mention_edits(deployment: Deployment) -> None:
    if changes := _edits(deployment):
        shown = "; ".join(changes[:3])
        print(f"{deployment.app.name}'s folder has changed ({shown}): it is deployed beside, and gets no requests")


def _say(line: str) -> int:
    print(line)
    return 0
