"""Beam pipeline on Dataflow: its bucket and identity, a template that follows the code, a run that follows both.

package, by its digest -> template, by the package's -> run, by the code and every option

A run is a batch job that comes to its end. It is told by its digest, and each try of it by a number: another one is
another resource, under another name, with its own output. A streaming job never ends: it keeps its name and is updated
in place.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
from pulumi_gcp import dataflow, serviceaccount, storage

from components.files import stored
from components.gcp.bucket import PrivateBucket, PrivateBucketArgs
from components.gcp.network import PrivateNetwork
from components.gcp.project import GcpProject
from components.gcp.project_grants import project_grants
from slipway.bundle import Artifact

APIS = ("compute.googleapis.com", "dataflow.googleapis.com")
OWN = ("input", "output")
"""The parameters that every pipeline here takes: what it reads, and how what it writes begins."""

UNCHANGED = (
    *("containerSpecGcsPath", "parameters", "serviceAccountEmail", "tempLocation", "stagingLocation", "network"),
    *("subnetwork", "ipConfiguration", "maxWorkers", "machineType", "sdkContainerImage", "labels", "project", "region"),
)
"""Inputs of a batch job that stay as they were when it began. What makes another run makes another job."""


@dataclass(frozen=True, kw_only=True)
class BeamPipelineArgs:
    """A packaged pipeline, and how it is run."""

    project: GcpProject
    region: str
    artifact: Artifact
    """The package: a wheel."""
    sample: Path | None = None
    """A text that is uploaded and read, where ``input`` names nothing else."""
    input: str | None = None
    """What to read (``gs://…``); the pipeline's identity has to be granted that elsewhere."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Further options of the pipeline."""
    image: str | None = None
    """What launches and runs it, by its digest; None: the template names the package, as the sandbox takes it."""
    network: PrivateNetwork | None = None
    subnetwork: str | None = None
    """An existing one with private Google access, in place of ``network``."""
    max_workers: int = 1
    machine_type: str | None = None
    streaming: bool = False
    """Whether it never ends: drained, not cancelled, where the stack is kept."""
    streaming_engine: bool = True
    """Whether a streaming pipeline's state is the service's and not its workers' disks'."""
    attempt: int = 1
    """Another number runs the same again."""
    number: int = 1
    """Which try of the run is declared: another one is started where the one before has failed."""
    declared: bool = True
    """Whether a job is declared: not where the run is over. A streaming job always is."""
    temporary_days: int = 3
    """How long what lies in ``staging/`` and ``temp/`` is kept (days)."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False

    def __post_init__(self) -> None:
        if (self.sample is None) == (self.input is None):
            raise ValueError(f"needs a sample or an input (gs://…), got {self.sample!r} and {self.input!r}")
        if (self.network is None) == (self.subnetwork is None):
            raise ValueError("needs a network or an existing subnetwork: Dataflow would take the default network")
        if reserved := sorted(set(OWN) & self.parameters.keys()):
            raise ValueError(f"the parameter {reserved[0]} is set from the pipeline's own settings: take it out")
        if self.max_workers < 1:
            raise ValueError(f"max_workers must be 1 or more, got {self.max_workers}")

    @property
    def run(self) -> str:
        """What tells this run from every other: the code, where it reads and each of its options (12 hex).

        What lies at the place that it reads has no part in it, of a sample either: an edited text starts no paid run.
        """
        identity = {
            "code": self.artifact.digest,
            "image": self.image,
            "input": self.input or [self.sample and self.sample.name],
            "parameters": dict(sorted(self.parameters.items())),
            "workers": [self.max_workers, self.machine_type, self.region, self.subnetwork],
            "streaming": [self.streaming, self.streaming and self.streaming_engine],
            "attempt": self.attempt,
        }
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def one_try(self) -> str:
        """What tells this try of the run from every other."""
        return self.run if self.number == 1 else f"{self.run}-{self.number}"


class BeamPipeline(pulumi.ComponentResource):
    """A pipeline, its bucket with ``input/``, ``output/``, ``staging/`` and ``temp/``, and the run of today's code."""

    bucket_name: pulumi.Output[str]
    output: pulumi.Output[str]
    """How the files of this run begin."""
    template: pulumi.Output[str]
    """The flex template: anyone with the right to may launch it with other options."""
    artifact_url: pulumi.Output[str]
    """Where the package lies (``gs://…``)."""
    run: str
    job_name: str
    job_id: pulumi.Output[str] | None
    """None where the run is over."""

    def __init__(self, name: str, args: BeamPipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:BeamPipeline", name, {}, opts)
        self.name, self._args, self.run = name, args, args.run
        self._bucket = PrivateBucket(
            name,
            PrivateBucketArgs(
                project=args.project,
                location=args.region,
                expire_below={"staging/": args.temporary_days, "temp/": args.temporary_days},
                labels=args.labels,
                ephemeral=args.ephemeral,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.bucket_name = self._bucket.bucket_name
        self._account = self._service_account()
        grants = self._grant()
        package = self._object(
            "package", f"packages/{args.artifact.digest}/{_file_name(args.artifact)}", args.artifact.path
        )
        self.artifact_url = pulumi.Output.concat(self._bucket.url, "/", package.name)
        template = self._template(package)
        self.template = pulumi.Output.concat(self._bucket.url, "/", template.name)
        sample = self._object("sample", f"input/{args.sample.name}", args.sample) if args.sample else None
        self.job_name = name if args.streaming else f"{name}-{args.one_try}"
        below = name if args.streaming else f"{args.one_try}/{name}"
        self.output = pulumi.Output.concat(self._bucket.url, f"/output/{below}")
        needed = [*grants, package, template, *([sample] if sample else [])]
        declared = args.declared or args.streaming
        self.job_id = self._job(needed, sample).job_id if declared else None
        self.register_outputs(
            {"bucket_name": self.bucket_name, "output": self.output, "template": self.template, "run": self.run}
        )

    def _service_account(self) -> serviceaccount.Account:
        return serviceaccount.Account(
            self.name,
            project=self._args.project.project_id,
            account_id=f"job-{self.name}"[:30].rstrip("-"),
            display_name=f"runs {self.name} on Dataflow",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._args.project.api("iam.googleapis.com")]),
        )

    def _grant(self) -> list[pulumi.Resource]:
        """Its own bucket's objects, to work for Dataflow, and to fetch its image where it has one."""
        roles = {"worker": "roles/dataflow.worker"}
        if self._args.image:
            roles["image-reader"] = "roles/artifactregistry.reader"
        child = pulumi.ResourceOptions(parent=self)
        objects = storage.BucketIAMMember(
            f"{self.name}-objects",
            bucket=self.bucket_name,
            role="roles/storage.objectAdmin",
            member=self._account.member,
            opts=child,
        )
        return [
            objects,
            *project_grants(self.name, self._args.project.project_id, self._account.member, roles, child),
        ]

    def _object(self, what: str, path: str, file: Path) -> storage.BucketObject:
        return storage.BucketObject(
            f"{self.name}-{what}",
            bucket=self.bucket_name,
            name=path,
            source=pulumi.FileAsset(stored(file)),
            # A package's name says what is inside. Another machine's zlib may pack the same into other bytes.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["source"] if what == "package" else None),
        )

    def _template(self, package: storage.BucketObject) -> storage.BucketObject:
        """The specification of https://cloud.google.com/dataflow/docs/guides/templates/configuring-flex-templates."""
        named = [*OWN, *sorted(self._args.parameters)]
        metadata = {
            "name": self.name,
            "description": f"{self.name}, as packaged under {self._args.artifact.digest}",
            "parameters": [
                {"name": each, "label": each, "helpText": f"--{each} of the pipeline", "isOptional": each not in OWN}
                for each in named
            ],
        }
        image = self._args.image or pulumi.Output.concat(self._bucket.url, "/", package.name)
        text = pulumi.Output.json_dumps(
            {"image": image, "sdkInfo": {"language": "PYTHON"}, "metadata": metadata}, sort_keys=True
        )
        by = hashlib.sha256(f"{self._args.artifact.digest} {self._args.image} {named}".encode()).hexdigest()[:12]
        return storage.BucketObject(
            f"{self.name}-template",
            bucket=self.bucket_name,
            name=f"templates/{by}.json",
            source=text.apply(pulumi.StringAsset),  # `content` would be sealed in the state, and is no secret
            content_type="application/json",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _job(self, needed: list[pulumi.Resource], sample: storage.BucketObject | None) -> dataflow.FlexTemplateJob:
        args, url = self._args, self._bucket.url
        network = [args.network.firewall] if args.network else []
        read = args.input or pulumi.Output.concat(url, "/", sample.name if sample else "")
        return dataflow.FlexTemplateJob(
            f"{self.name}-run" if args.streaming else self.job_name,
            name=self.job_name,
            project=args.project.project_id,
            region=args.region,
            container_spec_gcs_path=self.template,
            parameters={**args.parameters, "input": read, "output": self.output},
            service_account_email=self._account.email,
            temp_location=pulumi.Output.concat(url, "/temp"),
            staging_location=pulumi.Output.concat(url, "/staging"),
            subnetwork=args.network.subnetwork if args.network else args.subnetwork,
            ip_configuration="WORKER_IP_PRIVATE",
            max_workers=args.max_workers,
            machine_type=args.machine_type,
            sdk_container_image=args.image,
            enable_streaming_engine=args.streaming_engine if args.streaming else None,
            labels=dict(args.labels),
            # A batch job cannot be drained: https://cloud.google.com/dataflow/docs/guides/stopping-a-pipeline
            on_delete="drain" if args.streaming and not args.ephemeral else "cancel",
            skip_wait_on_job_termination=args.ephemeral,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*needed, *network, *(args.project.api(api) for api in APIS)],
                custom_timeouts=pulumi.CustomTimeouts(delete="20m"),
                # Dataflow changes no batch job: the provider would cancel it and start another one under its name.
                ignore_changes=None if args.streaming else [*UNCHANGED],
            ),
        )


def _file_name(artifact: Artifact) -> str:
    return artifact.file_name or artifact.path.name
