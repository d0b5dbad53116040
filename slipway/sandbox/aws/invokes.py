"""What a program asks AWS without making anything: who am I, where am I, write me a policy."""

import json

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals
from slipway.sandbox.handler import Props


def get_caller_identity(aws: Aws, _given: Props) -> Props:
    """The account and principal behind the provider's credentials."""
    with refusals("reading STS Caller Identity"):
        there = aws.client("sts").get_caller_identity()
    return {"accountId": there["Account"], "arn": there["Arn"], "userId": there["UserId"], "id": there["Account"]}


def get_region(aws: Aws, arguments: Props) -> Props:
    """The provider's region, or the one that is asked about."""
    region = arguments.get("region") or arguments.get("name") or aws.region
    return {
        "region": region,
        "name": region,
        "id": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "description": region,
    }


def get_partition(_aws: Aws, _given: Props) -> Props:
    """The one partition the sandbox has."""
    return {"partition": "aws", "id": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


def get_policy_document(_aws: Aws, arguments: Props) -> Props:
    """The JSON text of a policy given in the provider's own terms."""
    merged: dict[str, Props] = {}
    documents = [*(arguments.get("sourcePolicyDocuments") or ())]
    own = [_statement(one) for one in arguments.get("statements") or ()]
    overriding = [*(arguments.get("overridePolicyDocuments") or ())]
    for at, statement in enumerate([*_statements(documents), *own, *_statements(overriding)]):
        merged[statement.get("Sid") or f"#{at}"] = statement
    policy = {
        "Version": arguments.get("version") or "2012-10-17",
        **({"Id": arguments["policyId"]} if arguments.get("policyId") else {}),
        "Statement": list(merged.values()),
    }
    return {
        **arguments,
        "id": "policy",
        "json": json.dumps(policy, indent=2),
        "minifiedJson": json.dumps(policy, separators=(",", ":")),
    }


INVOKES = {
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getRegion:getRegion": get_region,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:iam/getPolicyDocument:getPolicyDocument": get_policy_document,
}


def _statements(documents: list[str]) -> list[Props]:
    result: list[Props] = []
    for document in documents:
        statements = json.loads(document).get("Statement", [])
        result += statements if isinstance(statements, list) else [statements]
    return result


def _statement(arguments: Props) -> Props:
    statement: Props = {
        **({"Sid": arguments["sid"]} if arguments.get("sid") else {}),
        "Effect": arguments.get("effect") or "Allow",
    }
    lists = {"Action": "actions", "NotAction": "notActions", "Resource": "resources", "NotResource": "notResources"}
    statement |= {key: _one(arguments[name]) for key, name in lists.items() if arguments.get(name)}
    for key, name in (("Principal", "principals"), ("NotPrincipal", "notPrincipals")):
        if arguments.get(name):
            statement[key] = _principals(arguments[name])
    if arguments.get("conditions"):
        tests: Props = {}
        for condition in arguments["conditions"]:
            tests.setdefault(condition["test"], {})[condition["variable"]] = _one(condition["values"])
        statement["Condition"] = tests
    return statement


def _principals(arguments: list[Props]) -> Props | str:
    if any(principal["type"] == "*" for principal in arguments):
        return "*"
    return {principal["type"]: _one(principal["identifiers"]) for principal in arguments}


def _one(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values)
