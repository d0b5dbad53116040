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


def get_region(aws: Aws, given: Props) -> Props:
    """The provider's region, or the one that is asked about."""
    region = given.get("region") or given.get("name") or aws.region
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


def get_policy_document(_aws: Aws, given: Props) -> Props:
    """The JSON text of a policy given in the provider's own terms."""
    merged: dict[str, Props] = {}
    documents = [*(given.get("sourcePolicyDocuments") or ())]
    own = [_statement(one) for one in given.get("statements") or ()]
    overriding = [*(given.get("overridePolicyDocuments") or ())]
    for at, statement in enumerate([*_statements(documents), *own, *_statements(overriding)]):
        merged[statement.get("Sid") or f"#{at}"] = statement
    policy = {
        "Version": given.get("version") or "2012-10-17",
        **({"Id": given["policyId"]} if given.get("policyId") else {}),
        "Statement": list(merged.values()),
    }
    return {
        **given,
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
    found: list[Props] = []
    for document in documents:
        statements = json.loads(document).get("Statement", [])
        found += statements if isinstance(statements, list) else [statements]
    return found


def _statement(given: Props) -> Props:
    statement: Props = {
        **({"Sid": given["sid"]} if given.get("sid") else {}),
        "Effect": given.get("effect") or "Allow",
    }
    lists = {"Action": "actions", "NotAction": "notActions", "Resource": "resources", "NotResource": "notResources"}
    statement |= {key: _one(given[name]) for key, name in lists.items() if given.get(name)}
    for key, name in (("Principal", "principals"), ("NotPrincipal", "notPrincipals")):
        if given.get(name):
            statement[key] = _principals(given[name])
    if given.get("conditions"):
        tests: Props = {}
        for condition in given["conditions"]:
            tests.setdefault(condition["test"], {})[condition["variable"]] = _one(condition["values"])
        statement["Condition"] = tests
    return statement


def _principals(given: list[Props]) -> Props | str:
    if any(principal["type"] == "*" for principal in given):
        return "*"
    return {principal["type"]: _one(principal["identifiers"]) for principal in given}


def _one(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values)
