"""Elastic Beanstalk: an application, the versions it keeps, and the environment that runs one of them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import elasticbeanstalk, s3

from components.aws.beanstalk_roles import BeanstalkRoles
from components.aws.beanstalk_settings import Machines, of_machines
from components.aws.bucket import PrivateS3Bucket
from components.aws.grants import Right
from components.domains import Record
from components.files import ELSEWHERE, stored
from slipway.bundle import Artifact

if TYPE_CHECKING:
    from components.aws.certificate import Certificate
    from components.aws.sealed_variables import SealedVariables

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]")
LONGEST = 40
"""Characters of an environment's name, which has 4 at least:
https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateEnvironment.html."""


@dataclass(frozen=True, kw_only=True)
class BeanstalkAppArgs:
    """An app, and the version that is to serve."""

    application_name: str
    """Unique in the account and region."""
    environment_name: str
    """Unique in the account and region; another Python needs another name (:func:`environment_name`)."""
    artifact: Artifact
    solution_stack: pulumi.Input[str]
    """The platform's version that the environment begins with; managed updates take it from there."""
    bucket: PrivateS3Bucket
    """Where the bundles are uploaded."""
    app_bucket: PrivateS3Bucket | None = None
    """A bucket that the app may use."""
    grants: Mapping[str, Right] = field(default_factory=dict)
    """What the app may do besides, by name."""
    machines: Machines = field(default_factory=Machines)
    sealed: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Sealed variables: the environment gets references to secrets of Secrets Manager."""
    previous: Mapping[str, str] = field(default_factory=dict)
    """The versions of the last deployment, newest first: digest (hex sha256) by label."""
    keep: int = 3
    """How many versions to keep, the one that serves among them."""
    serve: str | None = None
    """The label of the version among ``previous`` that serves; None: the newest."""
    permissions_boundary: str | None = None
    """The ARN of the policy that limits what the environment's roles can be given; None: nothing does."""
    partition: str = "aws"
    """AWS's partition that the region is in."""
    domain: str = ""
    """A domain of one's own that leads to it; "" for none. Needs a load balancer."""
    domain_awaited: bool = False
    """Whether the record of the domain's certificate is not known to be set yet."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.environment_name):
            raise ValueError(
                f"environment_name must be 4 to {LONGEST} letters, digits and hyphens, no hyphen first or last, "
                f"got {self.environment_name!r}"
            )
        if self.keep < 1:
            raise ValueError(f"keep must be 1 or more, got {self.keep}: the version that serves is one of them")
        if self.domain and not self.machines.load_balanced:
            raise ValueError(f"a domain needs machines behind a load balancer, got {self.domain!r} and one machine")
        if self.serve not in (version_ids := {None, label(self.artifact.digest), *self.previous}):
            raise ValueError(
                f"serve must be a version that is kept, {', '.join(filter(None, version_ids))}, got {self.serve!r}"
            )


class BeanstalkApp(pulumi.ComponentResource):
    """An app whose newest version serves, unless another is named; the ones before it are kept for a way back."""

    url: pulumi.Output[str]
    environment_id: pulumi.Output[str]
    artifact_url: pulumi.Output[str]
    """Where the newest version's artifact lies (``s3://…``)."""
    serves: str
    """The label of the version that serves."""
    records: pulumi.Output[list[Record]] | None
    """What to set at the name server of its domain; None without one."""
    kept: dict[str, str]
    """The versions that stay, newest first: what the next deployment gets as ``previous``."""

    def __init__(self, name: str, args: BeanstalkAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:BeanstalkApp", name, {}, opts)
        self.name, self._args = name, args
        newest = label(args.artifact.digest)
        self.serves = args.serve or newest
        self.kept = _kept(newest, args, self.serves)
        place = pulumi.Output.concat(args.bucket.bucket_name, "/", name)
        self._sealed = self._seal()
        self._roles = BeanstalkRoles(
            name,
            bundles=place,
            permissions_boundary=args.permissions_boundary,
            labels=args.labels,
            app_bucket=args.app_bucket,
            grants=args.grants,
            sealed=self._sealed,
            partition=args.partition,
            opts=self._child(),
        )
        application = elasticbeanstalk.Application(
            name,
            name=args.application_name,
            # No `appversion_lifecycle`: Beanstalk would remove versions that this program declares and a rollback
            # needs, as soon as failed deployments have added enough of them.
            tags=dict(args.labels),
            opts=self._child(*self._roles.ready),
        )
        versions = {
            version_id: self._kept_version(application, version_id, digest) for version_id, digest in self.kept.items()
        }
        self.artifact_url = pulumi.Output.concat("s3://", place, f"/{args.artifact.digest}.zip")
        certificate = self._certificate()
        environment = self._environment(application, versions[self.serves], certificate)
        self.records = _records(args.domain, certificate, environment) if certificate else None
        self.environment_id = environment.id
        self.url = environment.cname.apply(lambda cname: f"http://{cname}")
        self.register_outputs({"url": self.url, "environment_id": self.environment_id, "serves": self.serves})

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))

    def _kept_version(
        self, application: elasticbeanstalk.Application, of: str, digest: str
    ) -> elasticbeanstalk.ApplicationVersion:
        """A version and its bundle. Only the present one's file is at hand; the others stay as they are."""
        args = self._args
        present = digest == args.artifact.digest
        bundle = s3.BucketObjectv2(
            f"{self.name}-{of}",
            bucket=args.bucket.bucket_name,
            key=f"{self.name}/{digest}.zip",
            source=pulumi.FileAsset(stored(args.artifact.path)) if present else ELSEWHERE,
            content_type="application/zip",
            # The name says what is inside. Another machine's zlib may pack the same content into other bytes.
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.bucket.ready, ignore_changes=["source"]),
        )
        return elasticbeanstalk.ApplicationVersion(
            f"{self.name}-{of}",
            name=of,
            application=application.name,
            bucket=bundle.bucket,
            key=bundle.key,
            tags=dict(args.labels),
            opts=self._child(),
        )

    def _seal(self) -> "SealedVariables | None":
        args = self._args
        if not args.sealed:
            return None
        # Few apps have any, and the module takes its time to import.
        from components.aws.sealed_variables import SealedVariables, SealedVariablesArgs

        sealed = SealedVariablesArgs(prefix=args.application_name, values=args.sealed, labels=args.labels)
        return SealedVariables(f"{self.name}-sealed", sealed, self._child())

    def _certificate(self) -> "Certificate | None":
        args = self._args
        if not args.domain:
            return None
        # Few apps have a domain, and the module takes its time to import.
        from components.aws.certificate import Certificate, CertificateArgs

        requested = CertificateArgs(domain=args.domain, awaited=args.domain_awaited, labels=args.labels)
        return Certificate(f"{self.name}-domain", requested, self._child())

    def _environment(
        self,
        application: elasticbeanstalk.Application,
        serving: elasticbeanstalk.ApplicationVersion,
        certificate: "Certificate | None",
    ) -> elasticbeanstalk.Environment:
        args = self._args
        machines = replace(
            args.machines,
            certificate=certificate.arn if certificate else "",
            secrets=self._sealed.arns if self._sealed else {},
        )
        return elasticbeanstalk.Environment(
            # Of the name, so that another Python is another environment: it is up before the old one goes.
            f"{self.name}-{args.environment_name}",
            name=args.environment_name,
            application=application.name,
            version=serving.name,
            solution_stack_name=args.solution_stack,
            tier="WebServer",
            settings=of_machines(machines, profile=self._roles.profile, service_role=self._roles.service_arn),
            tags=dict(args.labels),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self._roles.ready,
                # Managed updates have moved it since; the name in the settings would take the patches back.
                ignore_changes=["solution_stack_name"],
                # It repeats the settings, and so the sealed ones; the provider marks the settings alone as secret.
                additional_secret_outputs=["all_settings"],
            ),
        )


