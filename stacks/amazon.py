"""What a stack puts on AWS: the settings, as the components' arguments."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pulumi

from components.aws.dashboard import FunctionsDashboard, FunctionsDashboardArgs
from components.aws.function import PythonFunction, PythonFunctionArgs
from components.aws.registry import EcrRegistry, EcrRegistryArgs
from components.schedules import Call
from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.bundle.kinds.lambda_zip import RELEASE_HANDLER
from slipway.wire.outputs import LambdaOutput
from stacks.artifacts import artifact_of
from stacks.beanstalk import bundles_of, on_beanstalk
from stacks.buckets import amazon_buckets, sealed_and, variables_of
from stacks.declared import Declared, resolved
from stacks.domain_outputs import domain_output
from stacks.event_outputs import event_outputs, events_of
from stacks.grants import granted_variables, rights
from stacks.model import Aws, Settings
from stacks.pins import pin_output, with_checked_pin
from stacks.platforms import LambdaApp
from stacks.previous_outputs import PreviousOutputs
from stacks.releases import released_versions
from stacks.schedule_outputs import schedule_outputs
from stacks.settings import python_for

if TYPE_CHECKING:
    from components.aws.bucket import PrivateS3Bucket


def on_aws(settings: Settings, previous: PreviousOutputs) -> Declared:
    """Declare it. Raises BundleError for an app's folder, RunError for a version never made; then nothing is."""
    aws = settings.aws
    if aws is None:
        return Declared()
    on_lambda = {name: app for name, app in settings.apps.items() if isinstance(app, LambdaApp)}
    # Which versions there are only Lambda knows: it refuses an alias to another.
    on_lambda = {
        name: with_checked_pin(
            name, app, {app.serve or ""} if name in previous.apps else (), deployed=name in previous.apps
        )
        for name, app in on_lambda.items()
    }
    pythons = {name: python_for(settings, name, app) for name, app in on_lambda.items()}
    artifacts = {name: artifact_of(settings, name, app) for name, app in on_lambda.items()}
    bundles = bundles_of(settings)
    bucket = None if all(artifact.direct_upload for artifact in artifacts.values()) else _bucket(settings, aws)
    # All at first: an app may be granted what is in another's.
    buckets = amazon_buckets(settings)
    _budget(settings)
    _dashboard(settings, aws, on_lambda)
    return Declared(
        apps={
            name: _function(settings, aws, previous, name, app, pythons[name], artifacts[name], bucket, buckets)
            for name, app in on_lambda.items()
        }
        | on_beanstalk(settings, aws, previous, bundles, buckets),
        registries=_registry(settings),
    )


def _function(
    settings: Settings,
    aws: Aws,
    previous: PreviousOutputs,
    name: str,
    app: LambdaApp,
    python: str,
    artifact: Artifact,
    bucket: "PrivateS3Bucket | None",
    buckets: "Mapping[str, PrivateS3Bucket]",
) -> LambdaOutput:
    function_name = f"{pulumi.get_project()}-{settings.stack}-{name}"
    app_bucket = buckets.get(name)
    granted = granted_variables(settings, app, buckets)
    function = PythonFunction(
        name,
        PythonFunctionArgs(
            function_name=function_name,
            artifact=artifact,
            handler=RELEASE_HANDLER if app.release else app.handler or "",
            release=bool(app.release),
            runtime=f"python{python}",
            architecture=app.architecture,
            memory=app.memory,
            timeout=app.timeout,
            url=app.url,
            env={**app.env, **sealed_and(settings, name, variables_of(app, app_bucket)), **granted},
            app_bucket=app_bucket,
            grants=rights(settings, aws, app, buckets),
            events=events_of(function_name, app, app_bucket),
            reserved_concurrency=app.reserved_concurrency,
            snap_start=app.snap_start,
            serve=app.serve,
            canary=app.canary,
            schedules={which: Call(timing=one.timing, event=one.event) for which, one in app.schedules.items()},
            log_retention_days=settings.policy.log_retention_days,
            permissions_boundary=aws.permissions_boundary,
            labels=settings.labels,
            domain=app.domain or "",
            domain_awaited=settings.environment != "sandbox" and app.domain != previous.domains.get(name),
            bucket=bucket,
        ),
    )
    serving = function.serving.apply(lambda _: function.version)
    released = released_versions(app, serving, previous.released_versions.get(name, ()))
    return {
        "platform": app.title,
        "resource": function_name,
        "region": aws.region,
        "url": resolved(function.url),
        **artifact_output(artifact),
        "probe": app.probed,
        "versions": [resolved(serving)],
        **released,
        "traffic": resolved(function.traffic),
        **pin_output(app),
        **schedule_outputs(app.schedules, function.schedules),
        "log_group": f"/aws/lambda/{function_name}",
        **event_outputs(function_name, app.events, function.events),
        **domain_output(app.domain, function.records),
    }


def _dashboard(settings: Settings, aws: Aws, functions: Iterable[str]) -> None:
    """What the functions do, in one picture."""
    stack = f"{pulumi.get_project()}-{settings.stack}"
    names = [f"{stack}-{name}" for name in functions]
    if names:
        args = FunctionsDashboardArgs(dashboard_name=stack, functions=names, region=aws.region)
        FunctionsDashboard("functions", args)


def _budget(settings: Settings) -> None:
    if settings.budget is None:
        return
    # The sandbox has none, and its module takes long to import.
    from components.aws.budget import AwsBudget, AwsBudgetArgs

    args = AwsBudgetArgs(
        budget_name=f"{pulumi.get_project()}-{settings.stack}",
        amount=settings.budget.amount,
        email=settings.budget.email,
        alerts_percent=settings.policy.budget_alerts_percent,
        labels=settings.labels,
    )
    AwsBudget("account-budget", args)


def _bucket(settings: Settings, aws: Aws) -> "PrivateS3Bucket":
    from components.aws.bucket import PrivateS3Bucket, PrivateS3BucketArgs

    args = PrivateS3BucketArgs(
        bucket_name=aws.source_bucket, labels=settings.labels, ephemeral=settings.policy.ephemeral
    )
    # Called after its stack, so that the pipeline of another environment has no right to it.
    name = f"{pulumi.get_project()}-{settings.stack}-sources"
    return PrivateS3Bucket(name, args, pulumi.ResourceOptions(aliases=[pulumi.Alias(name="lambda-sources")]))


def _registry(settings: Settings) -> dict[str, EcrRegistry]:
    declared = settings.registries.aws
    if declared is None:
        return {}
    args = EcrRegistryArgs(
        repository_name=declared.name,
        keep=declared.keep or settings.policy.keep_images,
        labels=settings.labels,
        ephemeral=settings.policy.ephemeral,
    )
    return {"aws": EcrRegistry(f"{declared.name}-aws", args)}
