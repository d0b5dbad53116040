"""What a stack runs as containers on a Docker daemon, and what watches them."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from components.traffic import shares
from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.bundle.dockerfiles import last_workdir, says_health
from slipway.wire import variables
from slipway.wire.outputs import ContainerOutput, DataOutput, ReleasedOutput
from stacks.declared import Declared, resolved
from stacks.model import Settings
from stacks.pins import pin_output, with_checked_pin
from stacks.platforms import ContainerApp
from stacks.previous_outputs import ImageVersion, PreviousOutputs
from stacks.releases import release_of, released_output

if TYPE_CHECKING:
    from components.containers.container import AppContainer
    from components.containers.image import AppImage
    from components.registry import ContainerRegistry

PROMETHEUS = "prometheus"
"""The name of the monitoring among the apps, for the commands that show its log or its address."""


def in_containers(
    settings: Settings, previous: PreviousOutputs, registries: "Mapping[str, ContainerRegistry]"
) -> Declared:
    """Declare it. Raises BundleError for an app's folder; then nothing is declared."""
    on_docker = {name: app for name, app in settings.apps.items() if isinstance(app, ContainerApp)}
    if not on_docker:
        return Declared()
    # The provider's SDK takes a third of a second to import, and most programs declare no container.
    from stacks.builds import app_image, contexts, dockerfile_in

    built = contexts(settings, ContainerApp)
    apps: dict[str, ContainerOutput] = {}
    running: dict[str, AppContainer] = {}
    for name, app in on_docker.items():
        image = app_image(settings, name, app, built[name], registries)
        versions = kept_versions(
            image.tag,
            built[name].digest,
            previous.images.get(name, {}),
            keep=settings.policy.keep_versions,
            serve=app.serve,
        )
        app = with_checked_pin(name, app, versions, deployed=name in previous.apps)
        references = {tag: version.reference or image.reference for tag, version in versions.items()}
        dockerfile = dockerfile_in(built[name])
        released = release_of(settings, name, app, image.tag, previous)
        running[name] = _container(settings, name, app, image, references, dockerfile, released)
        apps[name] = {
            **_output(running[name], app, built[name], image),
            "versions": list(versions),
            "digests": {tag: version.artifact for tag, version in versions.items()},
            "images": {tag: resolved(reference) for tag, reference in references.items()},
            "traffic": shares(image.tag, app.serve, app.canary),
            **pin_output(app),
            **_data(app, dockerfile),
            **released_output(released),
        }
    return Declared(apps={**apps, **_monitoring(settings, on_docker, running)})


def kept_versions(
    newest: str, artifact: str, earlier: Mapping[str, ImageVersion], *, keep: int, serve: str | None
) -> dict[str, ImageVersion]:
    """The versions that a rollback may name, by tag, newest first: the image of this run and the ones before it.

    The reference of the newest is "": its build says it.
    """
    versions = {newest: ImageVersion(reference="", artifact=artifact)}
    versions |= {tag: version for tag, version in earlier.items() if tag != newest}
    return {tag: version for number, (tag, version) in enumerate(versions.items()) if number < keep or tag == serve}


def _container(
    settings: Settings,
    name: str,
    app: ContainerApp,
    image: "AppImage",
    references: Mapping[str, Any],
    dockerfile: str,
    released: ReleasedOutput | None,
) -> "AppContainer":
    from components.containers.container import AppContainer, AppContainerArgs, ReleaseCommand
    from stacks.builds import has_own_dockerfile

    newest = image.tag

    # The version that serves has nothing to be tried beside itself.
    canary = (app.canary or 0) if app.serve != newest else 0
    args = AppContainerArgs(
        image=references[app.serve or newest],
        proxy_image=(settings.docker.proxy if settings.docker else "") or app.proxy,
        canary_image=references[newest] if canary else None,
        canary=canary,
        port=app.port,
        publish=app.publish,
        address=app.address,
        own_pages_alone=settings.environment == "sandbox",
        memory=app.memory,
        cpus=float(app.processors),
        locked_down=app.locked_down,
        command=shlex.split(app.command) if app.command and has_own_dockerfile(app) else (),
        health_path="" if says_health(dockerfile) else next(iter(app.probe), "/").partition(" ")[0],
        env={**app.env, **settings.secrets.get(name, {})},
        data={path.replace("/", "-"): where for path, where in _data(app, dockerfile).get("data", {}).items()},
        release=ReleaseCommand(command=app.release, image=references[newest], attempt=released["attempt"])
        if app.release and released
        else None,
        ephemeral=settings.policy.ephemeral,
        labels=_labels(settings),
    )
    return AppContainer(name, args)


def _data(app: ContainerApp, dockerfile: str) -> DataOutput:
    """Where the app has what it writes itself: below the folder that its image works in."""
    folder = last_workdir(dockerfile).rstrip("/")
    return {"data": {path: f"{folder}/{path}" for path in app.data}} if app.data else {}


def _output(container: "AppContainer", app: ContainerApp, context: Artifact, image: "AppImage") -> ContainerOutput:
    return {
        "platform": app.title,
        "resource": resolved(container.container_name),
        "url": resolved(container.url),
        **artifact_output(context),
        "probe": app.probed,
        "image": resolved(image.reference),
        "versions": [resolved(image.tag)],
    }


def _labels(settings: Settings) -> dict[str, str]:
    """On everything; by ``slipway.stack`` a stack's containers are found on a daemon that several stacks use."""
    return {**settings.labels, "slipway.stack": f"{pulumi.get_project()}-{settings.stack}"}


def _monitoring(
    settings: Settings, apps: Mapping[str, ContainerApp], running: "Mapping[str, AppContainer]"
) -> dict[str, ContainerOutput]:
    from components.containers import monitoring, rules

    watching = settings.monitoring
    targets = [
        rules.Target(app=name, address=f"{running[name].host}:{app.port}", path=app.metrics)
        for name, app in apps.items()
        if app.metrics
    ]
    image = settings.docker.prometheus if settings.docker else watching and watching.image
    if watching is None or not targets or not image:
        return {}
    args = monitoring.MonitoringArgs(
        image=image,
        targets=targets,
        networks=[running[target.app].network for target in targets],
        folder=Path(os.environ.get(variables.HOME) or ".slipway") / "monitoring" / settings.stack,
        thresholds=rules.Thresholds(
            scrape_seconds=watching.scrape_seconds,
            error_percent=watching.error_percent,
            latency_ms=watching.latency_ms,
            memory_percent=watching.memory_percent,
        ),
        publish=watching.publish,
        memory=watching.memory,
        retention_days=watching.retention_days,
        retention_mb=watching.retention_mb,
        alertmanagers=watching.alertmanagers,
        labels=_labels(settings),
    )
    prometheus = monitoring.Monitoring(PROMETHEUS, args)
    return {
        PROMETHEUS: {
            "platform": ContainerApp.title,
            "resource": resolved(prometheus.container_name),
            "url": resolved(prometheus.url),
            "digest": resolved(prometheus.configuration),
            "image": image,
            "probe": ["/-/healthy"],
            "versions": [],
            "dashboard": str(prometheus.folder / rules.DASHBOARD),
        }
    }
