"""What a stack puts on Cloud Run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slipway.bundle import Artifact
from slipway.bundle.changes import outputs_of
from stacks.model import Gcp, Settings
from stacks.pins import pin_output, with_checked_pin
from stacks.platforms import CloudRunApp
from stacks.previous_outputs import PreviousOutputs
from stacks.schedule_outputs import requests_of, schedule_outputs

if TYPE_CHECKING:
    from components.gcp.project import GcpProject
    from components.registry import ContainerRegistry

DIGEST_SHOWN = 12
"""Characters of an artifact's digest that a revision keeps."""


def apis_of(settings: Settings) -> tuple[str, ...]:
    """The APIs that Cloud Run needs where the stack has an app there."""
    if not any(isinstance(app, CloudRunApp) for app in settings.apps.values()):
        return ()
    return ("run.googleapis.com",)


def contexts_of(settings: Settings) -> dict[str, Artifact]:
    """The build contexts of its apps. Raises BundleError."""
    if not apis_of(settings):
        return {}
    from stacks.builds import contexts

    return contexts(settings, CloudRunApp)


def on_cloud_run(
    settings: Settings,
    gcp: Gcp,
    previous: PreviousOutputs,
    project: "GcpProject",
    registries: "Mapping[str, ContainerRegistry]",
    found: Mapping[str, Artifact],
) -> dict[str, Mapping[str, Any]]:
    """Declare the apps whose contexts were ``found``; the output ``apps``, as far as it is about them."""
    if not found:
        return {}
    from components.gcp.cloud_run_service import CloudRunService, CloudRunServiceArgs
    from stacks.builds import app_image

    said: dict[str, Mapping[str, Any]] = {}
    for name, app in settings.apps.items():
        if not isinstance(app, CloudRunApp):
            continue
        # Which revisions there are only Cloud Run knows: it refuses traffic to another.
        deployed = name in previous.apps
        app = with_checked_pin(name, app, {app.serve or ""} if deployed else (), deployed=deployed)
        image = app_image(settings, name, app, found[name], registries)
        service = CloudRunService(
            name,
            CloudRunServiceArgs(
                project=project,
                region=gcp.region,
                service=name,
                image=image.reference,
                tag=image.tag,
                artifact=found[name].digest[:DIGEST_SHOWN],
                port=app.port,
                memory=app.memory,
                cpu=app.cpu,
                concurrency=app.concurrency,
                min_instances=app.min_instances,
                max_instances=app.max_instances,
                timeout=app.timeout,
                access=app.access,
                env=app.env,
                secret_env=settings.secrets.get(name, {}),
                secrets=settings.fingerprints.get(name, ""),
                serve=app.serve,
                canary=app.canary,
                schedules=requests_of(app.schedules),
                labels=settings.labels,
                ephemeral=settings.policy.ephemeral,
            ),
        )
        said[name] = {
            "platform": "Cloud Run",
            "region": gcp.region,
            "resource": name,
            "service": service.service_id,
            "url": service.url,
            "image": image.reference,
            **outputs_of(found[name]),
            "probe": app.probe if app.access == "public" else [],
            "versions": [service.revision],
            "traffic": service.traffic,
            **pin_output(app),
            **schedule_outputs(app.schedules, service.jobs),
        }
    return said
