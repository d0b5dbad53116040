"""Pulumi's mocks as a fixture: a cloud that takes what our components declare and raises on any other type."""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc
from pulumi.runtime import set_all_config as set_config

ACCOUNT = "123456789012"

OUTPUTS: Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "random:index/randomId:RandomId": lambda _n, _i: {"hex": "ab12cd"},
    "gcp:organizations/project:Project": lambda _n, _i: {"number": "42"},
    "gcp:billing/projectInfo:ProjectInfo": lambda _n, _i: {},
    "gcp:billing/budget:Budget": lambda _n, i: {"name": f"billingAccounts/{i['billingAccount']}/budgets/1"},
    "gcp:monitoring/notificationChannel:NotificationChannel": lambda n, i: {
        "name": f"projects/{i['project']}/notificationChannels/{n}"
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": lambda _n, i: {"name": f"projects/{i['project']}/roles/{i['roleId']}"},
    "gcp:folder/iAMMember:IAMMember": lambda _n, _i: {},
    "gcp:billing/accountIamMember:AccountIamMember": lambda _n, _i: {},
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": lambda _n, _i: {},
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": lambda n, i: {
        "name": f"projects/1/locations/global/workloadIdentityPools/{i['workloadIdentityPoolId']}/providers/{n}"
    },
    "gcp:serviceaccount/iAMMember:IAMMember": lambda _n, _i: {},
    "gcp:kms/keyRing:KeyRing": lambda _n, _i: {},
    "gcp:kms/cryptoKey:CryptoKey": lambda _n, _i: {},
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": lambda _n, _i: {},
    "gcp:projects/service:Service": lambda _n, _i: {},
    "gcp:projects/iAMMember:IAMMember": lambda _n, _i: {},
    "gcp:storage/bucket:Bucket": lambda _n, i: {"url": f"gs://{i['name']}"},
    "gcp:storage/bucketObject:BucketObject": lambda _n, _i: {},
    "gcp:storage/bucketIAMMember:BucketIAMMember": lambda _n, _i: {},
    "gcp:serviceaccount/account:Account": lambda _n, i: {
        "email": f"{i['accountId']}@p",
        "member": f"serviceAccount:{i['accountId']}@p",
        "name": f"projects/{i['project']}/serviceAccounts/{i['accountId']}",
    },
    "gcp:appengine/application:Application": lambda _n, i: {"defaultHostname": f"{i['project']}.ew.r.appspot.com"},
    "gcp:appengine/standardAppVersion:StandardAppVersion": lambda _n, _i: {},
    "gcp:appengine/engineSplitTraffic:EngineSplitTraffic": lambda _n, _i: {},
    "gcp:cloudscheduler/job:Job": lambda _n, _i: {},
    "gcp:artifactregistry/repository:Repository": lambda _n, _i: {},
    "aws:budgets/budget:Budget": lambda _n, _i: {},
    "aws:iam/role:Role": lambda n, _i: {"arn": f"arn:aws:iam::{ACCOUNT}:role/{n}", "name": n},
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": lambda _n, i: {
        "arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{i['url'].removeprefix('https://')}"
    },
    "aws:kms/key:Key": lambda n, _i: {"arn": f"arn:aws:kms:r:{ACCOUNT}:key/{n}", "keyId": n},
    "aws:kms/alias:Alias": lambda _n, _i: {},
    "aws:s3/bucketPolicy:BucketPolicy": lambda _n, _i: {},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda _n, _i: {},
    "aws:iam/rolePolicy:RolePolicy": lambda _n, _i: {},
    "aws:iam/instanceProfile:InstanceProfile": lambda n, _i: {"name": n},
    "aws:elasticbeanstalk/application:Application": lambda _n, _i: {},
    "aws:elasticbeanstalk/applicationVersion:ApplicationVersion": lambda _n, _i: {},
    "aws:elasticbeanstalk/environment:Environment": lambda _n, i: {
        "cname": f"{i['name']}.eba-1234abcd.r.elasticbeanstalk.com"
    },
    "aws:cloudwatch/logGroup:LogGroup": lambda _n, i: {"arn": f"arn:aws:logs:r:{ACCOUNT}:log-group:{i['name']}"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": lambda _n, _i: {},
    "aws:lambda/function:Function": lambda _n, i: {
        "arn": f"arn:aws:lambda:r:{ACCOUNT}:function:{i['name']}",
        "version": "7",
    },
    "aws:lambda/alias:Alias": lambda _n, i: {
        "arn": f"arn:aws:lambda:r:{ACCOUNT}:function:{i['functionName']}:{i['name']}"
    },
    "aws:scheduler/schedule:Schedule": lambda _n, _i: {},
    "aws:lambda/functionUrl:FunctionUrl": lambda _n, _i: {"functionUrl": "https://id.lambda-url.r.on.aws/"},
    "aws:lambda/permission:Permission": lambda _n, _i: {},
    "aws:ecr/repository:Repository": lambda _n, i: {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.r.amazonaws.com/{i['name']}"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": lambda _n, _i: {},
    "aws:s3/bucket:Bucket": lambda n, i: {"bucket": i.get("bucket", n)},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": lambda _n, _i: {},
    "aws:s3/bucketVersioning:BucketVersioning": lambda _n, _i: {},
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": lambda _n, _i: {},
    "aws:s3/bucketObjectv2:BucketObjectv2": lambda _n, _i: {},
    "aws:cloudwatch/dashboard:Dashboard": lambda _n, _i: {},
    "pythonanywhere:index:Webapp": lambda _n, i: {"url": f"https://{i['domainName']}/"},
    "pythonanywhere:index:Files": lambda _n, _i: {},
    "pythonanywhere:index:WsgiFile": lambda _n, i: {"digest": f"digest of {sorted(i)}"},
    "pythonanywhere:index:Reload": lambda _n, _i: {},
    "pythonanywhere:index:StaticMapping": lambda _n, _i: {},
    "pythonanywhere:index:ScheduledTask": lambda n, _i: {"logfile": f"/var/log/{n}.log"},
    "pythonanywhere:index:AlwaysOnTask": lambda n, _i: {"logfile": f"/var/log/{n}.log"},
    "docker:index/image:Image": lambda _n, i: {"repoDigest": f"{i['imageName'].rpartition(':')[0]}@sha256:{'d' * 64}"},
    "docker:index/container:Container": lambda n, _i: {"name": f"{n}-1a2b3c4"},
    "docker:index/network:Network": lambda n, _i: {"name": f"{n}-1a2b3c4"},
    "docker:index/volume:Volume": lambda n, _i: {"name": f"{n}-1a2b3c4"},
    "gcp:compute/network:Network": lambda _n, i: {"selfLink": f"https://compute/{i['project']}/{i['name']}"},
    "gcp:compute/subnetwork:Subnetwork": lambda _n, _i: {},
    "gcp:compute/firewall:Firewall": lambda _n, _i: {},
    "gcp:dataflow/flexTemplateJob:FlexTemplateJob": lambda _n, i: {"jobId": f"id-of-{i['name']}"},
    "gcp:cloudrunv2/service:Service": lambda _n, i: {"uri": f"https://{i['name']}-42.{i['location']}.run.app"},
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": lambda _n, _i: {},
}
"""What each type's cloud adds to its inputs."""

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "gcp:storage/getBucketObjects:getBucketObjects": {"bucketObjects": [{"name": "output/0123456789ab/a"}]},
    "gcp:organizations/getClientConfig:getClientConfig": {"accessToken": "token-of-google"},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
        "userName": "AWS",
        "password": "token-of-aws",
        "proxyEndpoint": f"https://{ACCOUNT}.dkr.ecr.r.amazonaws.com",
    },
}
"""What each function's cloud answers."""


