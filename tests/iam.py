"""What the pipelines' identities may do: the policies that the bootstrap renders, and how IAM decides by them."""

import json
import runpy
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
ACCOUNT = "123456789012"
IDENTITIES = (
    "deploy-dev",
    "deploy-staging",
    "deploy-prod",
    "deploy-demo",
    "preview-dev",
    "preview-staging",
    "preview-prod",
)


def matches(pattern: Any, value: str) -> bool:
    """Whether one of IAM's patterns matches."""
    patterns = [pattern] if isinstance(pattern, str) else pattern
    return any(fnmatchcase(value, one) for one in patterns)


OPERATORS = {
    "StringEquals": lambda wanted, value: value is not None and value in wanted,
    "StringNotEquals": lambda wanted, value: value is None or value not in wanted,
    "StringLike": lambda wanted, value: value is not None and matches(wanted, value),
    "Null": lambda wanted, value: (value is None) == (wanted == ["true"]),
}


def applies(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a statement is about a request."""
    conditions = statement.get("Condition", {})
    return (
        matches(statement["Action"], action)
        and matches(statement["Resource"], resource)
        and all(
            OPERATORS[operator]([wanted] if isinstance(wanted, str) else wanted, context.get(key))
            for operator, keys in conditions.items()
            for key, wanted in keys.items()
        )
    )


def allowed(statements: Sequence[Mapping[str, Any]], action: str, resource: str, **context: str) -> bool:
    """IAM's decision: one Allow and no Deny."""
    named = {CONTEXT[key]: value for key, value in context.items()}
    effects = {one["Effect"] for one in statements if applies(one, action, resource, named)}
    return effects == {"Allow"}


CONTEXT = {
    "tag": "aws:ResourceTag/environment",
    "asked": "aws:RequestTag/environment",
    "service": "iam:PassedToService",
    "boundary": "iam:PermissionsBoundary",
    "function": "lambda:FunctionArn",
}


def bound(environment: str) -> str:
    """The ARN of an environment's permissions boundary."""
    return f"arn:aws:iam::{ACCOUNT}:policy/slipway-boundary-{environment}"


def bootstrapped(deploy: Any, **change: Any) -> Any:
    """What the bootstrap declares, with the states on AWS."""
    config = yaml.safe_load((ROOT / "bootstrap/Pulumi.main.yaml").read_text())["config"]
    named = {key.replace("slipway-bootstrap:", "slipway:"): value for key, value in config.items()}
    named |= {"slipway:state": "aws", **{f"slipway:{key}": value for key, value in change.items()}}
    plain = {key: json.dumps(value) if isinstance(value, dict) else str(value) for key, value in named.items()}
    program = ROOT / "bootstrap/__main__.py"
    return deploy(lambda: runpy.run_path(str(program), run_name="__main__"), stack="main", config=plain)


def documents(deployed: Any, identity: str) -> list[dict[str, Any]]:
    """The policies of an identity: of its role itself, then the one that is attached to it."""
    named = [r for name in ("may", "machines") for r in deployed.resources if r.name == f"{identity}-{name}"]
    return [json.loads(resource.inputs["policy"]) for resource in named if "policy" in resource.inputs]
