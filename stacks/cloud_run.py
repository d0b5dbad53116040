"""What a stack puts on Cloud Run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.wire.outputs import CloudRunOutput
from stacks.buckets import fingerprint_of, google_bucket, sealed_and, variables_of
from stacks.databases import addresses_of, google_database, has_password
from stacks.declared import resolved
from stacks.domain_outputs import domain_output
from stacks.event_outputs import event_outputs, topics_of
from stacks.model import Gcp, Settings
from stacks.pins import pin_output, with_checked_pin
from stacks.platforms import CloudRunApp
from stacks.platforms.base import POSTGRES
from stacks.previous_outputs import PreviousOutputs
from stacks.releases import release_of, released_output
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
    fed = any(app.events for app in settings.apps.values() if isinstance(app, CloudRunApp))
    sealed = any(
        settings.secrets.get(name) or app.database == POSTGRES
        for name, app in settings.apps.items()
        if isinstance(app, CloudRunApp)
    )
    return (
        "run.googleapis.com",
        *(("pubsub.googleapis.com",) if fed else ()),
        *(("secretmanager.googleapis.com",) if sealed else ()),
    )


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
    contexts: Mapping[str, Artifact],
) -> dict[str, CloudRunOutput]:
    """Declare the apps with their build ``contexts``; the output ``apps``, as far as it is about them."""
    if not contexts:
        return {}
    from components.gcp.cloud_run_service import CloudRunService, CloudRunServiceArgs
    from stacks.builds import app_image

    outputs: dict[str, CloudRunOutput] = {}
    for name, app in settings.apps.items():
        if not isinstance(app, CloudRunApp):
            continue
        # Which revisions there are only Cloud Run knows: it refuses traffic to another.
        deployed = name in previous.apps
        app = with_checked_pin(name, app, {app.serve or ""} if deployed else (), deployed=deployed)
        app_bucket = google_bucket(settings, project, gcp.region, name, app)
        database = google_database(settings, project, gcp.region, name, app)
        addresses = addresses_of(app, database)
        image = app_image(settings, name, app, contexts[name], registries)
        released = release_of(settings, name, app, image.tag, previous)
        service = CloudRunService(
            name,
            CloudRunServiceArgs(
                project=project,
                region=gcp.region,
                service=name,
                image=image.reference,
                tag=image.tag,
                artifact=contexts[name].digest[:DIGEST_SHOWN],
                port=app.port,
                memory=app.memory,
                cpu=app.cpu,
                concurrency=app.concurrency,
                min_instances=app.min_instances,
                max_instances=app.max_instances,
                timeout=app.timeout,
                access=app.access,
                env=app.env,
                made_env={
                    **variables_of(app, app_bucket),
                    **{one: value for one, value in addresses.items() if not has_password(app, one)},
                },
                secret_env=sealed_and(
                    settings, name, {one: value for one, value in addresses.items() if has_password(app, one)}
                ),
                secret_prefix=f"{settings.stack}-{name}",
                subnetwork=app.subnetwork or "",
                database=database,
                release=app.release or "",
                attempt=released["attempt"] if released else "",
                secrets=fingerprint_of(settings, name, app),
                app_bucket=app_bucket,
                serve=app.serve,
                canary=app.canary,
                schedules=requests_of(app.schedules),
                events=topics_of(name, app, app_bucket),
                domain=app.domain or "",
                project_number=(project.resource.number if project.resource else gcp.project.number) or "",
                labels=settings.labels,
                ephemeral=settings.policy.ephemeral,
            ),
        )
        outputs[name] = {
            "platform": app.title,
            "region": gcp.region,
            "resource": name,
            "service": resolved(service.service_id),
            "url": resolved(service.url),
            "image": resolved(image.reference),
            **artifact_output(contexts[name]),
            "probe": app.probed,
            "versions": [service.revision],
            "traffic": service.traffic,
            **released_output(released),
            **pin_output(app),
            **schedule_outputs(app.schedules, service.jobs),
            **event_outputs(name, app.events, service.topics),
            **domain_output(app.domain, service.records),
        }
    return outputs
