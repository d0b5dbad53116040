"""The verbs that move traffic between an app's versions: rollback, canary, promote, prune.

find the app -> list its versions -> write the choice into the stack's file -> up

Only the program moves traffic, as the file states: so the choice lasts at the next `up`, in a colleague's checkout and
in a pipeline.
"""

from collections.abc import Sequence
from dataclasses import replace

from slipway.errors import UserError
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment, Version
from slipway.stack.engines import Engine
from slipway.stack.outputs import App, deployed
from slipway.stack.pins import Pin, pin, pins
from slipway.stack.session import Run, previous_outputs, reread
from slipway.verbs.artifacts import differences
from slipway.verbs.deployments import find_deployment, require
from slipway.verbs.up import up

SHORTEST = 6
"""Characters of a digest that name a version."""


def rollback(stack: str, name: str, *, to: str | None, forget: bool, engine: Engine) -> int:
    """Serve an earlier version again, or with ``forget`` the newest; the exit status of the `up` that does it."""
    deployment, platform = find_deployment(stack, name, engine)
    check = require(deployment, platform.rollback)
    run = deployment.run
    if forget:
        if name not in pins(run.project, stack):
            raise UserError(f"{name} is not pinned: it serves its newest version, as `slipway versions {name}` shows")
        print(pin(run.project, stack, name, None))
        return up(reread(run))
    versions = require(deployment, platform.versions)(deployment)
    version = (
        version_named(name, versions, to) if to else version_before(name, versions, pins(run.project, stack).get(name))
    )
    check(deployment, version)
    _mention_edits(deployment)
    print(pin(run.project, stack, name, Pin(version.id)))
    return up(reread(run)) or _print(
        f"`slipway rollback {name} --forget --stack {stack}` serves the newest version again"
    )


def up_with_canaries(run: Run, percent: int, *, whole: bool) -> int:
    """An `up` whose new versions get ``percent`` of the requests; its exit status.

    ``whole`` also deploys changed apps of platforms that cannot share requests, which then get all of them. Raises
    :class:`UserError` where there are such apps and ``whole`` is not given.
    """
    apps = deployed(previous_outputs(run))
    if not apps:
        print("nothing is deployed yet, so there is nothing to share the requests with")
    sharing = [app for app in apps.values() if _can_share(app)]
    if not whole:
        _refuse_whole(run, [app for app in apps.values() if not _can_share(app)])
    _pin_served(run, sharing, percent)
    if status := up(reread(run)):
        return status
    _unpin_unchanged(run, [app.name for app in sharing], percent)
    return 0


def promote(stack: str, name: str, engine: Engine) -> int:
    """Give the newest version all requests."""
    deployment, platform = find_deployment(stack, name, engine)
    require(deployment, platform.canary if isinstance(platform.canary, str) else platform.versions)
    run = deployment.run
    choice = pins(run.project, stack).get(name)
    if choice is None or choice.canary is None:
        raise UserError(f"{name} has no canary to promote: `slipway up --canary 10` begins one")
    if changes := _edits(deployment):
        raise UserError(
            f"{name}'s folder is no longer what its canary was made of, and to promote would deploy it untried "
            f"({'; '.join(changes[:3])}): bring it into the canary with `slipway up --stack {stack}`, or put it back"
        )
    print(pin(run.project, stack, name, None))
    return up(reread(run))


def prune(stack: str, name: str, *, keep: int, dry_run: bool, engine: Engine) -> int:
    """Take versions away but the newest ``keep``; never one that serves, nor the one a rollback goes to."""
    deployment, platform = find_deployment(stack, name, engine)
    remove = require(deployment, platform.prune)
    versions = require(deployment, platform.versions)(deployment)
    choice = pins(deployment.run.project, stack).get(name)
    going = expendable(versions, keep, choice.serve if choice else None)
    for version in going:
        print(
            f"{'would go' if dry_run else 'goes'}: {version.id}" + (f"  {version.digest[:12]}" * bool(version.digest))
        )
    print(f"{len(versions) - len(going)} of {len(versions)} versions of {name} stay")
    if dry_run or not going:
        return 0
    if not callable(remove):  # they are declared: the engine deletes what the program declares no more
        return up(replace(deployment.run, pruned=tuple(f"{name}/{version.id}" for version in going)))
    return remove(deployment, going)


def expendable(versions: Sequence[Version], keep: int, pinned: str | None) -> list[Version]:
    """The ``versions`` (newest first) that may go so that ``keep`` stay: never one that a rollback needs."""
    needed = {versions[0].id, pinned} | {version.id for version in versions if version.share} if versions else set()
    main = versions.index(serving(versions)) if versions else 0
    needed |= {version.id for version in [one for one in versions[main + 1 :] if not one.unreleased][:1]}
    return [version for version in versions[keep:] if version.id not in needed]


