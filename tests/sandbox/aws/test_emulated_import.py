"""Types of the table of calls: imported with the inputs as they are, nothing changes."""

from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import provider_pb2

from slipway.sandbox.aws.package import PACKAGE
from tests.sandbox.aws.test_emulated import WORLDS, resolved
from tests.sandbox.conftest import urn

pytestmark = pytest.mark.services
MORE_THAN_AN_ID = frozenset(
    {
        *("aws:apigatewayv2/stage:Stage", "aws:apigatewayv2/apiMapping:ApiMapping", "aws:apigatewayv2/route:Route"),
        *("aws:apigatewayv2/integration:Integration", "aws:appsync/dataSource:DataSource", "aws:ecs/service:Service"),
        *("aws:appsync/resolver:Resolver", "aws:appsync/apiKey:ApiKey", "aws:appsync/graphQLApi:GraphQLApi"),
    }
)
"""Types of which the sandbox cannot import one: it looks for them by more than their ids."""
UNREAD = {
    "aws:acm/certificate:Certificate": {"tags", "tagsAll", "validationMethod"},
    "aws:apigatewayv2/domainName:DomainName": {"domainNameConfiguration"},
    "aws:ec2/keyPair:KeyPair": {"publicKey"},
    "aws:ec2/natGateway:NatGateway": {"allocationId"},
    "aws:ec2/routeTable:RouteTable": {"routes"},
    "aws:ec2/securityGroup:SecurityGroup": {"ingress"},
    "aws:ecs/capacityProvider:CapacityProvider": {"autoScalingGroupProvider"},
    "aws:ecs/taskDefinition:TaskDefinition": {"containerDefinitions"},
    "aws:lb/targetGroup:TargetGroup": {"healthCheck"},
    "aws:cloudwatch/eventTarget:EventTarget": {"arn"},
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": {"metricTransformation"},
    "aws:ecr/repositoryPolicy:RepositoryPolicy": {"policy"},
    "aws:iam/accessKey:AccessKey": {"user"},
    "aws:iam/userPolicy:UserPolicy": {"policy"},
    "aws:kinesis/stream:Stream": {"shardCount"},
    "aws:kms/key:Key": {"deletionWindowInDays"},
    "aws:secretsmanager/secret:Secret": {"recoveryWindowInDays"},
    "aws:secretsmanager/secretVersion:SecretVersion": {"secretId", "secretString"},
    "aws:sns/topic:Topic": {"name"},
    "aws:sns/topicPolicy:TopicPolicy": {"policy"},
    "aws:sqs/queuePolicy:QueuePolicy": {"policy"},
    "aws:ssm/parameter:Parameter": {"value"},
}
"""Inputs that an import does not find: of a key and a key pair in AWS neither, of most others in the sandbox."""


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_an_import_with_the_inputs_as_they_are_changes_nothing(path: Any, kind: Any, aws: Any, name: Any, serving: Any):
    """What the program leaves out, what is empty and what has the provider's default is no difference."""
    variables = {
        "AWS_ENDPOINT_URL": aws.endpoint.url,
        "AWS_ACCESS_KEY_ID": aws.endpoint.access_key,
        "AWS_SECRET_ACCESS_KEY": aws.endpoint.secret_key,
        "SLIPWAY_HOME": str(aws.state_folder),
    }
    call = serving(PACKAGE, variables)
    call.configure()
    made: dict[str, Any] = {}
    ids: list[tuple[Any, str, str]] = []
    differing: dict[str, set[str]] = {}
    try:
        for row in yaml.safe_load(path.read_text().replace("{name}", name)):
            ((key, case),) = row.items()
            of_kind, inputs = kind(case["type"]), resolved(case["inputs"], made)
            id, outputs = of_kind.create(inputs)
            made[key] = {**of_kind.inputs(inputs), **outputs, "id": id}
            ids.append((of_kind, id, key))
            if case["type"] in MORE_THAN_AN_ID or "globalSecondaryIndexes" in inputs:
                continue
            there = call.read(case["type"], id)
            sides = {
                "olds": there.properties,
                "old_inputs": there.inputs,
                "news": call.check(case["type"], inputs).inputs,
            }
            answer = call.call("Diff", provider_pb2.DiffRequest(urn=urn(case["type"]), id="x", **sides))
            if differences := set(answer.diffs) - UNREAD.get(case["type"], set()):
                differing[case["type"]] = differences
    finally:
        for of_kind, id, key in reversed(ids):
            of_kind.delete(id, made[key])
    assert not differing, "\n".join(f"{type}: {sorted(keys)}" for type, keys in differing.items())