def _records(
    domain: str, certificate: "Certificate", environment: elasticbeanstalk.Environment
) -> pulumi.Output[list[Record]]:
    """The certificate's, and the alias to the environment's own name."""
    return pulumi.Output.all(certificate.records, environment.cname).apply(
        lambda both: [*both[0], Record(name=domain, type="CNAME", value=both[1])]
    )


def label(digest: str) -> str:
    """What a version of this content is called."""
    return f"v-{digest[:12]}"


def environment_name(name: str, python: str) -> str:
    """A name that Beanstalk takes, of a Python (``3.13``): an environment stays with the platform it began with."""
    end = f"-py{python.replace('.', '')}"
    whole = f"{name}{end}"
    if len(whole) <= LONGEST:
        return whole
    mark = f"-{hashlib.sha256(name.encode()).hexdigest()[:6]}{end}"
    return f"{name[: LONGEST - len(mark)].rstrip('-')}{mark}"


def _kept(newest: str, args: BeanstalkAppArgs, serves: str) -> dict[str, str]:
    """The versions to keep, newest first; a version that is newest again moves to the front."""
    others = [(of, digest) for of, digest in args.previous.items() if of != newest]
    stay = [(of, digest) for place, (of, digest) in enumerate(others, 2) if place <= args.keep or of == serves]
    return {newest: args.artifact.digest, **dict(stay)}
