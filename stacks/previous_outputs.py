"""What the last `up` of the stack exported: where its application is, which apps it has, which versions it keeps."""

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.gcp.versions import Version
from slipway.wire import variables
from stacks.pipeline_runs import EndedRun

OUTPUTS = ("apps", "registries", "app_engine", "lifecycle")
"""The outputs of the program."""
BEING_WRITTEN = "failed to load checkpoint"
"""What `pulumi` says of a checkpoint that it reads while it writes it."""


@dataclass(frozen=True, kw_only=True)
class PipelineRuns:
    """What is known of a pipeline's runs."""

    run: str
    """The run of the last deployment: its digest, over code and options."""
    project: str
    region: str
    runs: Mapping[str, EndedRun] = field(default_factory=dict)
    """Every run that has come to an end, by its digest."""


@dataclass(frozen=True, kw_only=True)
class ImageVersion:
    """An image of an app that is in the registry."""

    reference: str
    """``HOST/PATH@sha256:…``."""
    artifact: str
    """The digest of the build context it was made from."""


@dataclass(frozen=True)
class PreviousOutputs:
    """What the last `up` exported; empty before the first deployment."""

    region: str | None = None
    """Where the App Engine application is."""
    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    """The App Engine versions that are declared, by app, newest first."""
    apps: frozenset[str] = frozenset()
    """The apps that are deployed."""
    pipelines: Mapping[str, PipelineRuns] = field(default_factory=dict)
    """By pipeline, the runs that were started."""
    digests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By app, the artifact's digest of each declared version, newest first."""
    images: Mapping[str, Mapping[str, ImageVersion]] = field(default_factory=dict)
    """By app in containers, the image of each version that is kept, newest first."""
    released: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By app in containers, the version whose release command has succeeded, and which attempt that was."""
    released_versions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By function, the versions whose release command has succeeded, newest first."""
    domains: Mapping[str, str] = field(default_factory=dict)
    """By app, the domain that leads to it."""


def read_previous_outputs() -> PreviousOutputs:
    """The outputs of the stack that runs, as its state has them.

    Asked by the function behind ``pulumi.StackReference``: the reference is a resource too, whose reading would show
    in every preview. How many resources there are depends on the answer, so it is waited for. Until the program
    exports something new the old outputs are exported again: an operation that stops early, on a mistake in the
    settings, would clear them.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = ask_again(lambda: pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": stack}).value) or {}
    outputs: Mapping[str, Any] = answer.get("outputs") or {}
    for name in OUTPUTS:
        if name in outputs:
            pulumi.export(name, outputs[name])
    apps, app_engine = outputs.get("apps") or {}, outputs.get("app_engine") or {}
    pruned = pruned_versions()
    return PreviousOutputs(
        region=app_engine.get("region"),
        versions=app_engine_versions(app_engine, pruned),
        apps=frozenset(apps),
        pipelines=pipeline_runs(apps),
        digests=version_digests(apps, pruned),
        images=image_versions(apps, pruned),
        released={
            name: (output["released"]["version"], output["released"]["attempt"])
            for name, output in apps.items()
            if output.get("released")
        },
        released_versions={name: output.get("released_versions") or () for name, output in apps.items()},
        domains={name: output["domain"]["name"] for name, output in apps.items() if output.get("domain")},
    )


def ask_again(ask: Callable[[], Any], pause: float = 0.1) -> Any:  # noqa: ANN401 - what the engine answers
    """The answer about a checkpoint that `pulumi` may be writing just then, which it reads as cut off.

    ``pause`` is the first time between two questions, in seconds; it doubles, six times at most.
    """
    for _ in range(6):
        try:
            return ask()
        except Exception as error:
            if BEING_WRITTEN not in str(error):
                raise
            time.sleep(pause)
            pause *= 2
    return ask()


def pruned_versions() -> frozenset[str]:
    """The versions that `slipway prune` takes away, as APP/VERSION."""
    return frozenset(filter(None, os.environ.get(variables.PRUNED, "").split(",")))


def pipeline_runs(apps: Mapping[str, Any]) -> dict[str, PipelineRuns]:
    """The pipelines' runs in the output ``apps``."""
    return {
        name: PipelineRuns(
            run=output["run"],
            project=output["project"],
            region=output["region"],
            runs={run: EndedRun.read(plain) for run, plain in (output.get("runs") or {}).items()},
        )
        for name, output in apps.items()
        if "run" in output
    }


def version_digests(apps: Mapping[str, Any], pruned: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """The digests of the versions in the output ``apps``, by app, less the ``pruned`` ones."""
    return {
        app: {
            version: output["digests"][version]
            for version in output.get("versions", ())
            if version in (output.get("digests") or {}) and f"{app}/{version}" not in pruned
        }
        for app, output in apps.items()
    }


def image_versions(apps: Mapping[str, Any], pruned: Collection[str] = ()) -> dict[str, dict[str, ImageVersion]]:
    """The images of the versions in the output ``apps``, by app, less the ``pruned`` ones."""
    return {
        app: {
            tag: ImageVersion(reference=apps[app]["images"][tag], artifact=artifact)
            for tag, artifact in digests.items()
            if tag in apps[app]["images"]
        }
        for app, digests in version_digests(apps, pruned).items()
        if apps[app].get("images")
    }


def app_engine_versions(output: Mapping[str, Any], pruned: Collection[str] = ()) -> dict[str, tuple[Version, ...]]:
    """The versions in the output ``app_engine``, by app, less the ``pruned`` ones, which are declared no more."""
    return {
        app: tuple(v for v in map(Version.remembered, versions) if f"{app}/{v.id}" not in pruned)
        for app, versions in output.get("versions", {}).items()
    }


def app_engine_output(region: str | None, versions: Mapping[str, Sequence[Version]]) -> dict[str, Any]:
    """The output ``app_engine``, which the next `up` reads by :func:`read_previous_outputs`."""
    return {
        "region": region,
        "versions": {app: [v.plain() for v in version_ids] for app, version_ids in versions.items()},
    }