@dataclass
class Declared:
    """One resource as the program declared it."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    protect: bool
    depends_on: set[str]
    property_dependencies: dict[str, frozenset[str]]
    deleted_with: str
    retain_on_delete: bool
    ignore_changes: list[str]
    import_id: str


@dataclass
class Deployed:
    """What a program declared, and what it returned and exported once all was resolved."""

    resources: list[Declared]
    result: Any
    exports: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """What was said that is no warning."""

    def of(self, type_: str) -> list[Declared]:
        """All of a type, by the last word of its token."""
        return [r for r in self.resources if r.type.rpartition(":")[2] == type_]

    def one(self, type_: str, name: str = "") -> Declared:
        """The only one of a type, or of a type and a name."""
        (found,) = [r for r in self.of(type_) if name in ("", r.name)]
        return found

    def named(self, name: str) -> Declared:
        """The only one of a name."""
        (found,) = [r for r in self.resources if r.name == name and not r.type.startswith("slipway:")]
        return found


class Cloud(mocks.Mocks):
    """Takes the types of the table above."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        self.before = before

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        if args.token == "pulumi:pulumi:readStackOutputs":
            return {"name": args.args["name"], "outputs": dict(self.before), "secretOutputNames": []}
        if args.token not in ANSWERS:
            raise AssertionError(f"a component calls a function that the mocks have no answer of: {args.token}")
        return dict(ANSWERS[args.token])

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if args.typ.startswith("slipway:"):
            return "", {}
        return f"{args.name}-id", {**args.inputs, **OUTPUTS[args.typ](args.name, args.inputs)}


