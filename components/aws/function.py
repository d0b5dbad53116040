"""AWS Lambda function in Python: its role, log group, alias, URL and alarms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from components.aws.alarms import function_alarms
from components.aws.grants import allow
from components.aws.policies import account_of, policy, trust, uses_bucket
from components.domains import Record
from components.files import stored
from components.schedules import Call
from components.traffic import refused_canary, shares
from slipway.bundle import Artifact

if TYPE_CHECKING:
    from components.aws.bucket import PrivateS3Bucket
    from components.aws.function_events import Events
    from components.aws.grants import Right

MAX_TIMEOUT = 900
ALIAS = "live"
URL_ACCESS = ("iam", "public", "none")
RELEASE_EVENT = {"slipway": "release"}
"""What tells a version to run the app's release command; no request to its URL has this form."""


@dataclass(frozen=True, kw_only=True)
class PythonFunctionArgs:
    """A function and how it may be called."""

    function_name: str
    """Its name in Lambda, unique in the account and region."""
    artifact: Artifact
    handler: str
    """``module.function``."""
    runtime: str
    """``python3.13`` and the like."""
    architecture: str = "x86_64"
    memory: int = 128
    """MB; the CPU's share grows with it."""
    timeout: int = 10
    """Seconds."""
    url: str = "iam"
    """Who may call the function's URL: ``iam`` (the account, signed), ``public``, or ``none``: there is no URL."""
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    reserved_concurrency: int | None = None
    """Executions set aside for this function, which are its ceiling as well; None shares the account's."""
    snap_start: bool = False
    """Whether published versions start from a snapshot, for Python 3.12 and newer."""
    log_retention_days: int = 30
    alarm_actions: Sequence[pulumi.Input[str]] = ()
    """ARNs to tell of an alarm (SNS topics)."""
    serve: str | None = None
    """The number of the published version that serves; None: the newest."""
    canary: int | None = None
    """Percent of the calls that the newest version gets beside ``serve``; None: none."""
    schedules: Mapping[str, Call] = field(default_factory=dict)
    """Calls of the function by the clock, by name."""
    permissions_boundary: str | None = None
    """The ARN of the policy that limits what the function's roles can be given; None: nothing does."""
    labels: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, "Events"] = field(default_factory=dict)
    """What calls the function beside requests, by name."""
    app_bucket: "PrivateS3Bucket | None" = None
    """A bucket that the function may use."""
    grants: "Mapping[str, Right]" = field(default_factory=dict)
    """What the function may do besides, by name."""
    domain: str = ""
    """A domain of one's own that leads to it; "" for none."""
    domain_awaited: bool = False
    """Whether the record of the domain's certificate is not known to be set yet."""
    release: bool = False
    """Whether a new version is called by :data:`RELEASE_EVENT` before callers get it, and stays without them where that
    call fails."""
    bucket: "PrivateS3Bucket | None" = None
    """Where a zip goes that is too large for a request (50 MB)."""

    def __post_init__(self) -> None:
        if not 1 <= self.timeout <= MAX_TIMEOUT:
            raise ValueError(f"timeout must be 1 to {MAX_TIMEOUT} seconds, got {self.timeout}")
        if self.url not in URL_ACCESS:
            raise ValueError(f"url must be one of {', '.join(URL_ACCESS)}, got {self.url!r}")
        if wrong := refused_canary(self.serve, self.canary):
            raise ValueError(wrong)
        if self.bucket is None and not self.artifact.direct_upload:
            raise ValueError(f"a zip of {self.artifact.size} bytes is too large for a direct upload: it needs a bucket")


