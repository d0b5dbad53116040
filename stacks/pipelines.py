"""What a stack runs on Dataflow: its pipelines, one bucket and identity each, in one private network."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.wire.outputs import DataflowOutput
from stacks.declared import resolved
from stacks.model import Gcp, Settings
from stacks.platforms import DataflowApp
from stacks.previous_outputs import PreviousOutputs
from stacks.settings import python_for

if TYPE_CHECKING:
    from components.gcp.project import GcpProject


def pipeline_apis(settings: Settings) -> tuple[str, ...]:
    """The APIs that Dataflow needs where the stack has a pipeline."""
    return ("compute.googleapis.com", "dataflow.googleapis.com") if _pipelines(settings) else ()


def packages_of(settings: Settings) -> dict[str, Artifact]:
    """The pipelines' packages. Raises BundleError."""
    pipelines = _pipelines(settings)
    if not pipelines:
        return {}
    from slipway.bundle import beam_package

    return {
        name: beam_package(Path(app.source), allow_keys_in=app.allow_keys_in, python=python_for(settings, name, app))
        for name, app in pipelines.items()
    }


def on_dataflow(
    settings: Settings, gcp: Gcp, previous: PreviousOutputs, project: "GcpProject", packages: Mapping[str, Artifact]
) -> dict[str, DataflowOutput]:
    """Declare the pipelines; the output ``apps``, as far as it is about them."""
    pipelines = _pipelines(settings)
    if not pipelines:
        return {}
    from components.gcp.beam_pipeline import BeamPipeline, BeamPipelineArgs
    from components.gcp.network import PrivateNetwork, PrivateNetworkArgs

    own = [name for name, app in pipelines.items() if app.subnetwork is None]
    network = PrivateNetwork("workers", PrivateNetworkArgs(project=project, region=gcp.region)) if own else None
    outputs: dict[str, DataflowOutput] = {}
    for name, app in pipelines.items():
        args = BeamPipelineArgs(
            project=project,
            region=gcp.region,
            artifact=packages[name],
            sample=Path(app.source) / app.sample if app.sample else None,
            input=app.input,
            parameters=app.parameters,
            image=app.image,
            network=network if app.subnetwork is None else None,
            subnetwork=app.subnetwork,
            max_workers=app.max_workers,
            machine_type=app.machine_type,
            streaming=app.streaming,
            streaming_engine=app.streaming_engine,
            attempt=app.attempt,
            finished=_finished(previous, name),
            temporary_days=app.temporary_days,
            labels=settings.labels,
            ephemeral=settings.policy.ephemeral,
        )
        pipeline = BeamPipeline(name, args)
        outputs[name] = {
            "platform": app.title,
            "resource": f"{name}-{pipeline.run}",
            "url": "",
            "region": gcp.region,
            "project": resolved(project.project_id),
            **artifact_output(packages[name]),
            "artifact_url": resolved(pipeline.artifact_url),
            "probe": [],
            "run": pipeline.run,
            "bucket": resolved(pipeline.bucket_name),
            "output": resolved(pipeline.output),
            "template": resolved(pipeline.template),
        }
    return outputs


def _pipelines(settings: Settings) -> dict[str, DataflowApp]:
    return {name: app for name, app in settings.apps.items() if isinstance(app, DataflowApp)}


def _finished(previous: PreviousOutputs, name: str) -> frozenset[str]:
    """The run of the last deployment where it is over: what a batch job writes is there when it is done, all at once.

    Dataflow forgets nothing, but the provider does: a job that is done, like one that failed, leaves the state at the
    next refresh and would be started again.
    """
    last = previous.runs.get(name)
    if last is None:
        return frozenset()
    from pulumi_gcp import storage

    try:
        listed = storage.get_bucket_objects(bucket=last.bucket, prefix=f"output/{last.run}/")
    except Exception as error:
        # Without the bucket there is no output. Everything else that keeps us from looking is the user's to know.
        if "notFound" in str(error) or "does not exist" in str(error):
            return frozenset()
        raise
    return frozenset({last.run} if listed.bucket_objects else ())
