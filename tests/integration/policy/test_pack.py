"""The policy pack, started and asked over gRPC as the Pulumi CLI does it."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from ruamel.yaml import YAML

from policy.table import BY_ID
from slipway.wire.signatures import SECRET, SIGNATURE, UNKNOWNS

ROOT = Path(__file__).parents[3]
PACK = ROOT / "policy"
BUCKET = "gcp:storage/bucket:Bucket"

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of the pack's own environment: the one `make policy` made, or one made here from its pinned list."""
    options = YAML(typ="safe").load((PACK / "PulumiPolicy.yaml").read_text())["runtime"]["options"]
    made = (PACK / options["virtualenv"]).resolve() / "bin" / "python"
    if made.exists():
        return made
    uv, place = ROOT / ".venv" / "bin" / "uv", tmp_path_factory.mktemp("pack")
    subprocess.run([uv, "venv", "--quiet", "--python", ROOT / ".venv/bin/python", place], check=True)
    install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", place / "bin/python"]
    subprocess.run([*install, "-r", PACK / "requirements.txt"], check=True)
    return place / "bin" / "python"


@contextmanager
def analyzer(python: Path, stack: str, config: dict[str, Any]) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack, running for `stack`: the command and the environment are those of the CLI's policy host."""
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    environment = {
        "PATH": os.environ["PATH"],
        "PULUMI_PROJECT": "slipway",
        "PULUMI_STACK": stack,
        "PULUMI_DRY_RUN": "true",
        "PULUMI_CONFIG": json.dumps(given),
    }
    command = [python, "-u", "-m", "pulumi.policy", "127.0.0.1:0", PACK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=PACK, text=True) as process:
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.terminate()


def properties(props: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(props)
    return struct


def asked(type_: str, props: dict[str, Any], name: str = "it") -> analyzer_pb2.AnalyzeRequest:
    urn = f"urn:pulumi:dev::slipway::{type_}::{name}"
    return analyzer_pb2.AnalyzeRequest(type=type_, name=name, urn=urn, properties=properties(props))


def told(response: analyzer_pb2.AnalyzeResponse) -> dict[str, str]:
    return {diagnostic.policyName: diagnostic.message for diagnostic in response.diagnostics}


def test_the_pack_offers_every_rule(python: Path):
    """The CLI learns of each rule of the table, at the table's level, and of the rule about exceptions."""
    with analyzer(python, "dev", {}) as stub:
        info = stub.GetAnalyzerInfo(empty_pb2.Empty())
    levels = {"advisory": analyzer_pb2.ADVISORY, "mandatory": analyzer_pb2.MANDATORY}
    expected = {rule.id: levels[rule.level] for rule in BY_ID.values()}
    offered = {policy.name: policy.enforcementLevel for policy in info.policies}
    own = dict.fromkeys(("policy-exceptions", "policy-unread"), analyzer_pb2.MANDATORY)
    assert offered == {**expected, **own}


def test_the_pack_judges_one_resource(python: Path):
    """A fault is reported under its rule's id; a value unknown in a preview is neither a fault nor an obstacle."""
    with analyzer(python, "dev", {}) as stub:
        found = told(stub.Analyze(asked(BUCKET, {"publicAccessPrevention": "inherited", "versioning": {}})))
        unknown = dict.fromkeys(
            ("publicAccessPrevention", "uniformBucketLevelAccess", "versioning", "labels", "location"),
            min(UNKNOWNS),
        )
        assert told(stub.Analyze(asked(BUCKET, unknown))) == {}
    assert "publicAccessPrevention is 'inherited'; allowed: 'enforced'" in found["gcp-bucket-public-access-prevention"]
    assert {"gcp-bucket-uniform-access", "gcp-bucket-versioned", "stack-labels"} <= found.keys()


def test_the_pack_judges_the_stack(python: Path):
    """Resources are linked by dependency while names are unknown, and the stack's own configuration counts."""
    bucket, block = "aws:s3/bucket:Bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    urn = f"urn:pulumi:dev::slipway::{bucket}::closed"
    resources = [
        analyzer_pb2.AnalyzerResource(type=bucket, name="closed", urn=urn, properties=properties({})),
        analyzer_pb2.AnalyzerResource(
            type=block,
            name="block",
            urn=f"urn:pulumi:dev::slipway::{block}::block",
            properties=properties({"bucket": min(UNKNOWNS), **dict.fromkeys(flags, True)}),
            dependencies=[urn],
            propertyDependencies={"bucket": analyzer_pb2.AnalyzerPropertyDependencies(urns=[urn])},
        ),
        analyzer_pb2.AnalyzerResource(type=bucket, name="open", urn=urn.replace("closed", "open")),
    ]
    with analyzer(python, "sandbox", {"slipway:environment": "sandbox"}) as stub:
        response = stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources))
    blocks = [found for found in response.diagnostics if found.policyName == "aws-s3-public-access-blocked"]
    assert [found.urn.rsplit("::", 1)[-1] for found in blocks] == ["open"]
    assert "stack-budget-present" not in told(response)


def test_the_pack_takes_a_sealed_variable_and_no_other(python: Path):
    """The engine sends the marks of secrets; a value without one that looks like a secret is refused."""
    function = "aws:lambda/function:Function"
    sealed = {SIGNATURE: SECRET, "value": "hunter2"}
    with analyzer(python, "dev", {}) as stub:
        found = told(stub.Analyze(asked(function, {"environment": {"variables": {"DB_PASSWORD": sealed}}})))
        assert "aws-lambda-no-secrets" not in found
        found = told(stub.Analyze(asked(function, {"environment": {"variables": {"DB_PASSWORD": "hunter2"}}})))
    assert "DB_PASSWORD holds a secret in clear" in found["aws-lambda-no-secrets"]


def test_the_pack_holds_to_the_exceptions_of_the_stack(python: Path):
    """An exception excuses until its day; after it, the finding is back with one about the exception."""
    url, excused = "aws:lambda/functionUrl:FunctionUrl", {"authorizationType": "NONE"}
    entry = {"rule": "aws-function-url-auth", "resource": "hello-*", "reason": "a demo", "until": "2999-12-31"}
    with analyzer(python, "dev", {"policy:exceptions": [entry]}) as stub:
        assert told(stub.Analyze(asked(url, excused, "hello-url"))) == {}
        assert "aws-function-url-auth" in told(stub.Analyze(asked(url, excused, "other-url")))
    resource = analyzer_pb2.AnalyzerResource(
        type=url, name="hello-url", urn=f"urn:pulumi:dev::slipway::{url}::hello-url"
    )
    resource.properties.update(excused)
    whole = analyzer_pb2.AnalyzeStackRequest(resources=[resource])
    with analyzer(python, "dev", {"policy:exceptions": [{**entry, "until": "2001-01-01"}]}) as stub:
        assert "aws-function-url-auth" in told(stub.Analyze(asked(url, excused, "hello-url")))
        assert "ended on 2001-01-01" in told(stub.AnalyzeStack(whole))["policy-exceptions"]
    with analyzer(python, "dev", {"policy:exceptions": [{"rule": "aws-function-url-auth"}]}) as stub:
        assert "has the keys rule, resource, reason, until" in told(stub.AnalyzeStack(whole))["policy-exceptions"]