class PythonFunction(pulumi.ComponentResource):
    """A function that is called by its alias ``live``, which points at the newest published version, or another."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    """The address, "" where there is none."""
    version: pulumi.Output[str]
    """The newest."""
    events: dict[str, pulumi.Output[str]]
    """Where its events come from, by name."""
    records: pulumi.Output[list[Record]] | None
    """What to set at the name server of its domain; None without one."""
    schedules: dict[str, str]
    """What its schedules are called in AWS."""
    serving: pulumi.Output[str]
    """The ARN of the alias: there once callers get the version, which has begun by then."""
    traffic: pulumi.Output[dict[str, int]]
    """Percent of the calls, by version."""

    def __init__(self, name: str, args: PythonFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:PythonFunction", name, {}, opts)
        self.name, self._args = name, args
        # Declared before the function, or Lambda makes one that is never deleted and blocks the next deployment.
        self._logs = cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{args.function_name}",
            retention_in_days=args.log_retention_days,
            tags=dict(args.labels),
            opts=self._child(),
        )
        self._role = self._execution_role()
        may_log = self._may_log()
        function = self._function([may_log, *self._may_use_bucket(), *self._granted()])
        self.arn, self.version = function.arn, function.version
        self.traffic = function.version.apply(lambda newest: shares(newest, args.serve, args.canary))
        alias = lambda_.Alias(
            f"{name}-{ALIAS}",
            name=ALIAS,
            function_name=function.name,
            function_version=args.serve or function.version,
            routing_config=self.traffic.apply(_beside) if args.canary else None,
            opts=self._child(self._release(function)),
        )
        self.serving = alias.arn
        self.url = pulumi.Output.from_input("") if args.url == "none" else self._function_url(function, alias)
        self.schedules, self.events = self._schedule(alias), self._feed(alias)
        self.records = self._lead(alias)
        function_alarms(
            name,
            function_name=args.function_name,
            timeout=args.timeout,
            actions=args.alarm_actions,
            labels=args.labels,
            opts=self._child(),
        )
        # `serving` too: the outputs are complete, and the app counts as live, only once the alias is there.
        outputs = {"arn": self.arn, "url": self.url, "version": self.version, "serving": self.serving}
        self.register_outputs(outputs)

    def _child(self, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))

    def _execution_role(self) -> iam.Role:
        return iam.Role(
            f"{self.name}-role",
            description=f"runs the function {self._args.function_name}",
            assume_role_policy=policy(trust("lambda.amazonaws.com")),
            permissions_boundary=self._args.permissions_boundary,
            tags=dict(self._args.labels),
            opts=self._child(),
        )

    def _may_log(self) -> iam.RolePolicy:
        """To its own log group, which it may not create."""
        allowed = self._logs.arn.apply(
            lambda arn: policy(
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": f"{arn.removesuffix(':*')}:*",
                }
            )
        )
        return iam.RolePolicy(f"{self.name}-may-log", role=self._role.name, policy=allowed, opts=self._child())

    def _may_use_bucket(self) -> list[iam.RolePolicy]:
        bucket = self._args.app_bucket
        if bucket is None:
            return []
        allowed = bucket.arn.apply(uses_bucket)
        child = self._child(bucket.ready)
        return [iam.RolePolicy(f"{self.name}-may-use-bucket", role=self._role.name, policy=allowed, opts=child)]

    def _granted(self) -> list[iam.RolePolicy]:
        if not self._args.grants:
            return []
        return allow(self.name, self._role, self._args.grants, self._child())

    def _function(self, rights: Sequence[iam.RolePolicy]) -> lambda_.Function:
        args = self._args
        return lambda_.Function(
            self.name,
            name=args.function_name,
            role=self._role.arn,
            runtime=args.runtime,
            handler=args.handler,
            architectures=[args.architecture],
            memory_size=args.memory,
            timeout=args.timeout,
            # A published version keeps it: so one can tell later which artifact a version is of.
            description=f"artifact {args.artifact.digest[:12]}",
            # Kept by the provider as we give it and compared with itself alone, so it is the digest of what is inside.
            source_code_hash=args.artifact.digest,
            publish=True,
            snap_start={"apply_on": "PublishedVersions"} if args.snap_start else None,
            reserved_concurrent_executions=args.reserved_concurrency,
            environment={"variables": dict(args.env)} if args.env else None,
            logging_config={
                "log_format": "JSON",
                "log_group": self._logs.name,
                "application_log_level": "INFO",
                "system_log_level": "INFO",
            },
            tags=dict(args.labels),
            opts=self._child([self._logs, *rights]),
            **self._code(),
        )

    def _release(self, function: lambda_.Function) -> list[pulumi.Resource]:
        """The call of a version that has just been published, once: another version is another call.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html; the next `up` repeats one that failed.
        """
        if not self._args.release:
            return []
        call = lambda_.Invocation(
            f"{self.name}-release",
            function_name=function.name,
            qualifier=function.version,
            input=json.dumps(RELEASE_EVENT),
            lifecycle_scope="CREATE_ONLY",
            opts=self._child(),
        )
        return [call]

    def _schedule(self, alias: lambda_.Alias) -> dict[str, str]:
        args = self._args
        if not args.schedules:
            return {}
        # Few functions have any, and the module takes its time to import.
        from components.aws.function_schedules import FunctionSchedules, FunctionSchedulesArgs

        clock = FunctionSchedules(
            f"{self.name}-clock",
            FunctionSchedulesArgs(
                function_name=args.function_name,
                alias=alias,
                calls=args.schedules,
                permissions_boundary=args.permissions_boundary,
                labels=args.labels,
            ),
            self._child(),
        )
        return clock.names

    def _feed(self, alias: lambda_.Alias) -> dict[str, pulumi.Output[str]]:
        args = self._args
        if not args.events:
            return {}
        # Few functions have any, and the module takes its time to import.
        from components.aws.function_events import FunctionEvents, FunctionEventsArgs

        fed = FunctionEventsArgs(
            function_name=args.function_name,
            alias=alias,
            role=self._role,
            timeout=args.timeout,
            events=args.events,
            labels=args.labels,
        )
        return FunctionEvents(f"{self.name}-events", fed, self._child()).sources

    def _lead(self, alias: lambda_.Alias) -> pulumi.Output[list[Record]] | None:
        args = self._args
        if not args.domain:
            return None
        # Few functions have one, and the module takes its time to import.
        from components.aws.function_domain import FunctionDomain, FunctionDomainArgs

        mapped = FunctionDomainArgs(
            function_name=args.function_name,
            alias=alias,
            domain=args.domain,
            awaited=args.domain_awaited,
            labels=args.labels,
        )
        return FunctionDomain(f"{self.name}-domain", mapped, self._child()).records

    def _code(self) -> dict[str, Any]:
        args = self._args
        if args.artifact.direct_upload or args.bucket is None:
            return {"code": pulumi.FileArchive(stored(args.artifact.path))}
        # Few zips are this large, and S3's module takes a tenth of a second to import.
        from pulumi_aws import s3

        uploaded = s3.BucketObjectv2(
            f"{self.name}-{args.artifact.digest[:12]}",
            bucket=args.bucket.bucket_name,
            key=f"{self.name}/{args.artifact.digest}.zip",
            source=pulumi.FileAsset(stored(args.artifact.path)),
            content_type="application/zip",
            opts=self._child(args.bucket.ready),
        )
        return {"s3_bucket": uploaded.bucket, "s3_key": uploaded.key}

    def _function_url(self, function: lambda_.Function, alias: lambda_.Alias) -> pulumi.Output[str]:
        public = self._args.url == "public"
        auth = "NONE" if public else "AWS_IAM"
        # The account as principal grants no access by itself: it leaves the decision to the account's own policies.
        caller = "*" if public else self._role.arn.apply(account_of)
        url = lambda_.FunctionUrl(
            f"{self.name}-url",
            function_name=function.name,
            qualifier=alias.name,
            authorization_type=auth,
            opts=self._child(),
        )
        # Two since October 2025: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        common = {"function": function.name, "qualifier": alias.name, "principal": caller}
        lambda_.Permission(
            f"{self.name}-may-call-url",
            **common,
            action="lambda:InvokeFunctionUrl",
            function_url_auth_type=auth,
            opts=self._child([url]),
        )
        lambda_.Permission(
            f"{self.name}-may-invoke-by-url",
            **common,
            action="lambda:InvokeFunction",
            invoked_via_function_url=True,
            opts=self._child([url]),
        )
        return url.function_url


def _beside(traffic: Mapping[str, int]) -> lambda_.AliasRoutingConfigArgs | None:
    """An alias's routing: the share of the second version. Lambda refuses one that names the first as well."""
    _, *others = traffic.items()
    weights = {version: percent / 100 for version, percent in others}
    return lambda_.AliasRoutingConfigArgs(additional_version_weights=weights) if others else None
