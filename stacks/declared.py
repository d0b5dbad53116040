"""What a stack declares in a cloud, for the stack's outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import pulumi

from components.gcp.versions import Version
from components.registry import ContainerRegistry
from slipway.wire.outputs import AppOutput, SecretsOutput
from stacks.grants import granted_output
from stacks.model import Settings
from stacks.platforms.base import POSTGRES

Plain = TypeVar("Plain")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What the stack has declared in one cloud; empty if it has nothing there."""

    apps: Mapping[str, AppOutput] = field(default_factory=dict)
    """The output ``apps``, as far as it is about this cloud."""
    registries: Mapping[str, ContainerRegistry] = field(default_factory=dict)
    """By cloud."""
    region: str | None = None
    """Where the App Engine application is."""
    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    """The App Engine versions kept, by app, newest first."""


def with_sources(apps: Mapping[str, AppOutput], settings: Settings) -> dict[str, AppOutput]:
    """The output ``apps`` with what the settings alone say: the folder that each app is made of, and its needs."""
    return {
        name: cast("AppOutput", {**app, **_from_settings(settings, name)}) if name in settings.apps else app
        for name, app in apps.items()
    }


def _from_settings(settings: Settings, name: str) -> dict[str, object]:
    app, sealed = settings.apps[name], settings.secrets.get(name, {})
    secrets: SecretsOutput = {"names": sorted(sealed), "delivery": app.delivers_sealed}
    released = {"release": app.release} if app.release and not app.release_by_hand else {}
    return {
        "source": app.source,
        **released,
        **({"app_bucket": app.bucket} if app.bucket else {}),
        **granted_output(app),
        **({"database": app.database} if app.database == POSTGRES else {}),
        **({"secrets": secrets} if sealed else {}),
    }


def once_made(made: pulumi.Output[Any], value: Plain) -> Plain:
    """A plain value that stands in the outputs once ``made`` is known; a deployment that fails leaves the old outputs.

    So a version that never started is not remembered as one that is kept.
    """
    return cast("Plain", made.apply(lambda _: value))


def resolved(value: "pulumi.Input[Plain]") -> Plain:
    """Type a value as it will be in the outputs: Pulumi exports what an Output resolves to."""
    return cast("Plain", value)
