"""Every call that the AWS provider was heard to make is granted to who deploys its type, and to who does not, none."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bootstrap.declared import COPIED, declared_by
from bootstrap.permissions import Account, deploys, reads
from slipway.catalog.permissions import AWS, needed
from tests.contract.amazon.terraform.rights import Call, recorded
from tests.iam import ACCOUNT, IDENTITIES, allowed, bootstrapped, bound, documents

CALLS = tuple(recorded())
UNSCOPED = json.loads((Path(__file__).parents[2] / "policy/tables/aws_actions.json").read_text())["rows"]
"""By service, what AWS allows on everything or on nothing."""


def resources(name: str) -> dict[str, tuple[str, ...]]:
    """By service or type, what a stack has whose names begin so."""
    of = f"eu-central-1:{ACCOUNT}"
    beanstalk = f"arn:aws:elasticbeanstalk:{of}"
    return {
        "acm": (f"arn:aws:acm:{of}:certificate/0d1e2f3a",),
        "apigateway": tuple(
            f"arn:aws:apigateway:eu-central-1::/{place}" for place in ("apis", "apis/a1b2c3", "domainnames/a", "tags/a")
        ),
        "budgets": (f"arn:aws:budgets::{ACCOUNT}:budget/{name}",),
        "aws:cloudwatch/dashboard:Dashboard": (f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}",),
        "cloudwatch": (f"arn:aws:cloudwatch:{of}:alarm:{name}-hello-errors",),
        "ecr": (f"arn:aws:ecr:{of}:repository/{name}-images",),
        "aws:elasticbeanstalk/application:Application": (f"{beanstalk}:application/{name}",),
        "aws:elasticbeanstalk/applicationVersion:ApplicationVersion": (
            f"{beanstalk}:applicationversion/{name}/a",
            f"{beanstalk}:environment/{name}/{name}-web",
        ),
        "elasticbeanstalk": (f"{beanstalk}:environment/{name}/{name}-web",),
        "events": (f"arn:aws:events:{of}:rule/{name}-hello-made",),
        "aws:iam/instanceProfile:InstanceProfile": (
            f"arn:aws:iam::{ACCOUNT}:instance-profile/web-instances-1a2b3c4",
            f"arn:aws:iam::{ACCOUNT}:role/web-instances-1a2b3c4",
        ),
        "iam": (f"arn:aws:iam::{ACCOUNT}:role/hello-1a2b3c4",),
        "kinesis": (f"arn:aws:kinesis:{of}:stream/{name}-hello-seen",),
        "aws:lambda/eventSourceMapping:EventSourceMapping": (f"arn:aws:lambda:{of}:event-source-mapping:0d1e2f3a",),
        "lambda": (f"arn:aws:lambda:{of}:function:{name}-hello",),
        "logs": (f"arn:aws:logs:{of}:log-group:/aws/lambda/{name}-hello",),
        "aws:s3/bucketObjectv2:BucketObjectv2": (
            f"arn:aws:s3:::{name}-bundles-1a2b3c4/web/a.zip",
            f"arn:aws:s3:::{name}-bundles-1a2b3c4",
        ),
        "s3": (f"arn:aws:s3:::{name}-bundles-1a2b3c4", f"arn:aws:s3:::{name}-bundles-1a2b3c4/web/a.zip"),
        "secretsmanager": (f"arn:aws:secretsmanager:{of}:secret:{name}-hello-KEY-1a2b3c",),
        "scheduler": (f"arn:aws:scheduler:{of}:schedule/default/{name}-hello-nightly",),
        "sqs": (f"arn:aws:sqs:{of}:{name}-hello-jobs",),
    }


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack as IAM sees it."""

    name: str
    """How the names of what it has begin."""
    environment: str
    """What it is labelled with."""


DEV = Stack(name="slipway-dev", environment="dev")


