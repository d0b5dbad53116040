"""What a stack runs as containers on a Docker daemon, and what watches them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.bundle import Artifact
from slipway.wire import variables
from stacks.declared import Declared
from stacks.model import Settings
from stacks.platforms import ContainerApp

if TYPE_CHECKING:
    from components.containers.container import AppContainer
    from components.registry import ContainerRegistry

PROMETHEUS = "prometheus"
"""What monitoring is called among the apps, for whoever asks for its log or its address."""


def in_containers(settings: Settings, registries: "Mapping[str, ContainerRegistry]") -> Declared:
    """Declare it. Raises BundleError for an app's folder; then nothing is declared."""
    wanted = {name: app for name, app in settings.apps.items() if isinstance(app, ContainerApp)}
    if not wanted:
        return Declared()
    # The provider's SDK takes a third of a second to import, and most programs declare no container.
    from stacks.builds import app_image, contexts

    found = contexts(settings, ContainerApp)
    apps: dict[str, Mapping[str, Any]] = {}
    running: dict[str, AppContainer] = {}
    for name, app in wanted.items():
        image = app_image(settings, name, app, found[name], registries)
        running[name] = _container(settings, name, app, image.reference)
        apps[name] = {**_outputs(running[name], app, found[name]), "image": image.reference, "versions": [image.tag]}
    return Declared(apps={**apps, **_monitoring(settings, wanted, running)})


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


def _outputs(container: "AppContainer", app: ContainerApp, context: Artifact) -> dict[str, Any]:
    from slipway.bundle.changes import outputs_of

    return {
        "platform": "Docker",
        "resource": container.container_name,
        "url": container.url,
        **outputs_of(context),
        "probe": app.probe,
    }


def _monitoring(
    settings: Settings, wanted: Mapping[str, ContainerApp], running: "Mapping[str, AppContainer]"
) -> dict[str, Mapping[str, Any]]:
    from components.containers.monitoring import Monitoring, MonitoringArgs
    from components.containers.rules import Target, Thresholds

    watching = settings.monitoring
    targets = [
        Target(app=name, address=f"{running[name].host}:{app.port}", path=app.metrics)
        for name, app in wanted.items()
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
            "platform": "Docker",
            "resource": prometheus.container_name,
            "url": prometheus.url,
            "digest": prometheus.configuration,
            "image": image,
            "probe": ["/-/healthy"],
            "versions": [],
            "dashboard": str(prometheus.folder / "dashboard.json"),
        }
    }
