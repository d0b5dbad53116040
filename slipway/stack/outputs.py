"""The apps of a deployed stack, as its outputs describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import UserError, nearest
from slipway.wire.outputs import AppOutput


@dataclass(frozen=True)
class App:
    """One deployed app, as the stack's output ``apps`` describes it."""

    name: str
    platform: str
    """Where it runs, in words: ``App Engine``, ``AWS Lambda``."""
    resource: str
    """Its name in that cloud: the function's name, the service's id."""
    url: str
    digest: str
    """The manifest digest of the artifact that serves (hex sha256)."""
    probe: tuple[str, ...]
    """The paths whose answers show that it is up."""
    versions: tuple[str, ...]
    """The versions that are kept, newest first; empty where the platform keeps none."""
    details: AppOutput
    """The whole entry of the output; each platform has a type of its own for what else is in it."""


def deployed(outputs: Mapping[str, Any]) -> dict[str, App]:
    """The apps in a stack's outputs, by name, in name order."""
    apps = outputs.get("apps") or {}
    return {
        name: App(
            name=name,
            platform=exported["platform"],
            resource=exported.get("resource", ""),
            url=exported.get("url", ""),
            digest=exported.get("digest", ""),
            probe=tuple(exported.get("probe", ())),
            versions=tuple(exported.get("versions", ())),
            details=exported,
        )
        for name, exported in sorted(apps.items())
    }


def pick(outputs: Mapping[str, Any], name: str, stack: str) -> App:
    """The app called ``name``. Raises :class:`UserError` where the stack has none of that name."""
    apps = {app.name: app for app in all_of(outputs, stack)}
    if name not in apps:
        raise UserError(f"the stack {stack!r} has no app {name!r}{nearest(name, apps)}: it has {', '.join(apps)}")
    return apps[name]


def all_of(outputs: Mapping[str, Any], stack: str) -> list[App]:
    """The apps by name. Raises :class:`UserError` where the stack has none deployed."""
    apps = deployed(outputs)
    if not apps:
        raise UserError(
            f"the stack {stack!r} has no addresses of apps yet: an `up` that ends well writes them down. Run "
            f"`slipway up --stack {stack}`"
        )
    return list(apps.values())