def granted(statements: Sequence[Mapping[str, Any]], type: str, right: str, stack: Stack) -> bool:
    """Whether statements allow a right on what a stack has of a type."""
    service, _, action = right.partition(":")
    if action in UNSCOPED[service]["unscoped"]:
        arns: Sequence[str] = ("*",)
    else:
        own = resources(stack.name)
        arns = own.get(type) or own[service]
    context = {
        "tag": stack.environment,
        "asked": stack.environment,
        "boundary": bound(stack.environment),
        "service": "lambda.amazonaws.com",
        "function": f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{stack.name}-hello",
    }
    return any(allowed(statements, right, arn, **context) for arn in arns)


def wrong(statements: Sequence[Mapping[str, Any]], types: Collection[str], stack: Stack, *, write: bool) -> list[str]:
    """The calls of the declared types that are refused, and those of others that are not."""
    asked = needed(AWS, types, write=write)
    refused = [
        f"{call} lacks {right}"
        for call in CALLS
        if call.type in types and (write or call.looks)
        for right in call.rights
        if not granted(statements, call.type, right, stack)
    ]
    beyond = [
        f"{call} needs not be granted, {right} is"
        for call in CALLS
        if call.type not in types
        for right in call.rights
        if right not in asked and granted(statements, call.type, right, stack)
    ]
    return [*refused, *beyond]


def test_every_type_with_rights_was_listened_to():
    """No row of AWS's table is from memory alone."""
    assert {call.type for call in CALLS} == AWS.keys()


@pytest.mark.parametrize("type", AWS)
def test_a_row_has_what_the_provider_calls(type: str):
    """What a preview calls too is among what is read."""
    row, calls = AWS[type], [call for call in CALLS if call.type == type]
    looked = {right for call in calls if call.looks for right in call.rights}
    assert looked - {*row.read} == set()
    assert {right for call in calls for right in call.rights} - {*row.read, *row.write} == set()


@pytest.mark.parametrize("type", AWS)
def test_a_stack_of_one_type_gets_the_rights_of_its_calls_alone(type: str):
    """All that is called for the type, and nothing that is called for another; a preview's part for who previews."""
    account = Account(id=ACCOUNT)
    assert wrong(deploys(account, "slipway-dev", ["dev"], {type}), {type}, DEV, write=True) == []
    assert wrong(reads(account, "slipway-dev", ["dev"], {type}), {type}, DEV, write=False) == []


@pytest.fixture(scope="module")
def policies(deploy: Any) -> dict[str, list[dict[str, Any]]]:
    """The statements of every identity, as the bootstrap renders them."""
    program = bootstrapped(deploy)
    return {name: [one for part in documents(program, name) for one in part["Statement"]] for name in IDENTITIES}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_identity_of_the_shipped_stacks_may_make_the_calls_of_their_types_alone(policies, identity: str):
    """In the policies as they are rendered; throw-away copies are labelled as what they are copies of."""
    verb, _, environment = identity.partition("-")
    types = {type for type in declared_by(COPIED if environment == "demo" else [environment]).types if type in AWS}
    labelled = "dev" if environment == "demo" else environment
    stack = Stack(name=f"slipway-{environment}-a", environment=labelled)
    assert types
    assert wrong(policies[identity], types, stack, write=verb == "deploy") == []


def test_a_call_of_another_type_is_noticed():
    """A right too many and a right too few are found: the test of the tests."""
    function, queue = "aws:lambda/function:Function", "aws:sqs/queue:Queue"
    statements = deploys(Account(id=ACCOUNT), "slipway-dev", ["dev"], {function, queue})
    assert "aws:sqs/queue:Queue: SQS.CreateQueue needs not be granted, sqs:CreateQueue is" in wrong(
        statements, {function}, DEV, write=True
    )
    without = [one for one in statements if "sqs:CreateQueue" not in one["Action"]]
    assert f"{queue}: SQS.CreateQueue lacks sqs:CreateQueue" in wrong(without, {function, queue}, DEV, write=True)


def test_the_calls_know_their_rights():
    """An operation with another name than its right, one of an interface by its method, and one of both kinds."""
    rights = {call.operation: call.rights for call in CALLS}
    assert rights["S3.HeadBucket"] == ("s3:ListBucket",)
    assert rights["ApiGatewayV2.UpdateApi"] == ("apigateway:PATCH",)
    assert Call(type="t", operation="IAM.CreateRole", looks=False).rights == ("iam:CreateRole",)
