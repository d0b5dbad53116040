"""Whom an S3 bucket tells of its objects: kept by the emulator, which calls the functions."""

import json

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

SERVED = frozenset({"bucket", "lambdaFunctions", "eventbridge", "region"})
EVENTS = ("s3:ObjectCreated:", "s3:ObjectRemoved:")
PRINCIPAL = "s3.amazonaws.com"
Rule = tuple[str, str]


def check(new: Props) -> dict[str, str]:
    """What S3 refuses of a notification, and what the sandbox does not serve."""
    wrong = {
        key: f"the sandbox's buckets tell functions and EventBridge alone, and have no {key!r}: leave it out"
        for key, value in new.items()
        if key not in SERVED and value not in (None, False, [], {}, "", 0)
    }
    functions = new.get("lambdaFunctions") or []
    for one in functions if isinstance(functions, list) else ():
        for event in (one.get("events") or []) if isinstance(one, dict) else ():
            if isinstance(event, str) and not event.startswith(EVENTS):
                wrong["lambdaFunctions"] = f"the sandbox tells of objects that are created and removed, got {event!r}"
    return wrong


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Set it on its bucket."""
    aws.in_region(new)
    return new["bucket"], update(aws, new["bucket"], {}, new)


def read(aws: Aws, id: str) -> Props | None:
    """The notification as S3 has it; by the bucket's name."""
    with refusals(f"reading S3 Bucket Notification ({id})"):
        there = unless_gone(aws.client("s3").get_bucket_notification_configuration, Bucket=id)
    functions = [_function(one) for one in (there or {}).get("LambdaFunctionConfigurations", [])]
    by_bus = "EventBridgeConfiguration" in (there or {})
    if not functions and not by_bus:
        return None
    return {"bucket": id, "region": aws.region, "lambdaFunctions": functions, "eventbridge": by_bus}


def update(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Set it anew, once the functions let the bucket call them."""
    doing = f"creating S3 Bucket Notification ({id})"
    for one in new.get("lambdaFunctions") or ():
        _refuse_function(aws, one["lambdaFunctionArn"], id, doing)
    with refusals(doing):
        aws.client("s3").put_bucket_notification_configuration(
            Bucket=id,
            NotificationConfiguration={
                "LambdaFunctionConfigurations": [_request(one) for one in new.get("lambdaFunctions") or ()],
                **({"EventBridgeConfiguration": {}} if new.get("eventbridge") else {}),
            },
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Tell none."""
    with refusals(f"deleting S3 Bucket Notification ({id})"):
        unless_gone(aws.client("s3").put_bucket_notification_configuration, Bucket=id, NotificationConfiguration={})


def _request(one: Props) -> Props:
    named = (("prefix", one.get("filterPrefix")), ("suffix", one.get("filterSuffix")))
    rules = [{"Name": name, "Value": value} for name, value in named if value]
    return {
        **({"Id": one["id"]} if one.get("id") else {}),
        "LambdaFunctionArn": one["lambdaFunctionArn"],
        "Events": list(one["events"]),
        **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}),
    }


def _function(one: Props) -> Props:
    rules = ((one.get("Filter") or {}).get("Key") or {}).get("FilterRules") or []
    named = {rule["Name"].lower(): rule["Value"] for rule in rules}
    return {
        "id": one["Id"],
        "lambdaFunctionArn": one["LambdaFunctionArn"],
        "events": list(one["Events"]),
        "filterPrefix": named.get("prefix") or None,
        "filterSuffix": named.get("suffix") or None,
    }


def _refuse_function(aws: Aws, arn: str, bucket: str, doing: str) -> None:
    """S3 asks a function's own policy: https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html."""
    function, _, qualifier = arn.split(":", 6)[6].partition(":")
    with refusals(doing):
        answer = unless_gone(
            aws.client("lambda").get_policy,
            FunctionName=function,
            **({"Qualifier": qualifier} if qualifier else {}),
        )
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    if not any(_lets_call(one, bucket) for one in statements):
        raise CloudError(
            f"{doing}: operation error PutBucketNotificationConfiguration, InvalidArgument: Unable to validate the "
            "following destination configurations"
        )


def _lets_call(statement: Props, bucket: str) -> bool:
    principal = statement.get("Principal")
    named = principal.get("Service") if isinstance(principal, dict) else principal
    sources = [
        value
        for tests in (statement.get("Condition") or {}).values()
        for key, value in tests.items()
        if key.lower() == "aws:sourcearn"
    ]
    return (
        named == PRINCIPAL
        and statement.get("Effect") == "Allow"
        and statement.get("Action") in ("lambda:InvokeFunction", "lambda:*")
        and all(source == f"arn:aws:s3:::{bucket}" for source in sources)
    )


HANDLERS = {
    "aws:s3/bucketNotification:BucketNotification": Handler(
        check=check,
        defaults=lambda new: {"eventbridge": False, **new},
        calls=Calls(create=create, read=read, update=update, delete=delete),
        identify=lambda _aws, new: new["bucket"],
        overwrites=True,
        replace_on=frozenset({"bucket", "region"}),
    )
}
