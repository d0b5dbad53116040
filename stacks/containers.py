"""What a stack runs as containers on a Docker daemon, and what watches them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.bundle import Artifact
from slipway.wire import variables
from slipway.wire.outputs import ContainerOutput
from stacks.declared import Declared, resolved
from stacks.model import Settings
from stacks.platforms import ContainerApp

if TYPE_CHECKING:
    from components.containers.container import AppContainer
    from components.containers.image import AppImage
    from components.registry import ContainerRegistry

PROMETHEUS = "prometheus"
"""The name of the monitoring among the apps, for the commands that show its log or its address."""


def in_containers(settings: Settings, registries: "Mapping[str, ContainerRegistry]") -> Declared:
    """Declare it. Raises BundleError for an app's folder; then nothing is declared."""
    on_docker = {name: app for name, app in settings.apps.items() if isinstance(app, ContainerApp)}
    if not on_docker:
        return Declared()
    # The provider's SDK takes a third of a second to import, and most programs declare no container.
    from stacks.builds import app_image, contexts

    built = contexts(settings, ContainerApp)
    apps: dict[str, ContainerOutput] = {}
    running: dict[str, AppContainer] = {}
    for name, app in on_docker.items():
        image = app_image(settings, name, app, built[name], registries)
        running[name] = _container(settings, name, app, image.reference)
        apps[name] = _output(running[name], app, built[name], image)
    return Declared(apps={**apps, **_monitoring(settings, on_docker, running)})


def _container(settings: Settings, name: str, app: ContainerApp, image: Any) -> "AppContainer":  # noqa: ANN401
    from components.containers.container import AppContainer, AppContainerArgs

    args = AppContainerArgs(
        image=image,
        port=app.port,
        publish=app.publish,
        address=app.address,
        memory=app.memory,
        cpus=float(app.processors),
        env={**app.env, **settings.secrets.get(name, {})},
        labels=settings.labels,
    )
    return AppContainer(name, args)


def _output(container: "AppContainer", app: ContainerApp, context: Artifact, image: "AppImage") -> ContainerOutput:
    from slipway.bundle.changes import artifact_output

    return {
        "platform": app.title,
        "resource": resolved(container.container_name),
        "url": resolved(container.url),
        **artifact_output(context),
        "probe": app.probe,
        "image": resolved(image.reference),
        "versions": [resolved(image.tag)],
    }


def _monitoring(
    settings: Settings, apps: Mapping[str, ContainerApp], running: "Mapping[str, AppContainer]"
) -> dict[str, ContainerOutput]:
    from components.containers.monitoring import Monitoring, MonitoringArgs
    from components.containers.rules import Target, Thresholds

    watching = settings.monitoring
    targets = [
        Target(app=name, address=f"{running[name].host}:{app.port}", path=app.metrics)
        for name, app in apps.items()
        if app.metrics
    ]
    image = settings.docker.prometheus if settings.docker else watching and watching.image
    if watching is None or not targets or not image:
        return {}
    args = MonitoringArgs(
        image=image,
        targets=targets,
        networks=[running[target.app].network for target in targets],
        folder=Path(os.environ.get(variables.HOME) or ".slipway") / "monitoring" / settings.stack,
        thresholds=Thresholds(
            scrape_seconds=watching.scrape_seconds,
            error_percent=watching.error_percent,
            latency_ms=watching.latency_ms,
            memory_percent=watching.memory_percent,
        ),
        publish=watching.publish,
        memory=watching.memory,
        retention_days=watching.retention_days,
        retention_mb=watching.retention_mb,
        labels=settings.labels,
    )
    prometheus = Monitoring(PROMETHEUS, args)
    return {
        PROMETHEUS: {
            "platform": ContainerApp.title,
            "resource": resolved(prometheus.container_name),
            "url": resolved(prometheus.url),
            "digest": resolved(prometheus.configuration),
            "image": image,
            "probe": ["/-/healthy"],
            "versions": [],
            "dashboard": str(prometheus.folder / "dashboard.json"),
        }
    }
