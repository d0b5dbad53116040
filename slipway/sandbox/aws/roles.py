"""Whether a service may assume a role, as each asks IAM when it is given one."""

import datetime
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from slipway.sandbox.aws import policies
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import CloudError

NEW_ROLE = datetime.timedelta(seconds=10)
"""How long a new role may be unknown to other services; a refusal within it is worth trying again."""


def refuse_unless_assumable(aws: Aws, arn: str, service: str, refusal: str) -> None:
    """Raises :class:`CloudError` with ``refusal`` if a service may assume no role of this ARN.

    The error is transient while the role is too new to tell.
    """
    fits, young = _assumable(aws, arn, service)
    if not fits:
        raise CloudError(refusal, transient=young)


def refuse_unless_allowed(aws: Aws, role: str, actions: Sequence[str], resource: str, refusal: str) -> None:
    """Raises :class:`CloudError` with ``refusal``, its ``{action}`` filled in, if a role may not do one of the actions.

    ``role`` and ``resource`` are ARNs.
    """
    with refusals(refusal):
        answer = aws.client("iam").simulate_principal_policy(
            PolicySourceArn=role, ActionNames=list(actions), ResourceArns=[resource]
        )
    denied = [one["EvalActionName"] for one in answer["EvaluationResults"] if one["EvalDecision"] != "allowed"]
    if denied:
        raise CloudError(refusal.replace("{action}", denied[0].partition(":")[2]))


def _assumable(aws: Aws, arn: str, service: str) -> tuple[bool, bool]:
    """Whether a service may assume the role, and, if not, whether the role is too new to tell."""
    there = unless_gone(aws.client("iam").get_role, RoleName=arn.rsplit("/", 1)[-1]) if arn else None
    trust: Any = there["Role"]["AssumeRolePolicyDocument"] if there else {}
    trust = json.loads(unquote(trust)) if isinstance(trust, str) else trust
    fits = bool(there) and policies.lets_assume(trust, service)
    young = bool(there) and datetime.datetime.now(datetime.UTC) - there["Role"]["CreateDate"] < NEW_ROLE
    return fits, not fits and young
