"""Event source mappings: what has a function called with what came into a queue or a stream. The emulator polls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.roles import refuse_unless_allowed
from slipway.sandbox.handler import Calls, Handler, Props


@dataclass(frozen=True, kw_only=True)
class Source:
    """What may be said of a source of one service."""

    title: str
    needed: tuple[str, ...]
    """What the function's role must be allowed on it."""
    batch: int
    """Of a call, by default."""
    served: frozenset[str] = frozenset()
    """Inputs beside those of every source."""
    batch_without_window: int
    """The most of a batch that is not gathered."""


SERVED = frozenset(
    {
        *("eventSourceArn", "functionName", "batchSize", "enabled", "filterCriteria", "functionResponseTypes"),
        *("maximumBatchingWindowInSeconds", "tags", "region"),
    }
)
SOURCES: Mapping[str, Source] = {
    "sqs": Source(
        title="SQS",
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
        needed=("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        batch=10,
        batch_without_window=10,
    ),
    "kinesis": Source(
        title="Kinesis",
        # https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html#events-kinesis-permissions
        needed=(
            *("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"),
            *("kinesis:DescribeStreamSummary", "kinesis:ListShards"),
        ),
        batch=100,
        batch_without_window=10_000,
        served=frozenset(
            {"startingPosition", "maximumRetryAttempts", "bisectBatchOnFunctionError", "destinationConfig"}
        ),
    ),
}
"""By the service in the source's ARN."""
POSITIONS = ("LATEST", "TRIM_HORIZON")
MOST = 10_000
"""Messages of a batch."""


def check(new: Props) -> dict[str, str]:
    """What Lambda refuses, and what the sandbox does not serve."""
    arn, batch = new.get("eventSourceArn", "arn:aws:sqs:"), new.get("batchSize", 10)
    source = _source(arn)
    if source is None:
        return {"eventSourceArn": f"the sandbox's event sources are SQS queues and Kinesis streams, got {arn!r}"}
    wrong = {
        key: f"the sandbox's event sources of {source.title} have no {key!r}: leave it out"
        for key, value in new.items()
        if key not in SERVED | source.served and value not in (None, False, [], {}, "", 0)
    }
    if isinstance(batch, int | float) and not 1 <= batch <= MOST:
        wrong["batchSize"] = f"must be 1 to {MOST}, got {batch:g}"
    elif (
        isinstance(batch, int | float)
        and batch > source.batch_without_window
        and not new.get("maximumBatchingWindowInSeconds")
    ):
        wrong["maximumBatchingWindowInSeconds"] = f"must be 1 or more where batchSize is over 10, got {batch:g}"
    if "startingPosition" in source.served and new.get("startingPosition") not in POSITIONS:
        wrong["startingPosition"] = (
            f'expected startingPosition to be one of ["LATEST" "TRIM_HORIZON"], got {new.get("startingPosition")}'
        )
    return wrong


def _source(arn: object) -> Source | None:
    """What an ARN's service may be told; of one that is not known yet, what a queue may."""
    return SOURCES.get(arn.split(":")[2]) if isinstance(arn, str) and arn.count(":") > 2 else SOURCES["sqs"]


def defaults(new: Props) -> Props:
    """The provider's defaults."""
    arn = new.get("eventSourceArn")
    source = _source(arn) or SOURCES["sqs"]
    return {"batchSize": source.batch, "enabled": True, **new}


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make it, once the function's role may take what comes."""
    aws.in_region(new)
    arn = new["eventSourceArn"]
    doing, client, source = (
        f"creating Lambda Event Source Mapping ({arn})",
        aws.client("lambda"),
        SOURCES[arn.split(":")[2]],
    )
    with refusals(doing):
        role = client.get_function_configuration(FunctionName=new["functionName"])["Role"]
    refuse_unless_allowed(
        aws,
        role,
        source.needed,
        arn,
        f"{doing}: operation error CreateEventSourceMapping, InvalidParameterValueException: The function execution "
        f"role does not have permissions to call {{action}} on {source.title}",
    )
    position = {"StartingPosition": new["startingPosition"]} if new.get("startingPosition") else {}
    with refusals(doing):
        answer = client.create_event_source_mapping(
            EventSourceArn=arn,
            FunctionName=new["functionName"],
            Tags=tags.outgoing(new),
            **position,
            **_request(new),
        )
    id = str(answer["UUID"])
    return id, read(aws, id) or {}


def read(aws: Aws, id: str) -> Props | None:
    """By its UUID."""
    with refusals(f"reading Lambda Event Source Mapping ({id})"):
        there = unless_gone(aws.client("lambda").get_event_source_mapping, UUID=id)
        if there is None:
            return None
        carried = aws.client("lambda").list_tags(Resource=_arn(aws, id))["Tags"]
    failures = ((there.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    of_stream = {
        "startingPosition": there.get("StartingPosition"),
        "maximumRetryAttempts": there.get("MaximumRetryAttempts", -1),
        "bisectBatchOnFunctionError": there.get("BisectBatchOnFunctionError", False),
        "destinationConfig": {"onFailure": {"destinationArn": failures}} if failures else None,
    }
    return {
        "uuid": id,
        "eventSourceArn": there["EventSourceArn"],
        "functionName": there["FunctionArn"],
        "functionArn": there["FunctionArn"],
        "batchSize": there.get("BatchSize", 10),
        "maximumBatchingWindowInSeconds": there.get("MaximumBatchingWindowInSeconds", 0),
        "enabled": there.get("State") not in ("Disabled", "Disabling"),
        "state": there.get("State", ""),
        "arn": _arn(aws, id),
        "lastModified": there["LastModified"].isoformat() if "LastModified" in there else "",
        "lastProcessingResult": there.get("LastProcessingResult", ""),
        "stateTransitionReason": there.get("StateTransitionReason", ""),
        **tags.incoming(carried),
        "region": aws.region,
        **(of_stream if there.get("StartingPosition") else {}),
    }


def update(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change it in place."""
    client, resource = aws.client("lambda"), _arn(aws, id)
    with refusals(f"updating Lambda Event Source Mapping ({id})"):
        client.update_event_source_mapping(UUID=id, FunctionName=new["functionName"], **_request(new))
        tags.replace(
            old.get("tags") or {},
            new,
            lambda added: client.tag_resource(Resource=resource, Tags=added),
            lambda dropped: client.untag_resource(Resource=resource, TagKeys=dropped),
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Delete it; the messages stay in the queue."""
    with refusals(f"deleting Lambda Event Source Mapping ({id})"):
        unless_gone(aws.client("lambda").delete_event_source_mapping, UUID=id)


def _arn(aws: Aws, id: str) -> str:
    return f"arn:aws:lambda:{aws.region}:{aws.account}:event-source-mapping:{id}"


def _request(new: Props) -> Props:
    filters = (new.get("filterCriteria") or {}).get("filters") or []
    failures: Any = ((new.get("destinationConfig") or {}).get("onFailure") or {}).get("destinationArn")
    of_stream = {
        "MaximumRetryAttempts": int(new.get("maximumRetryAttempts", -1)),
        "BisectBatchOnFunctionError": bool(new.get("bisectBatchOnFunctionError")),
        "DestinationConfig": {"OnFailure": {"Destination": failures} if failures else {}},
    }
    return {
        "BatchSize": int(new.get("batchSize") or 10),
        "MaximumBatchingWindowInSeconds": int(new.get("maximumBatchingWindowInSeconds") or 0),
        "Enabled": new.get("enabled", True),
        **({"FilterCriteria": {"Filters": [{"Pattern": one["pattern"]} for one in filters]}} if filters else {}),
        **({"FunctionResponseTypes": new["functionResponseTypes"]} if new.get("functionResponseTypes") else {}),
        **(of_stream if new.get("startingPosition") else {}),
    }


VOLATILE = frozenset({"state", "tagsAll", "lastModified", "lastProcessingResult", "stateTransitionReason"})
HANDLERS = {
    "aws:lambda/eventSourceMapping:EventSourceMapping": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        replace_on=frozenset({"eventSourceArn", "region", "startingPosition"}),
        computed=VOLATILE | {"uuid", "functionArn", "arn"},
        volatile=VOLATILE,
    )
}
