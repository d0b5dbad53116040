"""What a stack puts on Google Cloud: the settings, as the components' arguments."""

import pulumi

from components.gcp import apis
from components.gcp.app_engine_app import AppEngineApp, AppEngineAppArgs, refused_move
from components.gcp.app_engine_service import AppEngineService, AppEngineServiceArgs
from components.gcp.bucket import PrivateBucket, PrivateBucketArgs
from components.gcp.project import GcpProject, GcpProjectArgs
from components.gcp.registry import ArtifactRegistry, ArtifactRegistryArgs
from components.gcp.versions import Version
from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.wire.outputs import AppEngineOutput
from stacks import platforms
from stacks.artifacts import artifact_of
from stacks.buckets import fingerprint_of, google_bucket, sealed_and, variables_of
from stacks.cloud_run import apis_of, contexts_of, on_cloud_run
from stacks.databases import addresses_of, database_apis, google_database
from stacks.declared import Declared, once_made, resolved
from stacks.domain_outputs import domain_output
from stacks.model import Gcp, Settings
from stacks.pins import pin_output, with_checked_pin
from stacks.pipelines import on_dataflow, packages_of, pipeline_apis
from stacks.previous_outputs import PreviousOutputs
from stacks.schedule_outputs import requests_of, schedule_apis, schedule_outputs
from stacks.settings import python_for


def on_google_cloud(settings: Settings, previous: PreviousOutputs) -> Declared:
    """Declare it. Raises BundleError for an app's folder, RunError for a region that changed; then nothing is."""
    gcp = settings.gcp
    if gcp is None:
        return Declared()
    on_app_engine = {name: app for name, app in settings.apps.items() if isinstance(app, platforms.AppEngineApp)}
    if on_app_engine and (wrong := refused_move(previous.region, gcp.region)):
        raise pulumi.RunError(f"slipway:gcp.region: {wrong}")
    version_ids = {name: [version.id for version in previous.versions.get(name, ())] for name in on_app_engine}
    on_app_engine = {
        name: with_checked_pin(name, app, version_ids[name], deployed=bool(version_ids[name]))
        for name, app in on_app_engine.items()
    }
    artifacts = {name: artifact_of(settings, name, app) for name, app in on_app_engine.items()}
    contexts, packages = contexts_of(settings), packages_of(settings)
    project = GcpProject(
        "project",
        GcpProjectArgs(
            apis=[
                *gcp.all_apis,
                *apis_of(settings),
                *pipeline_apis(settings),
                *_budget_apis(settings),
                *schedule_apis(settings),
                *database_apis(settings),
                *_network_apis(settings),
            ],
            labels=settings.labels,
            ephemeral=settings.policy.ephemeral,
            **gcp.project.model_dump(exclude={"number"}),
        ),
    )
    _budget(settings, gcp, project)
    services = _services(settings, gcp, previous, project, on_app_engine, artifacts)
    registries = _registry(settings, gcp, project)
    run = on_cloud_run(settings, gcp, previous, project, registries, contexts)
    return Declared(
        apps={name: _app_engine_output(app, services[name], artifacts[name]) for name, app in on_app_engine.items()}
        | run
        | on_dataflow(settings, gcp, previous, project, packages),
        registries=registries,
        region=gcp.region if services else previous.region,
        versions={name: service.kept for name, service in services.items()},
    )


def _app_engine_output(app: platforms.AppEngineApp, service: AppEngineService, artifact: Artifact) -> AppEngineOutput:
    return {
        "platform": app.title,
        "resource": app.service,
        "url": resolved(service.url),
        **artifact_output(artifact),
        "artifact_url": resolved(service.artifact_url),
        "probe": app.probed,
        "versions": once_made(service.serving, [version.id for version in service.kept]),
        "digests": {version.id: version.digest for version in service.kept},
        "traffic": service.traffic,
        **pin_output(app),
        **schedule_outputs(app.schedules, service.jobs),
        **domain_output(app.domain, service.records),
    }


def _budget_apis(settings: Settings) -> tuple[str, ...]:
    return () if settings.budget is None else apis.BUDGET


def _budget(settings: Settings, gcp: Gcp, project: GcpProject) -> None:
    """What the settings promise: a number and an account for an existing project, its own for a new one."""
    budget = settings.budget
    if budget is None:
        return
    # The sandbox has none, and the modules behind it take long to import.
    from components.gcp.budget import GcpBudget, GcpBudgetArgs

    number = project.resource.number if project.resource else gcp.project.number
    account = gcp.project.billing_account if project.resource else budget.billing_account
    GcpBudget(
        "budget",
        GcpBudgetArgs(
            project=project,
            billing_account=account or "",
            project_number=number or "",
            amount=budget.amount,
            currency=budget.currency,
            email=budget.email,
            alerts_percent=settings.policy.budget_alerts_percent,
        ),
    )


