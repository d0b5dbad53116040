"""App Engine service: its newest version serves, the ones before it are kept for a way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import appengine, serviceaccount, storage

from components.domains import Record
from components.files import ELSEWHERE, stored
from components.gcp import apis
from components.gcp.app_engine_app import AppEngineApp
from components.gcp.bucket import PrivateBucket, may_use
from components.gcp.database import PostgresDatabase, may_connect
from components.gcp.project import GcpProject
from components.gcp.project_grants import project_grants
from components.gcp.versions import Version, older
from components.schedules import Request
from components.traffic import refused_canary, shares
from slipway.bundle import Artifact

PROJECT_ROLES = {"log-writer": "roles/logging.logWriter", "image-writer": "roles/artifactregistry.writer"}
"""What a version's identity needs in the project: to log, and to keep the image its build makes."""

FROZEN = ["deployment", "entrypoint", "runtime", "env_variables", "instance_class", "vpc_access"]
"""A version that no longer serves stays as it was deployed, even if this program declares versions differently now."""


@dataclass(frozen=True, kw_only=True)
class AppEngineServiceArgs:
    """A service of an application, and the version that is to serve."""

    project: GcpProject
    app: AppEngineApp
    bucket: PrivateBucket
    """Where the source is uploaded."""
    artifact: Artifact
    version: Version
    service: str = "default"
    previous: Sequence[Version] = ()
    """The versions of the last deployment, newest first."""
    keep: int = 3
    """How many versions to keep, the one that serves among them."""
    serve: str | None = None
    """The id of the version among ``previous`` that serves; None: the newest."""
    canary: int | None = None
    """Percent of the requests that the newest version gets beside ``serve``; None: none."""
    schedules: Mapping[str, Request] = field(default_factory=dict)
    """Requests to the service by the clock, by name."""
    secret_env: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Environment variables that are sealed in the state, on top of the version's own."""
    app_bucket: PrivateBucket | None = None
    """A bucket that the service may use."""
    database: PostgresDatabase | None = None
    """A database that the service may connect to."""
    domain: str = ""
    """A domain of one's own that leads to the service; "" for none."""
    after: Sequence[pulumi.Resource] = ()
    """What has to be there first: the default service, before any other."""
    ephemeral: bool = False

    def __post_init__(self) -> None:
        if self.version.digest != self.artifact.digest:
            raise ValueError(
                f"the version must be of its artifact {self.artifact.digest}, got one of {self.version.digest}"
            )
        if self.serve not in (version_ids := {None, self.version.id, *(version.id for version in self.previous)}):
            raise ValueError(
                f"serve must be a version that is kept, {', '.join(filter(None, version_ids))}, got {self.serve!r}"
            )
        if wrong := refused_canary(self.serve, self.canary):
            raise ValueError(wrong)


