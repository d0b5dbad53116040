"""What calls a function and waits for no answer: objects of its bucket, and events of EventBridge.

Lambda keeps such a call, tries it again where it fails, and tells one queue of what failed to the end:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, lambda_, s3

from components.aws.bucket import PrivateS3Bucket
from components.aws.fed_function import FedFunction
from components.aws.policies import account_of

OCCASIONS = {"created": "s3:ObjectCreated:*", "removed": "s3:ObjectRemoved:*"}
"""What counts of a bucket's objects -> S3's name of it."""
MOST_RETRIES = 2


@dataclass(frozen=True, kw_only=True)
class BucketEvents:
    """Objects of a bucket."""

    bucket: PrivateS3Bucket
    occasions: Sequence[str] = ("created",)
    """Keys of :data:`OCCASIONS`."""
    prefix: str = ""
    suffix: str = ""
    retries: int = MOST_RETRIES

    def __post_init__(self) -> None:
        if unknown := set(self.occasions) - set(OCCASIONS):
            raise ValueError(f"occasions must be of {', '.join(OCCASIONS)}, got {', '.join(sorted(unknown))}")


@dataclass(frozen=True, kw_only=True)
class PatternEvents:
    """Events of the account's default bus."""

    rule_name: str
    """Unique in the account and region."""
    pattern: str
    """EventBridge's, as JSON."""
    retries: int = MOST_RETRIES


def call_function(
    fed: FedFunction, declared: Mapping[str, BucketEvents | PatternEvents]
) -> dict[str, pulumi.Output[str]]:
    """Declare what calls it, and what becomes of calls that fail; where each comes from."""
    retries = {one.retries for one in declared.values()}
    if len(retries) != 1 or not retries <= set(range(MOST_RETRIES + 1)):
        raise ValueError(f"retries must be one number from 0 to {MOST_RETRIES}, got {sorted(retries)}")
    dead = fed.dead_letters(f"{fed.name}-calls", fed.function_name)
    may_tell = fed.may(f"{fed.name}-may-tell", {"dead letters": ("sqs:SendMessage",)}, dead.arn)
    keeps = lambda_.FunctionEventInvokeConfig(
        f"{fed.name}-calls",
        function_name=fed.alias.function_name,
        qualifier=fed.alias.name,
        maximum_retry_attempts=retries.pop(),
        destination_config={"on_failure": {"destination": dead.arn}},
        opts=fed.child([may_tell]),
    )
    buckets = {event: one for event, one in declared.items() if isinstance(one, BucketEvents)}
    rules = {event: one for event, one in declared.items() if isinstance(one, PatternEvents)}
    return {
        **_of_bucket(fed, buckets, keeps),
        **{event: _of_rule(fed, event, rule, keeps) for event, rule in rules.items()},
    }


def _of_bucket(
    fed: FedFunction, declared: Mapping[str, BucketEvents], keeps: pulumi.Resource
) -> dict[str, pulumi.Output[str]]:
    """A bucket has one list of whom it tells."""
    if not declared:
        return {}
    bucket = next(iter(declared.values())).bucket
    may_call = lambda_.Permission(
        f"{fed.name}-bucket-may-call",
        action="lambda:InvokeFunction",
        function=fed.alias.function_name,
        qualifier=fed.alias.name,
        principal="s3.amazonaws.com",
        source_arn=bucket.arn,
        # A bucket's name is free for others once it is deleted: of this account alone.
        source_account=fed.role.arn.apply(account_of),
        opts=fed.child(),
    )
    s3.BucketNotification(
        f"{fed.name}-bucket",
        bucket=bucket.bucket_name,
        lambda_functions=[
            {
                "id": event,
                "lambda_function_arn": fed.alias.arn,
                "events": [OCCASIONS[occasion] for occasion in one.occasions],
                "filter_prefix": one.prefix or None,
                "filter_suffix": one.suffix or None,
            }
            for event, one in declared.items()
        ],
        opts=fed.child([may_call, keeps, *bucket.ready]),
    )
    return dict.fromkeys(declared, bucket.bucket_name)


def _of_rule(fed: FedFunction, event: str, declared: PatternEvents, keeps: pulumi.Resource) -> pulumi.Output[str]:
    name = f"{fed.name}-{event}"
    rule = cloudwatch.EventRule(
        name,
        name=declared.rule_name,
        description=f"calls the function {fed.function_name}",
        event_pattern=declared.pattern,
        tags=dict(fed.labels),
        opts=fed.child(),
    )
    may_call = lambda_.Permission(
        f"{name}-may-call",
        action="lambda:InvokeFunction",
        function=fed.alias.function_name,
        qualifier=fed.alias.name,
        principal="events.amazonaws.com",
        source_arn=rule.arn,
        opts=fed.child(),
    )
    cloudwatch.EventTarget(
        name, rule=rule.name, target_id="function", arn=fed.alias.arn, opts=fed.child([may_call, keeps])
    )
    return rule.name