def _services(
    settings: Settings,
    gcp: Gcp,
    previous: PreviousOutputs,
    project: GcpProject,
    on_app_engine: dict[str, platforms.AppEngineApp],
    artifacts: dict[str, Artifact],
) -> dict[str, AppEngineService]:
    if not on_app_engine:
        if previous.region:
            # A project has one application forever: forgotten, it could not be made again for a later app.
            _application(settings, gcp, previous, project, previous.region)
        return {}
    ephemeral = settings.policy.ephemeral
    bucket = PrivateBucket(
        "sources",
        PrivateBucketArgs(
            project=project,
            location=gcp.region,
            bucket_name=gcp.source_bucket,
            labels=settings.labels,
            ephemeral=ephemeral,
        ),
    )
    application = _application(settings, gcp, previous, project, gcp.region)
    services: dict[str, AppEngineService] = {}
    # App Engine takes no other service before there is a default one.
    for name, app in sorted(on_app_engine.items(), key=lambda item: item[1].service != "default"):
        app_bucket = google_bucket(settings, project, gcp.region, name, app)
        database = google_database(settings, project, gcp.region, name, app)
        args = AppEngineServiceArgs(
            project=project,
            app=application,
            bucket=bucket,
            artifact=artifacts[name],
            version=_version(settings, name, app, artifacts[name]),
            service=app.service,
            previous=previous.versions.get(name, ()),
            keep=app.keep_versions or settings.policy.keep_versions,
            serve=app.serve,
            canary=app.canary,
            schedules=requests_of(app.schedules),
            secret_env=sealed_and(settings, name, {**variables_of(app, app_bucket), **addresses_of(app, database)}),
            app_bucket=app_bucket,
            database=database,
            domain=app.domain or "",
            after=list(services.values())[:1],
            ephemeral=ephemeral,
        )
        services[name] = AppEngineService(name, args)
    _dispatch(project, on_app_engine, services)
    return services


def _dispatch(
    project: GcpProject, on_app_engine: dict[str, platforms.AppEngineApp], services: dict[str, AppEngineService]
) -> None:
    """Have the domains of services lead to them: a mapping leads to the application, which is its default service."""
    others = {app.domain: app.service for app in on_app_engine.values() if app.domain and app.service != "default"}
    if not others:
        return
    # Few stacks have any, and the module takes its time to import.
    from components.gcp.app_engine_domain import Dispatch, DispatchArgs

    Dispatch("dispatch", DispatchArgs(project=project, services=others, after=[*services.values()]))


def _application(
    settings: Settings, gcp: Gcp, previous: PreviousOutputs, project: GcpProject, region: str
) -> AppEngineApp:
    return AppEngineApp(
        "app-engine",
        AppEngineAppArgs(
            project=project,
            region=region,
            previous_region=previous.region,
            exists=gcp.app_engine_exists,
            adopted_project_id=gcp.project.id,
            scheme="http" if settings.environment == "sandbox" else "https",
            ephemeral=settings.policy.ephemeral,
        ),
    )


def _network_apis(settings: Settings) -> tuple[str, ...]:
    led = (platforms.AppEngineApp, platforms.CloudRunApp)
    return apis.NETWORK if any(isinstance(app, led) and app.subnetwork for app in settings.apps.values()) else ()


def _version(settings: Settings, name: str, app: platforms.AppEngineApp, artifact: Artifact) -> Version:
    return Version(
        runtime=f"python{python_for(settings, name, app).replace('.', '')}",
        entrypoint=app.entrypoint or "",
        digest=artifact.digest,
        object=f"{name}/{artifact.digest}.zip",
        min_instances=app.scaling.min_instances,
        max_instances=app.scaling.max_instances,
        instance_class=app.instance_class,
        env=app.env,
        secrets=fingerprint_of(settings, name, app),
        prefix=app.version_prefix,
        subnetwork=app.subnetwork or "",
    )


def _registry(settings: Settings, gcp: Gcp, project: GcpProject) -> dict[str, ArtifactRegistry]:
    declared = settings.registries.gcp
    if declared is None:
        return {}
    args = ArtifactRegistryArgs(
        project=project,
        region=gcp.region,
        keep=declared.keep or settings.policy.keep_images,
        labels=settings.labels,
        ephemeral=settings.policy.ephemeral,
    )
    return {"gcp": ArtifactRegistry(declared.name, args)}