class Monitor(mocks.MockMonitor):
    """Keeps the options, which Pulumi's mocks do not hand on."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.declared: list[Declared] = []
        self.exports: Any = None

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        if request.type != "pulumi:pulumi:Stack":
            self.declared.append(
                Declared(
                    type=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    parent=_name(request.parent),
                    protect=request.protect,
                    depends_on={_name(urn) for urn in request.dependencies},
                    property_dependencies={
                        name: frozenset(map(_name, of.urns)) for name, of in request.propertyDependencies.items()
                    },
                    deleted_with=_name(request.deletedWith),
                    retain_on_delete=request.retainOnDelete,
                    ignore_changes=list(request.ignoreChanges),
                    import_id=request.importId,
                )
            )
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.exports = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)


class Warned:
    """The engine's log, of which the warnings and the messages are kept."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.messages: list[str] = []

    def debug(self, message: str) -> None:
        """Not of interest."""

    error = debug

    def info(self, message: str) -> None:
        """Kept."""
        self.messages.append(message)

    def warning(self, message: str) -> None:
        """Kept."""
        self.warnings.append(message)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


Deploy = Callable[..., Deployed]


@pytest.fixture
def deploy() -> Deploy:
    """Runs a program on the mocks: ``deploy(program, stack=…, config=…, sealed=…, before=…)``."""

    def run(
        program: Callable[[], Any],
        *,
        stack: str = "dev",
        config: Mapping[str, str] | None = None,
        sealed: list[str] | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> Deployed:
        monitor, log, said = Monitor(Cloud(before or {})), Warned(), []

        def inside() -> None:
            result = program()
            pulumi.Output.from_input(result).apply(said.append)

        async def whole() -> None:
            await pulumi.runtime.stack.run_in_stack(lambda: inside())

        def in_context() -> None:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            try:
                _configure(monitor, log, stack)
                set_config(dict(config or {}), list(sealed or ()))
                loop.run_until_complete(whole())
            finally:
                asyncio.set_event_loop(None)
                loop.close()

        contextvars.copy_context().run(in_context)
        return Deployed(monitor.declared, said[0] if said else None, monitor.exports or {}, log.warnings, log.messages)

    return run


def _configure(monitor: Monitor, log: Warned, stack: str) -> None:
    from google.protobuf import empty_pb2

    features = set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)
    pulumi.runtime.settings.configure(
        mocks.MockSettings(
            monitor=monitor,
            monitor_features=features,
            engine=mocks.MockEngine(log),  # pyright: ignore[reportArgumentType]
            project="slipway",
            stack=stack,
            dry_run=False,
            organization="organization",
            callbacks=None,
        )
    )
