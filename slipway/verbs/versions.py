"""List the versions of an app that its platform keeps: ``slipway versions``."""

from datetime import UTC
from typing import cast

from slipway.errors import UserError
from slipway.platforms.platform import Deployment, Platform, Version
from slipway.stack.engines import Engine
from slipway.verbs import tables
from slipway.verbs.deployments import all_deployments, find_deployment, require
from slipway.verbs.tables import table_of
from slipway.wire.outputs import VersionedOutput


def versions(stack: str, name: str | None, engine: Engine = Engine.auto) -> int:
    """Print a table of the versions, newest first; without a name, of each app. Raises :class:`UserError`."""
    if name:
        _show(*find_deployment(stack, name, engine))
        return 0
    problems: list[UserError] = []
    apps = all_deployments(stack, engine)
    for deployment, platform in apps:
        try:
            _show(deployment, platform)
        except UserError as error:
            problems.append(error)
    if len(problems) == len(apps):
        raise problems[0]
    for problem in problems:
        print(problem)
    return 0


def _show(deployment: Deployment, platform: Platform) -> None:
    pinned = cast("VersionedOutput", deployment.app.details).get("serve")
    rows = [
        (version.id, version.digest[:12], _moment(version), _share(version), _remark(version, pinned))
        for version in require(deployment, platform.versions)(deployment)
    ]
    columns = ("version", "artifact", "made (UTC)", "requests", "")
    tables.show(table_of(f"{deployment.app.name} on {deployment.app.platform}, newest first", columns, rows))


def _remark(version: Version, pinned: str | None) -> str:
    return "pinned" if version.id == pinned else "not released" if version.unreleased else ""


def _share(version: Version) -> str:
    if version.share == 1:
        return "all traffic"
    return f"{version.share * 100:.0f} %" if version.share else ""


def _moment(version: Version) -> str:
    return f"{version.made.astimezone(UTC):%Y-%m-%d %H:%M}" if version.made else ""
