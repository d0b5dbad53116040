"""A stack's settings file, read as the engine reads it; nothing here writes one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.engine.errors import UsageError
from slipway.engine.project.yamlfile import read, resolved
from slipway.errors import UserError, nearest
from slipway.stack.project import Project


@dataclass(frozen=True)
class SettingsFile:
    """A settings file as it was read; empty for a stack that has none any more, which `reap` still destroys."""

    path: Path = Path()
    config: Mapping[str, Any] = field(default_factory=dict)
    """The mapping below ``config``, as plain values."""
    salt: str = ""
    """``encryptionsalt``; "" where the file has none."""

    @property
    def sandbox(self) -> bool:
        """Whether the stack's environment is the local sandbox."""
        return self.config.get("slipway:environment") == "sandbox"

    @property
    def apps(self) -> Mapping[str, Any]:
        """The settings of the stack's apps, by name; none of a file that lists them in another form."""
        apps = self.config.get("slipway:apps")
        return apps if isinstance(apps, Mapping) else {}


def settings_of(project: Project, stack: str) -> SettingsFile:
    """The settings file of a stack. Raises :class:`UserError` for a stack without one, and for a file that is none."""
    file = project.stack_file(stack)
    restore = f"`git checkout {file.relative_to(project.root)}` brings the last committed one back"
    try:
        document = resolved(read(file))
    except UsageError as wrong:
        raise UserError(f"{wrong}\nmend it there, or {restore}") from None
    if not document:
        raise UserError(f"{file} is empty, and so says nothing of the stack {stack!r}: {restore}")
    config = document.get("config") or {}
    if not isinstance(config, Mapping):
        raise UserError(
            f"{file}: `config` must be a mapping (key: value, indented below it), got a {type(config).__name__}: "
            f"{restore}"
        )
    _refuse_other_forms(config, f"{file}: slipway:apps", restore)
    _refuse_almost_sandbox(config, f"{file}: slipway:environment")
    return SettingsFile(file, config, str(document.get("encryptionsalt") or ""))


def refuse_unless_writable(file: Path) -> None:
    """Refuse a settings file, or its folder, that cannot be written, before anything depends on it.

    Raises :class:`UserError`.
    """
    for path in (file.parent, file):
        if not os.access(path, os.W_OK):
            raise UserError(
                f"{path} cannot be written, and the setting belongs there: make it yours with `chmod u+w {path}`, or "
                "work in a copy of the project"
            )


def _refuse_almost_sandbox(config: Mapping[str, Any], where: str) -> None:
    """Refuse a mistyped `sandbox`: every other environment is a real cloud, which would be asked for."""
    environment = config.get("slipway:environment")
    if isinstance(environment, str) and environment != "sandbox" and nearest(environment, ["sandbox"]):
        raise UserError(
            f"{where} is {environment!r}: write sandbox for the local clouds, or another name for real ones"
        )


def _refuse_other_forms(config: Mapping[str, Any], where: str, restore: str) -> None:
    """Refuse apps that are no mapping of names to settings, which every command about apps reads."""
    apps = config.get("slipway:apps")
    if apps is not None and not isinstance(apps, Mapping):
        raise UserError(
            f"{where} must be a mapping of each app's name to its settings, got a {type(apps).__name__}: {restore}, "
            "and `slipway add FOLDER` writes an app into it"
        )
    for name, settings in (apps or {}).items():
        if not isinstance(settings, Mapping):
            raise UserError(
                f"{where}.{name} must be a mapping (platform: …, source: …), got a {type(settings).__name__}: {restore}"
            )


def config_of(project: Project, stack: str) -> Mapping[str, Any]:
    """The mapping below ``config`` of a stack's file. Raises as :func:`settings_of` does."""
    return settings_of(project, stack).config


def is_sandbox(project: Project, stack: str) -> bool:
    """Whether the stack's environment is the local sandbox. Raises as :func:`settings_of` does."""
    return settings_of(project, stack).sandbox
