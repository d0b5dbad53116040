"""DynamoDB's tables: the emulator keeps them with their items."""

from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.handler import Props

DEMAND = "PAY_PER_REQUEST"


def throughput(place: Props, billing: str) -> Props:
    """What a table or an index is provisioned with; nothing where each request is paid for."""
    if billing == DEMAND:
        return {}
    units = {"ReadCapacityUnits": place.get("readCapacity"), "WriteCapacityUnits": place.get("writeCapacity")}
    return {"ProvisionedThroughput": {key: int(value or 1) for key, value in units.items()}}


def keys(place: Props) -> list[dict[str, str]]:
    """The hash key, and the range key where there is one."""
    pairs = (("hashKey", "HASH"), ("rangeKey", "RANGE"))
    return [{"AttributeName": place[own], "KeyType": kind} for own, kind in pairs if place.get(own)]


def index(one: Props) -> Props:
    """A secondary index but for its throughput."""
    fields = {"NonKeyAttributes": one["nonKeyAttributes"]} if one.get("nonKeyAttributes") else {}
    return {
        "IndexName": one["name"],
        "KeySchema": keys(one),
        "Projection": {"ProjectionType": one.get("projectionType", "ALL"), **fields},
    }


def table(_aws: Aws, place: Props) -> Props:
    """The creation's arguments."""
    billing = place["billingMode"]
    glob = [{**index(one), **throughput(one, billing)} for one in place.get("globalSecondaryIndexes") or ()]
    local = [index({**one, "hashKey": place["hashKey"]}) for one in place.get("localSecondaryIndexes") or ()]
    attributes = [{"AttributeName": one["name"], "AttributeType": one["type"]} for one in place.get("attributes") or ()]
    stream: Props = {}
    if place.get("streamEnabled"):
        kind = place.get("streamViewType", "NEW_AND_OLD_IMAGES")
        stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": kind}}
    return {
        "AttributeDefinitions": attributes,
        "KeySchema": keys(place),
        **throughput(place, billing),
        **({"GlobalSecondaryIndexes": glob} if glob else {}),
        **({"LocalSecondaryIndexes": local} if local else {}),
        **stream,
    }


def change_of_throughput(_aws: Aws, place: Props) -> Props:
    """The arguments of a change of the throughput or of how it is paid."""
    return {"BillingMode": place["billingMode"], **throughput(place, place["billingMode"])}


def expiry(_aws: Aws, place: Props) -> Props:
    """The attribute by which items expire."""
    declared = place.get("ttl") or {}
    name = {"AttributeName": declared.get("attributeName") or "expires"}
    return {"TimeToLiveSpecification": {"Enabled": bool(declared.get("enabled")), **name}}


def recovery(_aws: Aws, place: Props) -> Props:
    """Whether the table can be brought back to a moment."""
    declared = place.get("pointInTimeRecovery") or {}
    return {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": bool(declared.get("enabled"))}}


def check(new: Props) -> dict[str, str]:
    """Each key is an attribute, and each attribute a key, as DynamoDB asks."""
    entries: list[Any] = [new, *(new.get("globalSecondaryIndexes") or ()), *(new.get("localSecondaryIndexes") or ())]
    used = {one[key] for one in entries for key in ("hashKey", "rangeKey") if isinstance(one.get(key), str)}
    declared = {one["name"] for one in new.get("attributes") or () if isinstance(one, dict)}
    if not used or not declared or used == declared:
        return {}
    return {
        "attributes": "all attributes must be indexed. Unused attributes: "
        f"{sorted(declared - used)}; keys without an attribute: {sorted(used - declared)}"
    }


ROWS = (
    Row(
        type="aws:dynamodb/table:Table",
        fixed=frozenset({"attributes", "globalSecondaryIndexes", "streamEnabled", "streamViewType", "tableClass"}),
        create=Call(
            operation="create_table",
            arguments={"TableName": "{name}", "BillingMode": "{billingMode}", "TableClass": "{tableClass}"},
            more=table,
            inputs=frozenset(
                {
                    *("attributes", "hashKey", "rangeKey", "readCapacity", "writeCapacity", "streamEnabled"),
                    *("streamViewType", "globalSecondaryIndexes", "localSecondaryIndexes"),
                }
            ),
        ),
        then=(
            Call(
                operation="update_time_to_live",
                arguments={"TableName": "{id}"},
                more=expiry,
                inputs=frozenset({"ttl"}),
            ),
            Call(
                operation="update_continuous_backups",
                arguments={"TableName": "{id}"},
                more=recovery,
                inputs=frozenset({"pointInTimeRecovery"}),
            ),
        ),
        update=(
            Call(
                operation="update_table",
                arguments={"TableName": "{id}"},
                more=change_of_throughput,
                inputs=frozenset({"readCapacity", "writeCapacity", "billingMode"}),
            ),
            Call(
                operation="update_table",
                arguments={"TableName": "{id}", "DeletionProtectionEnabled": "{deletionProtectionEnabled}"},
            ),
        ),
        key="{name}",
        auto_name="name",
        check=check,
        defaults={"billingMode": "PROVISIONED"},
        read={
            "arn": "TableArn",
            "name": "TableName",
            "attributes": "AttributeDefinitions[].{name: AttributeName, type: AttributeType}",
            "hashKey": "KeySchema[?KeyType=='HASH'].AttributeName | [0]",
            "rangeKey": "KeySchema[?KeyType=='RANGE'].AttributeName | [0]",
            "billingMode": "BillingModeSummary.BillingMode",
            "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
            "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
            "streamArn": "LatestStreamArn || ''",
            "streamLabel": "LatestStreamLabel || ''",
        },
        gone=("TableStatus", ("DELETING",)),
        delete=Call(operation="delete_table", arguments={"TableName": "{id}"}),
        tagging=Tagging(subject={"ResourceArn": "{arn}"}),
    ),
)
