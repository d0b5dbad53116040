"""What the stack said of itself when it was last deployed: where its application is, which versions it keeps."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi

from components.gcp.versions import Version

PRUNED = "SLIPWAY_PRUNED"
"""The variable in which `slipway prune APP` hands over what goes: APP/VERSION, with commas between."""
OUTPUTS = ("apps", "registries", "app_engine", "lifecycle")
"""The outputs of the program."""


@dataclass(frozen=True)
class Run:
    """A pipeline's run that was started."""

    run: str
    """Its digest, over code and options."""
    bucket: str
    """Where it writes, below ``output/RUN/``."""


@dataclass(frozen=True)
class Memory:
    """Nothing, before the first deployment."""

    region: str | None = None
    """Where the App Engine application is."""
    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    """The versions kept, by app, newest first."""
    apps: frozenset[str] = frozenset()
    """The apps that are deployed."""
    runs: Mapping[str, Run] = field(default_factory=dict)
    """By pipeline, the run of the last deployment."""
    kept: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By app, the versions whose artifacts it names, newest first: digest by version."""


def recall() -> Memory:
    """The memory of the stack that runs: its own outputs, as its state has them.

    Asked by the function behind ``pulumi.StackReference``: the reference is a resource too, whose reading would show
    in every preview. How many resources there are depends on the answer, so it is waited for. Until the program
    exports something new the old outputs are exported again: an operation that stops early, on a mistake in the
    settings, would clear them.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": stack}).value or {}
    outputs: Mapping[str, Any] = answer.get("outputs") or {}
    for name in OUTPUTS:
        if name in outputs:
            pulumi.export(name, outputs[name])
    apps = outputs.get("apps") or {}
    return replace(remembered(outputs.get("app_engine") or {}), apps=frozenset(apps), kept=kept(apps), runs=runs(apps))


def runs(apps: Mapping[str, Any]) -> dict[str, Run]:
    """What the output ``apps`` says of the pipelines' runs."""
    return {name: Run(said["run"], said["bucket"]) for name, said in apps.items() if "run" in said}


def kept(apps: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The versions that the output ``apps`` names with their artifacts' digests, less what is pruned."""
    pruned = set(os.environ.get(PRUNED, "").split(","))
    return {
        app: {
            version: said["digests"][version]
            for version in said.get("versions", ())
            if version in (said.get("digests") or {}) and f"{app}/{version}" not in pruned
        }
        for app, said in apps.items()
    }


def remembered(said: Mapping[str, Any]) -> Memory:
    """The memory that :func:`told` made, less what is pruned: what nobody remembers is declared no more."""
    pruned = set(os.environ.get(PRUNED, "").split(","))
    return Memory(
        region=said.get("region"),
        versions={
            app: tuple(kept for kept in map(Version.remembered, versions) if f"{app}/{kept.id}" not in pruned)
            for app, versions in said.get("versions", {}).items()
        },
    )


def told(region: str | None, versions: Mapping[str, Sequence[Version]]) -> dict[str, Any]:
    """What the output ``app_engine`` says, for the next :func:`recall`."""
    return {"region": region, "versions": {app: [v.plain() for v in kept] for app, kept in versions.items()}}
