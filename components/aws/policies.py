"""Policy documents of AWS, and what an ARN says."""

import json
from collections.abc import Mapping
from typing import Any


def policy(statement: Mapping[str, Any]) -> str:
    """A policy of one statement, as JSON with sorted keys: the same statement gives the same text."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def trust(service: str) -> dict[str, Any]:
    """The statement that lets an AWS service, as ``lambda.amazonaws.com``, take a role."""
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def account_of(arn: str) -> str:
    """The account in an ARN (``arn:partition:service:region:account:resource``)."""
    return arn.split(":")[4]
