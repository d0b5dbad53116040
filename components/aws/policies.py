"""Policy documents of AWS, and what an ARN says."""

import json
from collections.abc import Mapping
from typing import Any


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy of these statements, as JSON with sorted keys: the same statements give the same text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)


def uses_bucket(arn: str) -> str:
    """The policy of an identity that may read, write and list what is in one bucket."""
    return policy(
        {"Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "Resource": f"{arn}/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn},
    )


def trust(service: str) -> dict[str, Any]:
    """The statement that lets an AWS service, as ``lambda.amazonaws.com``, take a role."""
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def account_of(arn: str) -> str:
    """The account in an ARN (``arn:partition:service:region:account:resource``)."""
    return arn.split(":")[4]
