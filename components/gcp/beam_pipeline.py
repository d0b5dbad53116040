"""Beam pipeline on Dataflow: its bucket and identity, a template that follows the code, a run that follows both.

package, by its digest -> template, by the package's -> run, by the code and every option

A run is a batch job that comes to its end. It is told by its digest, and each try of it by a number: another one is
another resource, under another name, with its own output. A streaming job never ends: it keeps its name and is updated
in place.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi_gcp import artifactregistry, dataflow, serviceaccount, storage

from components.files import stored
from components.gcp.bucket import PrivateBucket, PrivateBucketArgs
from components.gcp.network import PrivateNetwork
from components.gcp.pipeline_data import OWN_FILES, Kind, Sample
from components.gcp.pipeline_grants import data_grants
from components.gcp.project import GcpProject
from components.gcp.project_grants import project_grants
from slipway.bundle import Artifact

REPOSITORY = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev/(?P<project>[^/]+)/(?P<repository>[^/]+)/")
"""The image names of Artifact Registry: https://cloud.google.com/artifact-registry/docs/docker/names."""
APIS = ("compute.googleapis.com", "dataflow.googleapis.com")

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
    reads: Mapping[str, str | Sample]
    """What each of these parameters reads: samples of the app, or a name (:mod:`components.gcp.pipeline_data`)."""
    writes: Mapping[str, str] = field(default_factory=lambda: {"output": OWN_FILES})
    """What each of these parameters writes: a name, or ``files`` below the pipeline's own bucket."""
    granted: bool = True
    """Whether its account may use what lies outside of its bucket; not where that is not there."""
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
    launchable: bool = True
    """Whether there is what a template could name; without, there is no template and no job."""
    number: int = 1
    """Which try of the run is declared: another one is started where the one before has failed."""
    declared: bool = True
    """Whether a job is declared: not where the run is over. A streaming job always is."""
    temporary_days: int = 3
    """How long what lies in ``staging/`` and ``temp/`` is kept (days)."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False

    def __post_init__(self) -> None:
        if (self.network is None) == (self.subnetwork is None):
            raise ValueError("needs a network or an existing subnetwork: Dataflow would take the default network")
        named = [*self.reads, *self.writes, *self.parameters]
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"the parameter {twice[0]} is filled twice: take it out of reads, writes or parameters")
        for name, place in {**self.addresses(self.reads), **self.addresses(self.writes)}.items():
            if Kind.of(place) is None:
                raise ValueError(f"{name} must name Cloud Storage, Pub/Sub or BigQuery, got {place!r}")
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
            "reads": {
                name: place.pattern if isinstance(place, Sample) else place for name, place in self.reads.items()
            },
            "writes": dict(self.writes),
            "parameters": dict(sorted(self.parameters.items())),
            "workers": [self.max_workers, self.machine_type, self.region, self.subnetwork],
            "streaming": [self.streaming, self.streaming and self.streaming_engine],
            "attempt": self.attempt,
        }
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]

    @staticmethod
    def addresses(declared: Mapping[str, str | Sample]) -> dict[str, str]:
        """What of reads or writes lies outside of the pipeline's own bucket."""
        return {name: place for name, place in declared.items() if isinstance(place, str) and place != OWN_FILES}

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
    """The flex template: anyone with the right to may launch it with other options; "" where there is none."""
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
        samples = [upload for name, place in args.reads.items() for upload in self._samples(name, place)]
        template = self._template(package) if args.launchable else None
        self.template = (
            pulumi.Output.concat(self._bucket.url, "/", template.name) if template else pulumi.Output.from_input("")
        )
        self.job_name = name if args.streaming else f"{name}-{args.one_try}"
        self.output = self._written("output")
        needed = [*grants, package, *([template] if template else []), *samples]
        declared = args.launchable and (args.declared or args.streaming)
        self.job_id = self._job(needed).job_id if declared else None
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
        """Its own bucket's objects, to work for Dataflow, what it reads and writes, its image's repository.

        https://cloud.google.com/dataflow/docs/concepts/security-and-permissions#worker-service-account
        """
        args, child = self._args, pulumi.ResourceOptions(parent=self)
        member, project = self._account.member, args.project.project_id
        objects = storage.BucketIAMMember(
            f"{self.name}-objects",
            bucket=self.bucket_name,
            role="roles/storage.objectAdmin",
            member=member,
            opts=child,
        )
        roles = {"worker": "roles/dataflow.worker", "viewer": "roles/dataflow.viewer"}
        reads, writes = args.addresses(args.reads), args.addresses(args.writes)
        return [
            objects,
            *project_grants(self.name, project, member, roles, child),
            *(data_grants(self.name, member, project, reads, writes, child) if args.granted else ()),
            *self._image_reader(child),
        ]

    def _image_reader(self, child: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """Reading the repository of its image, where that is one of Artifact Registry."""
        match = REPOSITORY.match(self._args.image or "")
        if match is None:
            return []
        return [
            artifactregistry.RepositoryIamMember(
                f"{self.name}-image-reader",
                project=match["project"],
                location=match["location"],
                repository=match["repository"],
                role="roles/artifactregistry.reader",
                member=self._account.member,
                opts=child,
            )
        ]

    def _samples(self, parameter: str, place: str | Sample) -> list[storage.BucketObject]:
        if not isinstance(place, Sample):
            return []
        single = parameter == "input" and not place.folder
        return [
            self._object("sample" if single else f"{parameter}-{file.name}", place.name_of(file), file)
            for file in place.files
        ]

    def _written(self, parameter: str) -> pulumi.Output[str]:
        """How what this parameter writes begins, below the bucket."""
        what = self.name if parameter == "output" else parameter
        below = what if self._args.streaming else f"{self._args.one_try}/{what}"
        return pulumi.Output.concat(self._bucket.url, f"/output/{below}")

    def _data(self) -> dict[str, pulumi.Input[str]]:
        """The parameters that say what is read and written."""
        url = self._bucket.url
        reads = {
            name: pulumi.Output.concat(url, "/", place.pattern) if isinstance(place, Sample) else place
            for name, place in self._args.reads.items()
        }
        writes = {
            name: self._written(name) if place == OWN_FILES else place for name, place in self._args.writes.items()
        }
        return {**reads, **writes}

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
        args = self._args
        parameters = [
            *(_parameter(name, _kind(place).read) for name, place in args.reads.items()),
            *(_parameter(name, _kind(place).written) for name, place in args.writes.items()),
            *({**_parameter(name, "TEXT"), "isOptional": True} for name in sorted(args.parameters)),
        ]
        metadata = {
            "name": self.name,
            "description": f"{self.name}, as packaged under {args.artifact.digest}",
            "parameters": parameters,
            "streaming": args.streaming,
        }
        image = args.image or pulumi.Output.concat(self._bucket.url, "/", package.name)
        template = {
            "image": image,
            "sdkInfo": {"language": "PYTHON"},
            "metadata": metadata,
            "defaultEnvironment": self._environment(),
        }
        text = pulumi.Output.json_dumps(template, sort_keys=True)
        static = [args.artifact.digest, args.image, parameters, args.streaming, args.max_workers, args.machine_type]
        by = hashlib.sha256(json.dumps(static, sort_keys=True).encode()).hexdigest()[:12]
        return storage.BucketObject(
            f"{self.name}-template",
            bucket=self.bucket_name,
            name=f"templates/{by}.json",
            source=text.apply(pulumi.StringAsset),  # `content` would be sealed in the state, and is no secret
            content_type="application/json",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _subnetwork(self) -> pulumi.Input[str] | None:
        return self._args.network.subnetwork if self._args.network else self._args.subnetwork

    def _environment(self) -> dict[str, Any]:
        """What a launch without further words takes, so that it is as private and as bounded as the stack's own.

        https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.flexTemplates/launch
        """
        args, url = self._args, self._bucket.url
        environment = {
            "serviceAccountEmail": self._account.email,
            "subnetwork": self._subnetwork(),
            "ipConfiguration": "WORKER_IP_PRIVATE",
            "tempLocation": pulumi.Output.concat(url, "/temp"),
            "stagingLocation": pulumi.Output.concat(url, "/staging"),
            "maxWorkers": args.max_workers,
            "machineType": args.machine_type,
            "sdkContainerImage": args.image,
            "enableStreamingEngine": args.streaming_engine if args.streaming else None,
            "additionalUserLabels": dict(args.labels) or None,
        }
        return {name: value for name, value in environment.items() if value is not None}

    def _job(self, needed: list[pulumi.Resource]) -> dataflow.FlexTemplateJob:
        args, url = self._args, self._bucket.url
        network = [args.network.firewall] if args.network else []
        return dataflow.FlexTemplateJob(
            f"{self.name}-run" if args.streaming else self.job_name,
            name=self.job_name,
            project=args.project.project_id,
            region=args.region,
            container_spec_gcs_path=self.template,
            parameters={**args.parameters, **self._data()},
            service_account_email=self._account.email,
            temp_location=pulumi.Output.concat(url, "/temp"),
            staging_location=pulumi.Output.concat(url, "/staging"),
            subnetwork=self._subnetwork(),
            ip_configuration="WORKER_IP_PRIVATE",
            max_workers=args.max_workers,
            machine_type=args.machine_type,
            sdk_container_image=args.image,
            enable_streaming_engine=args.streaming_engine if args.streaming else None,
            labels=dict(args.labels),
            # A batch job cannot be drained: https://cloud.google.com/dataflow/docs/guides/stopping-a-pipeline
            on_delete="drain" if args.streaming and not args.ephemeral else "cancel",
            # A job counts as cancelled once its workers are gone; until then Compute Engine refuses to delete the
            # subnetwork that they are on, which is of the same stack.
            skip_wait_on_job_termination=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*needed, *network, *(args.project.api(api) for api in APIS)],
                custom_timeouts=pulumi.CustomTimeouts(delete="20m"),
                # Dataflow changes no batch job: the provider would cancel it and start another one under its name.
                ignore_changes=None if args.streaming else [*UNCHANGED],
            ),
        )


def _kind(place: str | Sample) -> Kind:
    return Kind.FILES if isinstance(place, Sample) or place == OWN_FILES else Kind.of(place) or Kind.FILES


def _parameter(name: str, type: str) -> dict[str, Any]:
    form = next((kind.form for kind in Kind if type in (kind.read, kind.written)), "")
    return {
        "name": name,
        "label": name,
        "helpText": f"--{name} of the pipeline",
        "isOptional": False,
        "paramType": type,
        **({"regexes": [f"^{form}$"]} if form else {}),
    }


def _file_name(artifact: Artifact) -> str:
    return artifact.file_name or artifact.path.name
