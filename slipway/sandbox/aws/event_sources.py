"""Event source mappings: what has a function called with the messages of a queue. The emulator polls, and calls."""

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

SERVED = frozenset(
    {
        *("eventSourceArn", "functionName", "batchSize", "enabled", "filterCriteria", "functionResponseTypes"),
        *("maximumBatchingWindowInSeconds", "tags", "region"),
    }
)
NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What the function's role must be allowed on the queue:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions."""
MOST = 10_000
"""Messages of a batch; over 10 it needs a window to gather them in."""


def check(new: Props) -> dict[str, str]:
    """What Lambda refuses, and what the sandbox does not serve."""
    wrong = {
        key: f"the sandbox's event sources are queues and have no {key!r}: leave it out"
        for key, value in new.items()
        if key not in SERVED and value not in (None, False, [], {}, "", 0)
    }
    source, batch = new.get("eventSourceArn", ":sqs:"), new.get("batchSize", 10)
    if isinstance(source, str) and ":sqs:" not in source:
        wrong["eventSourceArn"] = f"the sandbox's event sources are SQS queues, got {source!r}"
    if isinstance(batch, int | float) and not 1 <= batch <= MOST:
        wrong["batchSize"] = f"must be 1 to {MOST}, got {batch:g}"
    elif isinstance(batch, int | float) and batch > 10 and not new.get("maximumBatchingWindowInSeconds"):
        wrong["maximumBatchingWindowInSeconds"] = f"must be 1 or more where batchSize is over 10, got {batch:g}"
    return wrong


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make it, once the function's role may take the queue's messages."""
    aws.in_region(new)
    doing = f"creating Lambda Event Source Mapping ({new['eventSourceArn']})"
    _refuse_role(aws, new, doing)
    with refusals(doing):
        answer = aws.client("lambda").create_event_source_mapping(
            EventSourceArn=new["eventSourceArn"], FunctionName=new["functionName"], **_request(new)
        )
    id = str(answer["UUID"])
    return id, read(aws, id) or {}


def read(aws: Aws, id: str) -> Props | None:
    """By its UUID."""
    with refusals(f"reading Lambda Event Source Mapping ({id})"):
        there = unless_gone(aws.client("lambda").get_event_source_mapping, UUID=id)
    if there is None:
        return None
    return {
        "uuid": id,
        "eventSourceArn": there["EventSourceArn"],
        "functionName": there["FunctionArn"],
        "functionArn": there["FunctionArn"],
        "batchSize": there.get("BatchSize", 10),
        "maximumBatchingWindowInSeconds": there.get("MaximumBatchingWindowInSeconds", 0),
        "enabled": there.get("State") not in ("Disabled", "Disabling"),
        "state": there.get("State", ""),
        "region": aws.region,
    }


def update(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change it in place."""
    with refusals(f"updating Lambda Event Source Mapping ({id})"):
        aws.client("lambda").update_event_source_mapping(UUID=id, FunctionName=new["functionName"], **_request(new))
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Delete it; the messages stay in the queue."""
    with refusals(f"deleting Lambda Event Source Mapping ({id})"):
        unless_gone(aws.client("lambda").delete_event_source_mapping, UUID=id)


def _request(new: Props) -> Props:
    filters = (new.get("filterCriteria") or {}).get("filters") or []
    return {
        "BatchSize": int(new.get("batchSize") or 10),
        "MaximumBatchingWindowInSeconds": int(new.get("maximumBatchingWindowInSeconds") or 0),
        "Enabled": new.get("enabled", True),
        **({"FilterCriteria": {"Filters": [{"Pattern": one["pattern"]} for one in filters]}} if filters else {}),
        **({"FunctionResponseTypes": new["functionResponseTypes"]} if new.get("functionResponseTypes") else {}),
    }


def _refuse_role(aws: Aws, new: Props, doing: str) -> None:
    with refusals(doing):
        role = aws.client("lambda").get_function_configuration(FunctionName=new["functionName"])["Role"]
        answer = aws.client("iam").simulate_principal_policy(
            PolicySourceArn=role, ActionNames=list(NEEDED), ResourceArns=[new["eventSourceArn"]]
        )
    denied = [one["EvalActionName"] for one in answer["EvaluationResults"] if one["EvalDecision"] != "allowed"]
    if denied:
        raise CloudError(
            f"{doing}: operation error CreateEventSourceMapping, InvalidParameterValueException: The function "
            f"execution role does not have permissions to call {denied[0].partition(':')[2]} on SQS"
        )


HANDLERS = {
    "aws:lambda/eventSourceMapping:EventSourceMapping": Handler(
        check=check,
        defaults=lambda new: {"batchSize": 10, "enabled": True, **new},
        calls=Calls(create=create, read=read, update=update, delete=delete),
        replace_on=frozenset({"eventSourceArn", "region"}),
        computed=frozenset({"uuid", "functionArn", "state"}),
        volatile=frozenset({"state"}),
    )
}
