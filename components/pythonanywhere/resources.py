"""The resources of our provider of PythonAnywhere, as a program declares them.

What each property means and allows is in :mod:`slipway.providers.pythonanywhere`. No code is in the state: what the
provider needs of the program is in these properties.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi import Input, Output, ResourceOptions

Options = ResourceOptions | None


class Webapp(pulumi.CustomResource):
    """A web app, known by its domain."""

    url: Output[str]

    def __init__(
        self,
        name: str,
        *,
        domain_name: Input[str],
        python_version: Input[str],
        source_directory: Input[str],
        working_directory: Input[str],
        virtualenv_path: Input[str] = "",
        force_https: Input[bool] = True,
        opts: Options = None,
    ) -> None:
        properties = {
            "domainName": domain_name,
            "pythonVersion": python_version,
            "sourceDirectory": source_directory,
            "workingDirectory": working_directory,
            "virtualenvPath": virtualenv_path,
            "forceHttps": force_https,
            "url": None,
        }
        super().__init__("pythonanywhere:index:Webapp", name, properties, opts)


class Files(pulumi.CustomResource):
    """The files of a folder: exactly those of ``manifest`` (path -> sha256), from the zip ``source``.

    What the app has changed there is kept: see :mod:`slipway.providers.pythonanywhere.files` for ``data`` and
    ``changed``.
    """

    def __init__(
        self,
        name: str,
        *,
        directory: Input[str],
        source: pulumi.Archive,
        manifest: Mapping[str, str],
        packed: str = "",
        data: Sequence[str] = (),
        changed: str = "refuse",
        opts: Options = None,
    ) -> None:
        properties = {
            "directory": directory,
            "source": source,
            "manifest": dict(manifest),
            "packed": packed,
            # Left out where they choose nothing, so that a state of before they were there shows no difference.
            "data": list(data) or None,
            "changed": None if changed == "refuse" else changed,
        }
        super().__init__("pythonanywhere:index:Files", name, properties, opts)


class WsgiFile(pulumi.CustomResource):
    """The file by which a web app is started: ``entry`` (``module.application``) in ``directory``."""

    digest: Output[str]
    """Of its content; a secret, as the environment may be one."""

    def __init__(
        self,
        name: str,
        *,
        domain_name: Input[str],
        directory: Input[str],
        entry: Input[str],
        pack: Input[str] = "",
        environment: Mapping[str, Input[str]] | None = None,
        release: Mapping[str, Input[str]] | None = None,
        folders: Sequence[str] = (),
        opts: Options = None,
    ) -> None:
        """``release`` has a ``command``, run once for each ``key`` before the application is imported.

        ``folders`` are below ``directory``, and made before that.
        """
        properties = {
            "release": release,
            "folders": list(folders) or None,
            "domainName": domain_name,
            "directory": directory,
            "entry": entry,
            "pack": pack,
            "environment": dict(environment or {}),
            "digest": None,
        }
        super().__init__("pythonanywhere:index:WsgiFile", name, properties, opts)


class Reload(pulumi.CustomResource):
    """Loads a web app's code anew whenever one of ``triggers`` changes."""

    def __init__(
        self,
        name: str,
        *,
        domain_name: Input[str],
        triggers: Mapping[str, Input[Any]],
        release: Input[str] | None = None,
        opts: Options = None,
    ) -> None:
        """``release`` is the file in which the release command leaves how it ended: one that failed fails this."""
        properties = {"domainName": domain_name, "triggers": dict(triggers), "release": release}
        super().__init__("pythonanywhere:index:Reload", name, properties, opts)


class StaticMapping(pulumi.CustomResource):
    """A URL that is served from a folder, without the app."""

    def __init__(
        self, name: str, *, domain_name: Input[str], url: Input[str], path: Input[str], opts: Options = None
    ) -> None:
        properties = {"domainName": domain_name, "url": url, "path": path}
        super().__init__("pythonanywhere:index:StaticMapping", name, properties, opts)


class ScheduledTask(pulumi.CustomResource):
    """A command that runs every day at ``hour`` and ``minute`` (UTC), or without ``hour`` in every hour."""

    logfile: Output[str]

    def __init__(
        self,
        name: str,
        *,
        command: Input[str],
        minute: int,
        hour: int | None = None,
        description: Input[str] = "",
        enabled: Input[bool] = True,
        opts: Options = None,
    ) -> None:
        properties = {
            "command": command,
            "interval": "hourly" if hour is None else "daily",
            "hour": hour,
            "minute": minute,
            "description": description,
            "enabled": enabled,
            "logfile": None,
        }
        super().__init__("pythonanywhere:index:ScheduledTask", name, properties, opts)


class AlwaysOnTask(pulumi.CustomResource):
    """A command that is started again whenever it ends."""

    logfile: Output[str]

    def __init__(
        self,
        name: str,
        *,
        command: Input[str],
        description: Input[str] = "",
        enabled: Input[bool] = True,
        opts: Options = None,
    ) -> None:
        properties = {"command": command, "description": description, "enabled": enabled, "logfile": None}
        super().__init__("pythonanywhere:index:AlwaysOnTask", name, properties, opts)
