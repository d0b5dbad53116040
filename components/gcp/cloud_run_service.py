"""Cloud Run service: an image by digest, an identity of its own, ceilings, traffic by revision."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_gcp import cloudrunv2, serviceaccount

from components.domains import Record
from components.gcp import apis
from components.gcp.bucket import PrivateBucket, may_use
from components.gcp.database import PostgresDatabase, may_connect
from components.gcp.project import GcpProject
from components.schedules import Request
from components.traffic import refused_canary, shares

if TYPE_CHECKING:
    from components.gcp.sealed_variables import SealedVariables
    from components.gcp.topic_events import TopicEvent

APIS = ("run.googleapis.com",)
"""What a project needs for it, beside what every project here has."""
RELEASE_SECONDS = 600
"""How long a release command may take."""
CONNECTOR = "cloudsql"
"""The volume by which a service reaches its database: https://cloud.google.com/sql/docs/postgres/connect-run."""
ACCESS = ("private", "public")
LONGEST_NAME = 49
"""Of a service; a revision's has 13 characters more, and 63 in all."""


@dataclass(frozen=True, kw_only=True)
class CloudRunServiceArgs:
    """A service, and the revision that is to serve."""

    project: GcpProject
    region: str
    service: str
    """Its name in the project and region."""
    image: pulumi.Input[str]
    """By digest: ``HOST/PATH@sha256:…``."""
    tag: str
    """The image's tag, which is known before the image is built: a revision's name follows from it."""
    artifact: str = ""
    """How the digest of what the image was built from begins; a revision keeps it, as a label."""
    port: int = 8080
    memory: int = 512
    """MB of an instance."""
    cpu: str = "1"
    concurrency: int = 40
    """Requests that an instance answers at a time."""
    min_instances: int = 0
    max_instances: int = 1
    """The ceiling, and so that of the bill."""
    timeout: int = 60
    """Seconds."""
    access: str = "private"
    """Who may call it: ``private``, those with roles/run.invoker; ``public``, anybody."""
    env: Mapping[str, str] = field(default_factory=dict)
    made_env: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Variables whose values are made with the stack, and that anyone may read: a bucket's name."""
    secret_env: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Sealed variables: the service gets references to secrets of Secret Manager."""
    secret_prefix: str = ""
    """How the ids of those secrets begin, unique in the project; "" for the service's name."""
    secrets: str = ""
    """A fingerprint of ``secret_env``: another one is another revision."""
    app_bucket: PrivateBucket | None = None
    """A bucket that the service may use."""
    subnetwork: str = ""
    """A subnetwork by which it reaches private addresses, in full; "" for none."""
    database: PostgresDatabase | None = None
    """A database that the service may connect to."""
    release: str = ""
    """A command that a job of the same image runs before a new version serves; "" where there is none."""
    attempt: str = ""
    """Another text runs it again."""
    serve: str | None = None
    """The revision that serves; None: the newest."""
    canary: int | None = None
    """Percent of the requests that the newest gets beside ``serve``; None: none."""
    schedules: Mapping[str, Request] = field(default_factory=dict)
    """Requests to the service by the clock, by name."""
    events: "Mapping[str, TopicEvent]" = field(default_factory=dict)
    """Topics whose messages are posted to it, by the names of their events."""
    domain: str = ""
    """A domain of one's own that leads to it; "" for none."""
    project_number: pulumi.Input[str] = ""
    """Needed for events."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False

    def __post_init__(self) -> None:
        if self.access not in ACCESS:
            raise ValueError(f"access must be one of {', '.join(ACCESS)}, got {self.access!r}")
        if len(self.service) > LONGEST_NAME:
            raise ValueError(f"a service's name has {LONGEST_NAME} characters at most, got {self.service!r}")
        if self.max_instances < 1 or not 0 <= self.min_instances <= self.max_instances:
            raise ValueError(
                f"instances must be 0 or more at least, 1 or more at most, and in order, got {self.min_instances} and "
                f"{self.max_instances}"
            )
        if wrong := refused_canary(self.serve, self.canary):
            raise ValueError(wrong)


class CloudRunService(pulumi.ComponentResource):
    """A service; what may call it is what the stack says, what it may do is use its bucket, if it has one."""

    url: pulumi.Output[str]
    revision: str
    """The newest revision: the service's name and a digest of everything in it."""
    traffic: dict[str, int]
    """Percent of the requests, by revision."""
    service_id: pulumi.Output[str]
    """``projects/…/locations/…/services/…``."""
    jobs: dict[str, pulumi.Output[str]]
    """The ids of its schedules' jobs."""
    topics: dict[str, pulumi.Output[str]]
    """The topics of its events, in full."""
    records: pulumi.Output[list[Record]] | None
    """What to set at the name server of its domain; None without one."""

    def __init__(self, name: str, args: CloudRunServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:CloudRunService", name, {}, opts)
        self.name, self._args = name, args
        self.revision = revision_of(args)
        self.traffic = shares(self.revision, args.serve, args.canary)
        identity = self._identity()
        child = pulumi.ResourceOptions(parent=self)
        rights: list[pulumi.Resource] = (
            [may_use(name, args.app_bucket, identity.member, child)] if args.app_bucket else []
        )
        self._sealed = self._seal(identity.member)
        rights += self._sealed.ready if self._sealed else []
        if args.database:
            rights += may_connect(name, args.database, args.project.project_id, identity.member, child)
        if args.release:
            rights.append(self._release(identity, rights))
        service = self._service(identity, rights)
        if args.access == "public":
            cloudrunv2.ServiceIamMember(
                f"{name}-anybody-may-call",
                project=args.project.project_id,
                location=args.region,
                name=service.name,
                role="roles/run.invoker",
                member="allUsers",
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.jobs, self.topics = self._schedule(service), self._feed(service)
        self.records = self._lead(service)
        self.url, self.service_id = service.uri, service.id
        self.register_outputs({"url": self.url, "revision": self.revision})

    def _schedule(self, service: cloudrunv2.Service) -> dict[str, pulumi.Output[str]]:
        args = self._args
        if not args.schedules:
            return {}
        # Few services have any, and the module takes its time to import.
        from components.gcp.url_schedules import UrlSchedules, UrlSchedulesArgs

        clock = UrlSchedulesArgs(
            project=args.project,
            region=args.region,
            service=service,
            service_name=args.service,
            requests=args.schedules,
        )
        return UrlSchedules(f"{self.name}-clock", clock, pulumi.ResourceOptions(parent=self)).jobs

    def _feed(self, service: cloudrunv2.Service) -> dict[str, pulumi.Output[str]]:
        args = self._args
        if not args.events:
            return {}
        # Few services have any, and the module takes its time to import.
        from components.gcp.topic_events import TopicEvents, TopicEventsArgs

        fed = TopicEventsArgs(
            project=args.project,
            project_number=args.project_number,
            region=args.region,
            service=service,
            service_name=args.service,
            timeout=args.timeout,
            events=args.events,
            labels=args.labels,
        )
        return TopicEvents(f"{self.name}-events", fed, pulumi.ResourceOptions(parent=self)).topics

    def _lead(self, service: cloudrunv2.Service) -> pulumi.Output[list[Record]] | None:
        args = self._args
        if not args.domain:
            return None
        # Few services have one, and the module takes its time to import.
        from components.gcp.run_domain import RunDomain, RunDomainArgs

        mapped = RunDomainArgs(project=args.project, region=args.region, domain=args.domain, service=service)
        return RunDomain(f"{self.name}-domain", mapped, pulumi.ResourceOptions(parent=self)).records

    def _identity(self) -> serviceaccount.Account:
        """Without a single role: Cloud Run itself pulls the image and takes the log from the standard output."""
        return serviceaccount.Account(
            self.name,
            project=self._args.project.project_id,
            account_id=f"run-{self.name}"[:30].rstrip("-"),
            display_name=f"runs {self.name} on Cloud Run",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._args.project.api("iam.googleapis.com")]),
        )

    def _service(self, identity: serviceaccount.Account, rights: Sequence[pulumi.Resource]) -> cloudrunv2.Service:
        args = self._args
        return cloudrunv2.Service(
            self.name,
            project=args.project.project_id,
            location=args.region,
            name=args.service,
            ingress="INGRESS_TRAFFIC_ALL",
            invoker_iam_disabled=False,
            deletion_protection=not args.ephemeral,
            template={
                "revision": self.revision,
                "service_account": identity.email,
                "timeout": f"{args.timeout}s",
                "max_instance_request_concurrency": args.concurrency,
                "scaling": {"min_instance_count": args.min_instances, "max_instance_count": args.max_instances},
                "containers": [self._container()],
                "volumes": self._volumes(),
                "vpc_access": self._network(),
                "labels": {**args.labels, **({"artifact": args.artifact} if args.artifact else {})},
            },
            traffics=[
                {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": revision, "percent": percent}
                for revision, percent in self.traffic.items()
            ],
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not args.ephemeral,
                depends_on=[
                    *self._apis(),
                    *rights,
                ],
            ),
        )

    def _release(self, identity: serviceaccount.Account, rights: Sequence[pulumi.Resource]) -> cloudrunv2.Job:
        """The job: it is executed when its token changes, and what depends on it waits until the execution succeeded.

        https://cloud.google.com/run/docs/create-jobs
        """
        args = self._args
        return cloudrunv2.Job(
            f"{self.name}-release",
            project=args.project.project_id,
            location=args.region,
            name=f"{args.service}-release",
            run_execution_token=args.attempt,
            # It holds nothing: what it has written is in the database.
            deletion_protection=False,
            template={
                "task_count": 1,
                "template": {
                    "service_account": identity.email,
                    "timeout": f"{RELEASE_SECONDS}s",
                    # What fails has changed something perhaps, and is looked at before it runs again.
                    "max_retries": 0,
                    "containers": [
                        {
                            "image": args.image,
                            "commands": ["/bin/sh", "-c"],
                            "args": [args.release],
                            "resources": {"limits": {"cpu": "1", "memory": f"{max(args.memory, 512)}Mi"}},
                            "envs": self._envs(),
                            "volume_mounts": [{"name": CONNECTOR, "mount_path": "/cloudsql"}]
                            if args.database
                            else None,
                        }
                    ],
                    "volumes": self._job_volumes(),
                    "vpc_access": self._network(),
                },
            },
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    *self._apis(),
                    *rights,
                ],
            ),
        )

    def _network(self) -> Any:  # noqa: ANN401 - of a service and of a job, which are alike
        """Direct VPC egress to private addresses alone: the others stay as short as they were."""
        subnetwork = self._args.subnetwork
        return (
            {"network_interfaces": [{"subnetwork": subnetwork}], "egress": "PRIVATE_RANGES_ONLY"}
            if subnetwork
            else None
        )

    def _apis(self) -> list[pulumi.Resource]:
        names = (*APIS, "artifactregistry.googleapis.com", *(apis.NETWORK if self._args.subnetwork else ()))
        return [self._args.project.api(name) for name in names]

    def _seal(self, member: pulumi.Output[str]) -> "SealedVariables | None":
        args = self._args
        if not args.secret_env:
            return None
        # Few services have any, and the module takes its time to import.
        from components.gcp.sealed_variables import SealedVariables, SealedVariablesArgs

        sealed = SealedVariablesArgs(
            project=args.project,
            prefix=args.secret_prefix or args.service,
            member=member,
            values=args.secret_env,
            labels=args.labels,
        )
        return SealedVariables(f"{self.name}-sealed", sealed, pulumi.ResourceOptions(parent=self))

    def _envs(self) -> list[Any]:
        """Plain values and references, by name; the SDK has a type for a job's and another for a service's."""
        plain = {**self._args.env, **self._args.made_env}
        references = self._sealed.references if self._sealed else {}
        return [
            {"name": name, "value": plain[name]}
            if name in plain
            else {
                "name": name,
                "value_source": {
                    "secret_key_ref": {"secret": references[name].secret, "version": references[name].version}
                },
            }
            for name in sorted({*plain, *references})
        ]

    def _job_volumes(self) -> list[cloudrunv2.JobTemplateTemplateVolumeArgsDict] | None:
        database = self._args.database
        if database is None:
            return None
        return [{"name": CONNECTOR, "cloud_sql_instance": {"instances": [database.connection_name]}}]

    def _volumes(self) -> list[cloudrunv2.ServiceTemplateVolumeArgsDict] | None:
        """The connector's folder: a socket file for each instance in it."""
        database = self._args.database
        if database is None:
            return None
        return [{"name": CONNECTOR, "cloud_sql_instance": {"instances": [database.connection_name]}}]

    def _container(self) -> cloudrunv2.ServiceTemplateContainerArgsDict:
        args = self._args
        return {
            "image": args.image,
            "ports": {"container_port": args.port},
            "resources": {
                "limits": {"cpu": args.cpu, "memory": f"{args.memory}Mi"},
                # Paid for while a request is answered, and not in between.
                "cpu_idle": True,
                "startup_cpu_boost": False,
            },
            "envs": self._envs(),
            "volume_mounts": [{"name": CONNECTOR, "mount_path": "/cloudsql"}] if args.database else None,
            "startup_probe": {
                "tcp_socket": {"port": args.port},
                "period_seconds": 1,
                "timeout_seconds": 1,
                "failure_threshold": 60,
            },
        }


def revision_of(args: CloudRunServiceArgs) -> str:
    """The name of a revision, which tells everything that is in it: Cloud Run takes a name once."""
    identity = [
        args.tag,
        args.port,
        args.memory,
        args.cpu,
        args.concurrency,
        args.min_instances,
        args.max_instances,
        args.timeout,
        sorted(args.env.items()),
        args.secrets,
        sorted(args.labels.items()),
        *([args.subnetwork] if args.subnetwork else ()),
    ]
    return f"{args.service}-{hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:12]}"