class AppEngineService(pulumi.ComponentResource):
    """A service whose versions are named by the digest of code and configuration; the newest serves, or another."""

    url: pulumi.Output[str]
    artifact_url: pulumi.Output[str]
    """Where the newest version's artifact lies (``gs://…``)."""
    version_id: str
    kept: list[Version]
    """The versions that stay, newest first: what the next deployment gets as ``previous``, once ``serving`` is."""
    serving: pulumi.Output[str]
    """The id of the split of the requests: there once the newest version has started and each version has its share."""
    jobs: dict[str, pulumi.Output[str]]
    """The ids of its schedules' jobs."""
    traffic: dict[str, int]
    """Percent of the requests, by version."""
    records: pulumi.Output[list[Record]] | None
    """What to set at the name server of its domain; None without one."""

    def __init__(self, name: str, args: AppEngineServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:AppEngineService", name, {}, opts)
        self.name, self._args = name, args
        self.version_id = args.version.id
        self.kept = [args.version, *older(args.version, args.previous, args.keep, args.serve)]
        self._account = self._service_account()
        self._grants = self._grant()
        by_object = {version.object: version for version in self.kept}
        self._objects = {name: self._source(version) for name, version in by_object.items()}
        self.artifact_url = pulumi.Output.concat("gs://", args.bucket.bucket_name, "/", args.version.object)
        self.traffic = shares(self.version_id, args.serve, args.canary)
        newest = self._newest()
        former = [version for version in self.kept[1:] if version.id in self.traffic]
        serving = {version.id: self._former(version) for version in former}
        split = self._split([newest if id == self.version_id else serving[id] for id in self.traffic])
        self.serving = split.id
        for version in self.kept[1:]:
            if version.id not in self.traffic:
                # Its instances end once the requests have gone to another version, not before.
                self._former(version, after=split)
        self.jobs, self.records = self._schedule(split), self._lead(split)
        self.url = args.app.url(args.service)
        # `serving` too: the outputs are complete, and the app counts as live, only once the version serves.
        self.register_outputs({"url": self.url, "version_id": self.version_id, "serving": self.serving})

    def _service_account(self) -> serviceaccount.Account:
        return serviceaccount.Account(
            self.name,
            project=self._args.project.project_id,
            account_id=f"app-{self.name}"[:30].rstrip("-"),
            display_name=f"runs {self.name} on App Engine",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._args.project.api("iam.googleapis.com")]),
        )

    def _grant(self) -> list[pulumi.Resource]:
        """Just what the version's identity needs; a version is deployed after its grants."""
        child = pulumi.ResourceOptions(parent=self)
        reads_source = storage.BucketIAMMember(
            f"{self.name}-source-reader",
            bucket=self._args.bucket.bucket_name,
            role="roles/storage.objectViewer",
            member=self._account.member,
            opts=child,
        )
        bucket, database, project = self._args.app_bucket, self._args.database, self._args.project.project_id
        connects = may_connect(self.name, database, project, self._account.member, child) if database else []
        return [
            reads_source,
            *connects,
            *([may_use(self.name, bucket, self._account.member, child)] if bucket else []),
            *project_grants(self.name, project, self._account.member, PROJECT_ROLES, child),
        ]

    def _source(self, version: Version) -> storage.BucketObject:
        """The object a version was made from. Only the present one's file is at hand; the others stay as they are."""
        present = version.digest == self._args.artifact.digest
        return storage.BucketObject(
            f"{self.name}-{version.digest[:12]}",
            bucket=self._args.bucket.bucket_name,
            name=version.object,
            source=pulumi.FileAsset(stored(self._args.artifact.path)) if present else ELSEWHERE,
            content_type="application/zip",
            # The name says what is inside. Another machine's zlib may pack the same content into other bytes.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["source"]),
        )

    def _newest(self) -> appengine.StandardAppVersion:
        return self._declare(self._args.version, opts=pulumi.ResourceOptions())

    def _former(self, version: Version, after: pulumi.Resource | None = None) -> appengine.StandardAppVersion:
        depends_on = [after] if after else []
        return self._declare(version, opts=pulumi.ResourceOptions(ignore_changes=FROZEN, depends_on=depends_on))

    def _goes_with(self) -> pulumi.Resource:
        """With what a version vanishes when the stack is destroyed.

        App Engine refuses to delete a version with traffic, a service's last version, and `default`. So destroying
        the stack deletes no version by itself: they go with the project, or in an adopted project stay with the
        application. A version that falls off the list while those stay is deleted in earnest.

        Never by `delete_service_on_destroy`: it deletes the whole service, others' versions in it too, whenever the
        version that carries it goes, which a failed run's version does in the next one. `slipway` ends a service.
        """
        return self._args.project.resource or self._args.app.application

    def _declare(self, version: Version, opts: pulumi.ResourceOptions) -> appengine.StandardAppVersion:
        args = self._args
        needed = [
            args.project.api("appengine.googleapis.com"),
            args.project.api("cloudbuild.googleapis.com"),
            args.app.application,
            self._objects[version.object],
            *self._grants,
            # Only the newest asks for it: the program may have taken the subnetwork out since a former one.
            *([args.project.api(name) for name in apis.NETWORK] if args.version.subnetwork else ()),
            *args.after,
        ]
        return appengine.StandardAppVersion(
            f"{self.name}-{version.id}",
            project=args.project.project_id,
            service=args.service,
            version_id=version.id,
            runtime=version.runtime,
            entrypoint={"shell": version.entrypoint},
            deployment={
                "zip": {
                    "source_url": pulumi.Output.concat(
                        "https://storage.googleapis.com/", args.bucket.bucket_name, "/", version.object
                    )
                }
            },
            service_account=self._account.email,
            env_variables={**version.env, **args.secret_env},
            instance_class=version.instance_class,
            vpc_access={
                "network_interfaces": [{"subnetwork": version.subnetwork}],
                "egress_setting": "PRIVATE_IP_RANGES",
            }
            if version.subnetwork
            else None,
            automatic_scaling={
                "standard_scheduler_settings": {
                    # A version without requests keeps no instances, which cost as much as those that serve.
                    "min_instances": version.min_instances if version.id in self.traffic else 0,
                    "max_instances": version.max_instances,
                }
            },
            delete_service_on_destroy=False,
            noop_on_destroy=False,
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=needed,
                    deleted_with=self._goes_with(),
                    # App Engine refuses to delete what has traffic: an app that is taken out would fail every `up`.
                    retain_on_delete=version.id in self.traffic,
                ),
            ),
        )

    def _schedule(self, split: appengine.EngineSplitTraffic) -> dict[str, pulumi.Output[str]]:
        args = self._args
        if not args.schedules:
            return {}
        # Few services have any, and the module takes its time to import.
        from components.gcp.request_schedules import RequestSchedules, RequestSchedulesArgs

        clock = RequestSchedules(
            f"{self.name}-clock",
            RequestSchedulesArgs(
                project=args.project,
                region=args.app.region,
                service=args.service,
                requests=args.schedules,
                after=split,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return clock.jobs

    def _lead(self, split: appengine.EngineSplitTraffic) -> pulumi.Output[list[Record]] | None:
        args = self._args
        if not args.domain:
            return None
        # Few services have one, and the module takes its time to import.
        from components.gcp.app_engine_domain import AppEngineDomain, AppEngineDomainArgs

        mapped = AppEngineDomainArgs(project=args.project, domain=args.domain, after=split)
        return AppEngineDomain(f"{self.name}-domain", mapped, pulumi.ResourceOptions(parent=self)).records

    def _split(self, serving: Sequence[appengine.StandardAppVersion]) -> appengine.EngineSplitTraffic:
        allocations = {id: f"{percent / 100:g}" for id, percent in self.traffic.items()}
        return appengine.EngineSplitTraffic(
            f"{self.name}-traffic",
            project=self._args.project.project_id,
            service=self._args.service,
            migrate_traffic=False,
            # By address one office, or one load balancer, would get all of a canary or nothing of it.
            split={"shard_by": "IP" if len(allocations) == 1 else "RANDOM", "allocations": allocations},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(serving), deleted_with=self._goes_with()),
        )
