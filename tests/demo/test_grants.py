"""A function that a queue feeds and that writes to a bucket, and another that was granted to look at it: over a day."""

import json
import time
from typing import Any

import pytest
import yaml

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]
GALLERY = """
import json
import os

import boto3


def lambda_handler(event, context):
    for record in event.get("Records", []):
        boto3.client("s3").put_object(Bucket=os.environ["UPLOADS_BUCKET"], Key=record["body"], Body=b"first")
    return {"kept": True}
"""
COUNTER = """
import json
import os

import boto3

storage, queues, functions = (boto3.client(name) for name in ("s3", "sqs", "lambda"))
bucket, function = os.environ["UPLOADS_BUCKET"], os.environ["GALLERY_FUNCTION"]


def send(event):
    queue = queues.get_queue_url(QueueName=os.environ["ORDERS_QUEUE"])["QueueUrl"]
    return queues.send_message(QueueUrl=queue, MessageBody=event["key"])["MessageId"] and "sent"


CALLS = {
    "send": send,
    "list": lambda event: [one["Key"] for one in storage.list_objects_v2(Bucket=bucket).get("Contents", [])],
    "read": lambda event: storage.get_object(Bucket=bucket, Key=event["key"])["Body"].read().decode(),
    "write": lambda event: storage.put_object(Bucket=bucket, Key="own", Body=b"")["ETag"],
    "call": lambda event: json.load(functions.invoke(FunctionName=function, Payload=b"{}")["Payload"]),
    "call another version": lambda event: functions.invoke(FunctionName=function.split(":")[0])["StatusCode"],
    "settings": lambda event: functions.get_account_settings()["AccountLimit"],
}


def lambda_handler(event, context):
    try:
        return CALLS[event["do"]](event)
    except Exception as error:
        return "refused" if "AccessDenied" in str(error) else repr(error)
"""
APPS = {
    "gallery": {"bucket": "uploads", "events": {"orders": {"queue": "orders"}}},
    "counter": {
        "grants": {
            "photos": {"read": "bucket gallery/uploads"},
            "orders": {"publish": "queue gallery/orders"},
            "show": {"invoke": "gallery"},
        }
    },
}
PATIENCE = 30.0
"""Seconds that a message has to get through a queue."""


@pytest.fixture
def fed(clone: Clone) -> Clone:
    """A clone with the two functions."""
    clone.keep_only("hello-function")
    stack = clone.folder / "stacks/Pulumi.sandbox.yaml"
    settings = yaml.safe_load(stack.read_text())
    settings["config"]["slipway:apps"] = {
        name: {
            "platform": "lambda",
            "source": f"app_src/{name}",
            "handler": "lambda_function.lambda_handler",
            "memory": 256,
            "timeout": 20,
            "probe": [],
            **more,
        }
        for name, more in APPS.items()
    }
    stack.write_text(yaml.safe_dump(settings))
    for name, source in (("gallery", GALLERY), ("counter", COUNTER)):
        (clone.folder / "app_src" / name).mkdir()
        (clone.folder / "app_src" / name / "lambda_function.py").write_text(source)
    return clone


def asked(clone: Clone, do: str, key: str = "") -> Any:
    """What the function with the grants could do."""
    (clone.folder / "event.json").write_text(json.dumps({"do": do, "key": key}))
    shown = clone.run("invoke", "counter", "--event", "event.json")
    return json.loads(next(line for line in shown.splitlines() if line[:1] in '"[{'))


def arrived(clone: Clone, key: str) -> bool:
    """Whether an object is in the bucket, once the queue has had its time."""
    until = time.monotonic() + PATIENCE
    while key not in asked(clone, "list"):
        if time.monotonic() > until:
            return False
    return True


def test_a_fed_function_and_one_with_grants_over_a_day(fed: Clone) -> None:
    """What was granted works, all else is refused; an edit and a way back keep the bucket; nothing is left."""
    fed.run("up")
    assert asked(fed, "send", "one") == "sent"
    assert arrived(fed, "one")
    assert asked(fed, "read", "one") == "first"
    assert asked(fed, "call") == {"kept": True}
    assert [asked(fed, do) for do in ("write", "call another version", "settings")] == ["refused"] * 3
    assert "photos: may read bucket gallery/uploads" in fed.run("status", "counter")

    fed.edit("app_src/gallery/lambda_function.py", 'b"first"', 'b"second"')
    fed.run("up")
    fed.run("trigger", "gallery", "orders")
    assert asked(fed, "send", "two") == "sent"
    assert arrived(fed, "two")
    assert [asked(fed, "read", key) for key in ("one", "two")] == ["first", "second"]

    fed.run("rollback", "gallery")
    assert asked(fed, "send", "three") == "sent"
    assert arrived(fed, "three")
    assert asked(fed, "read", "three") == "first"

    stack = fed.folder / "stacks/Pulumi.sandbox.yaml"
    settings = yaml.safe_load(stack.read_text())
    settings["config"]["slipway:apps"]["counter"]["grants"].pop("show")
    stack.write_text(yaml.safe_dump(settings))
    fed.edit("app_src/counter/lambda_function.py", 'os.environ["GALLERY_FUNCTION"]', '"slipway-sandbox-gallery:live"')
    fed.run("up")
    assert asked(fed, "call") == "refused"

    assert "nothing is left" in fed.run("destroy", "--yes")
