"""The grants of apps on AWS: what follows for an app's role and its variables."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from stacks.grant_checks import variable_of
from stacks.model import Aws, Settings
from stacks.platforms import AnyApp, Grant

if TYPE_CHECKING:
    from components.aws.bucket import PrivateS3Bucket
    from components.aws.grants import Right

READ, LIST = ("s3:GetObject",), ("s3:ListBucket",)
WRITE = ("s3:DeleteObject", "s3:PutObject")
PUBLISH = ("sqs:GetQueueUrl", "sqs:SendMessage")
INVOKE = ("lambda:InvokeFunction",)
ALIAS = "live"
"""The alias that callers of a function use."""


def granted_variables(
    settings: Settings, app: AnyApp, buckets: "Mapping[str, PrivateS3Bucket]"
) -> dict[str, pulumi.Input[str]]:
    """What tells an app the names of what it was granted."""
    variables: dict[str, pulumi.Input[str]] = {}
    for grant in app.grants.values():
        (owner, thing), (variable, _) = grant.target, variable_of(settings, grant)
        if grant.read or grant.write:
            variables[variable] = buckets[owner].bucket_name
        elif grant.publish:
            variables[variable] = f"{_whole(settings, owner)}-{thing}"
        elif grant.invoke:
            variables[variable] = f"{_whole(settings, grant.invoke)}:{ALIAS}"
    return variables


def rights(settings: Settings, aws: Aws, app: AnyApp, buckets: "Mapping[str, PrivateS3Bucket]") -> "dict[str, Right]":
    """What its grants let an app's role do, by their names."""
    if not app.grants:
        return {}
    from components.aws.grants import Right

    place = f"{aws.region}:{{account}}"

    def right(grant: Grant) -> Right:
        owner, thing = grant.target
        if grant.read:
            return Right(actions=LIST, resource=buckets[owner].arn, below=READ)
        if grant.write:
            return Right(actions=(), resource=buckets[owner].arn, below=WRITE)
        if grant.publish:
            queue = f"arn:{{partition}}:sqs:{place}:{_whole(settings, owner)}-{thing}"
            return Right(actions=PUBLISH, resource=queue)
        if grant.invoke:
            function = f"arn:{{partition}}:lambda:{place}:function:{_whole(settings, grant.invoke)}:{ALIAS}"
            return Right(actions=INVOKE, resource=function)
        return Right(actions=grant.allow, resource=grant.resource or "")

    return {name: right(grant) for name, grant in app.grants.items()}


def _whole(settings: Settings, name: str) -> str:
    """What an app's things are called on AWS, after project and stack."""
    return f"{pulumi.get_project()}-{settings.stack}-{name}"


def granted_output(app: AnyApp) -> dict[str, dict[str, str]]:
    """The grants in words, by name; empty without any."""
    words = {name: _words(grant) for name, grant in app.grants.items()}
    return {"grants": words} if words else {}


def _words(grant: Grant) -> str:
    named = {"read": grant.read, "write": grant.write, "publish to": grant.publish, "invoke": grant.invoke}
    return next(
        (f"may {does} {what}" for does, what in named.items() if what),
        f"may {', '.join(grant.allow)} on {grant.resource}: {grant.reason}",
    )