def serving(versions: Sequence[Version]) -> Version:
    """The version that has most of the requests; the newest where no shares are known."""
    return max(versions, key=lambda version: version.share)


def newest(app: App) -> str:
    """The id of an app's newest version, as the outputs say it; "" without any."""
    return str(app.versions[0]) if app.versions else ""


def _can_share(app: App) -> bool:
    """Whether the app's platform can give a version a part of the requests."""
    if app.platform not in PLATFORMS:
        return False
    platform = platform_of(app.platform)
    return not isinstance(platform.canary, str) and not isinstance(platform.versions, str)


def _refuse_whole(run: Run, apps: Sequence[App]) -> None:
    """Raises :class:`UserError` if an `up` would send all requests of one of ``apps`` to code that was never tried."""
    lines = [
        f"{app.name} has changed ({'; '.join(changes[:3])}), and {platform_of(app.platform).canary}"
        for app in apps
        if app.platform in PLATFORMS and (changes := _edits(Deployment(run, app)))
    ]
    if lines:
        raise UserError(
            "\n".join(lines)
            + "\nnothing was deployed: put the folder back, or add `--all` to send all requests of such "
            "apps to their new code"
        )


def _pin_served(run: Run, apps: Sequence[App], percent: int) -> None:
    """Pin each of ``apps`` to the version that serves now, with ``percent`` for the one that `up` makes."""
    before = pins(run.project, run.stack)
    for app in apps:
        versions = platform_of(app.platform).versions
        if app.name in before:
            base = before[app.name].serve
        elif not isinstance(versions, str):
            base = serving(versions(Deployment(run, app))).id
        else:
            continue
        pin(run.project, run.stack, app.name, Pin(base, percent))


def _unpin_unchanged(run: Run, names: Sequence[str], percent: int) -> None:
    """After the `up`: unpin the apps without a new version, and name the commands that end a canary."""
    apps = deployed(previous_outputs(run))
    for name in names:
        choice = pins(run.project, run.stack)[name]
        if name in apps and newest(apps[name]) == choice.serve:
            pin(run.project, run.stack, name, None)
            print(f"{name} has nothing new: {choice.serve} goes on serving all requests")
        else:
            print(
                f"{name}: the newest version gets {percent} % of the requests until "
                f"`slipway promote {name} --stack {run.stack}`, or `slipway rollback {name} --stack {run.stack}`"
            )


def version_named(name: str, versions: Sequence[Version], to: str) -> Version:
    """The version that ``to`` names, by id or by how its artifact's digest begins. Raises :class:`UserError`."""
    by_digest = [version for version in versions if len(to) >= SHORTEST and _same(version.digest, to)]
    for version in [*(version for version in versions if version.id == to), *by_digest]:
        return version
    listed = ", ".join(version.id for version in versions)
    raise UserError(f"{name} keeps no version {to!r}: it has {listed}. `slipway versions {name}` shows their digests")


def _same(digest: str, begins: str) -> bool:
    """Whether one begins as the other; some platforms keep a part of the digest."""
    return bool(digest) and (digest.startswith(begins) or begins.startswith(digest))


def version_before(name: str, versions: Sequence[Version], choice: Pin | None) -> Version:
    """The version before the one that serves; of a canary, the one beside it. Raises :class:`UserError` without one."""
    if not versions:
        raise UserError(f"{name} keeps no version: there is nothing to go back to")
    if choice is not None and choice.canary is not None:
        return version_named(name, versions, choice.serve)
    main = versions.index(serving(versions))
    earlier = [version for version in versions[main + 1 :] if not version.unreleased]
    if not earlier:
        raise UserError(
            f"{name} keeps nothing older than {versions[main].id}, which serves: there is no way back "
            f"(`slipway versions {name}` lists what is kept)"
        )
    return earlier[0]


def _edits(deployment: Deployment) -> list[str]:
    """The differences between the app's folder and its newest version, a line each; none where they cannot be found."""
    try:
        return differences(deployment.run.project, deployment.app.name, deployment.app.details)
    except UserError:  # a rollback must work although the folder is broken
        return []


def _mention_edits(deployment: Deployment) -> None:
    if changes := _edits(deployment):
        listed = "; ".join(changes[:3])
        print(f"{deployment.app.name}'s folder has changed ({listed}): it is deployed beside, and gets no requests")


def _print(line: str) -> int:
    print(line)
    return 0
