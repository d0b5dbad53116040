"""Which version serves, as a stack's file says it: read there, written there, comments kept.

slipway:apps:
  time-service:
    serve: v-0123456789ab   # this version, not the newest
    canary: 10              # percent of the requests for the newest all the same
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.engine.project.yamlfile import edit
from slipway.errors import UserError
from slipway.stack.project import Project
from slipway.stack.settings_file import SettingsFile, settings_of

APPS = "slipway:apps"


@dataclass(frozen=True)
class Pin:
    """What serves instead of the newest version, and the newest one's share (percent) where it has one."""

    serve: str
    canary: int | None = None


def pins(project: Project, stack: str) -> dict[str, Pin]:
    """The apps of a stack's file, as it is now, that name a version to serve. Raises :class:`UserError`."""
    return pins_in(settings_of(project, stack))


def pins_in(settings: SettingsFile) -> dict[str, Pin]:
    """The apps of a settings file that name a version to serve."""
    apps = settings.apps
    return {
        name: Pin(str(app["serve"]), app.get("canary"))
        for name, app in apps.items()
        if isinstance(app, Mapping) and app.get("serve") is not None
    }


def pin(project: Project, stack: str, name: str, choice: Pin | None) -> str:
    """Write a pin into the stack's file, or take it out, and say so in a sentence.

    Raises :class:`UserError` for an app that the file does not have.
    """
    path = project.stack_file(stack)

    def change(document: Any) -> None:  # noqa: ANN401 - ruamel's map
        apps = (document.get("config") or {}).get(APPS) or {}
        if name not in apps:
            raise UserError(f"stacks/{path.name} has no app {name!r} in {APPS}, which is where its version is noted")
        app = apps[name]
        for key in ("serve", "canary"):
            app.pop(key, None)
        if choice is not None:
            at = list(app).index("source") + 1 if "source" in app else len(app)
            app.insert(at, "serve", choice.serve)
            if choice.canary is not None:
                app.insert(at + 1, "canary", choice.canary)

    edit(path, change)
    return f"{sentence(name, choice)}: written to stacks/{path.name}"


def sentence(name: str, choice: Pin | None) -> str:
    """What a pin means, in words."""
    if choice is None:
        return f"{name} serves its newest version"
    if choice.canary is not None:
        return f"{name} serves {choice.serve}, and {choice.canary} % of the requests get the newest version"
    return f"{name} is pinned to {choice.serve}, whatever is newer"
