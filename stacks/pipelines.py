"""What a stack runs on Dataflow: its pipelines, one bucket and identity each, in one private network."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from components.gcp.pipeline_data import Sample
from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.catalog.dataflow_jobs import Api, AskError, Job, Place
from slipway.wire.outputs import DataflowOutput
from stacks.declared import resolved
from stacks.model import Gcp, Settings
from stacks.pipeline_runs import Decision, decide, in_progress
from stacks.platforms import DataflowApp
from stacks.previous_outputs import PipelineRuns, PreviousOutputs
from stacks.settings import python_for

if TYPE_CHECKING:
    from components.gcp.project import GcpProject


def pipeline_apis(settings: Settings) -> tuple[str, ...]:
    """The APIs that Dataflow needs where the stack has a pipeline."""
    pipelines = _pipelines(settings)
    if not pipelines:
        return ()
    places = [place for app in pipelines.values() for place in app.cloud_only.values()]
    used = {"pubsub.googleapis.com" if place.startswith("projects/") else "bigquery.googleapis.com" for place in places}
    elsewhere = () if settings.environment == "sandbox" else sorted(used)
    return ("compute.googleapis.com", "dataflow.googleapis.com", *elsewhere)


def packages_of(settings: Settings) -> dict[str, Artifact]:
    """The pipelines' packages. Raises BundleError."""
    pipelines = _pipelines(settings)
    if not pipelines:
        return {}
    from slipway.bundle import beam_package

    return {
        name: beam_package(
            Path(app.source),
            allow_keys_in=app.allow_keys_in,
            python=python_for(settings, name, app),
            sample="\n".join(sorted(app.samples.values())),
            main=app.main,
        )
        for name, app in pipelines.items()
    }


def on_dataflow(
    settings: Settings, gcp: Gcp, previous: PreviousOutputs, project: "GcpProject", packages: Mapping[str, Artifact]
) -> dict[str, DataflowOutput]:
    """Declare the pipelines; the output ``apps``, as far as it is about them."""
    pipelines, jobs = _pipelines(settings), _listed(previous)
    _warn_of_removed(pipelines, previous, jobs)
    if not pipelines:
        return {}
    from components.gcp import beam_pipeline, network

    own = [name for name, app in pipelines.items() if app.subnetwork is None]
    workers = None
    if own:
        workers = network.PrivateNetwork("workers", network.PrivateNetworkArgs(project=project, region=gcp.region))
    outputs: dict[str, DataflowOutput] = {}
    for name, app in pipelines.items():
        args = beam_pipeline.BeamPipelineArgs(
            project=project,
            region=gcp.region,
            artifact=packages[name],
            reads={**app.all_reads, **_samples(app)},
            writes=app.all_writes,
            granted=settings.environment != "sandbox" or not app.cloud_only,
            parameters=app.parameters,
            image=app.image,
            network=workers if app.subnetwork is None else None,
            subnetwork=app.subnetwork,
            max_workers=app.max_workers,
            machine_type=app.machine_type,
            streaming=app.streaming,
            streaming_engine=app.streaming_engine,
            attempt=app.attempt,
            temporary_days=app.temporary_days,
            labels=settings.labels,
            ephemeral=settings.policy.ephemeral,
        )
        sandbox = settings.environment == "sandbox"
        decision = _decided(name, app, args.run, previous, jobs, sandbox=sandbox)
        launchable = sandbox or app.image is not None
        pipeline = beam_pipeline.BeamPipeline(
            name, replace(args, launchable=launchable, number=decision.number, declared=decision.declared)
        )
        outputs[name] = {
            "platform": app.title,
            "resource": pipeline.job_name,
            "url": "",
            "region": gcp.region,
            "project": resolved(project.project_id),
            **artifact_output(packages[name]),
            "artifact_url": resolved(pipeline.artifact_url),
            "probe": [],
            "run": pipeline.run,
            "runs": {run: ended.plain() for run, ended in sorted(decision.ended.items())},
            "job": resolved(pipeline.job_id) if pipeline.job_id else "",
            "bucket": resolved(pipeline.bucket_name),
            "output": resolved(pipeline.output),
            "template": resolved(pipeline.template),
        }
    return outputs


def _pipelines(settings: Settings) -> dict[str, DataflowApp]:
    return {name: app for name, app in settings.apps.items() if isinstance(app, DataflowApp)}


def _samples(app: DataflowApp) -> dict[str, Sample]:
    """The files that are uploaded, by the parameter that reads them."""
    folder = Path(app.source)
    return {
        name: Sample(
            files=tuple(sorted(path for path in (folder / place).iterdir() if path.is_file())),
            folder=place.strip("/").replace("/", "-"),
        )
        if place.endswith("/")
        else Sample(files=(folder / place,))
        for name, place in app.samples.items()
    }


def _decided(
    name: str,
    app: DataflowApp,
    run: str,
    previous: PreviousOutputs,
    jobs: Mapping[Place, Sequence[Job] | None],
    *,
    sandbox: bool,
) -> Decision:
    """Whether a job of this run is declared, and which try of it; warnings and errors are told at once."""
    if sandbox and (lacking := app.cloud_only):
        places = ", ".join(f"{parameter}: {place}" for parameter, place in lacking.items())
        pulumi.log.warn(f"{name} is packaged and not run: Beam's runner of the sandbox cannot reach {places}")
        return Decision(number=1, declared=False)
    if not sandbox and app.image is None:
        command = f"`slipway image {name} --stack {pulumi.get_stack()} --up`"
        pulumi.log.warn(f"{name} has no image yet, so that nothing can launch it: {command} builds it and runs it")
        return Decision(number=1, declared=False)
    known = previous.pipelines.get(name)
    if known is None or app.streaming:
        return Decision(number=1, declared=True, ended=known.runs if known else {})
    decision = decide(
        name,
        run,
        previous=known.run,
        remembered=known.runs,
        jobs=jobs[_place(known)],
        tries=app.tries,
    )
    for warning in decision.warnings:
        pulumi.log.warn(warning)
    if decision.error:
        pulumi.log.error(decision.error)
    return decision


def _warn_of_removed(
    pipelines: Mapping[str, DataflowApp],
    previous: PreviousOutputs,
    jobs: Mapping[Place, Sequence[Job] | None],
) -> None:
    """Name the jobs in progress of pipelines that the stack has no more."""
    for name, known in previous.pipelines.items():
        if name not in pipelines:
            for warning in in_progress(name, known.run, jobs[_place(known)] or ()):
                pulumi.log.warn(warning)


def _listed(previous: PreviousOutputs) -> dict[Place, Sequence[Job] | None]:
    """Every place that had a pipeline, with the jobs that Dataflow lists there. Raises RunError where it does not."""
    try:
        api = Api.of(os.environ)
        return {place: api.jobs(place) for place in dict.fromkeys(map(_place, previous.pipelines.values()))}
    except AskError as error:
        raise pulumi.RunError(str(error)) from None


def _place(known: PipelineRuns) -> Place:
    return Place(project=known.project, region=known.region)
