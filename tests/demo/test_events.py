"""A function that its bucket, a bus and a stream call: each event arrives, and what fails to the end is told."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]
TALLY = """
import base64
import json
import os

import boto3

storage, queues, streams, bus = (boto3.client(name) for name in ("s3", "sqs", "kinesis", "events"))
bucket = os.environ["UPLOADS_BUCKET"]


def dead(event):
    queue = queues.get_queue_url(QueueName=event["key"])["QueueUrl"]
    return [json.loads(one["Body"]) for one in queues.receive_message(QueueUrl=queue).get("Messages", [])]


def put(event):
    return storage.put_object(Bucket=bucket, Key=event["key"], Body=b"")["ETag"]


def record(event):
    data = [{"Data": one.encode(), "PartitionKey": "a"} for one in event["key"].split()]
    return streams.put_records(StreamName=event["stream"], Records=data)["FailedRecordCount"]


def happen(event):
    entry = {"Source": "shop", "DetailType": event["key"], "Detail": '{"total": 7}'}
    return bus.put_events(Entries=[entry])["FailedEntryCount"]


CALLS = {
    "dead": dead,
    "put": put,
    "record": record,
    "happen": happen,
    "list": lambda event: [one["Key"] for one in storage.list_objects_v2(Bucket=bucket, Prefix="done/")["Contents"]],
}


def arrived(event):
    for one in event.get("Records", [event]):
        if "s3" in one:
            yield "s3/" + one["s3"]["object"]["key"].replace("/", "_")
        elif "kinesis" in one:
            yield "kinesis/" + base64.b64decode(one["kinesis"]["data"]).decode()
        else:
            yield "bus/" + one["detail-type"]


def lambda_handler(event, context):
    if "do" in event:
        return CALLS[event["do"]](event)
    for name in arrived(event):
        if "bad" in name:
            raise ValueError(name)
        storage.put_object(Bucket=bucket, Key=f"done/{name}", Body=json.dumps(event).encode())
"""
NAME = "slipway-sandbox-tally"
APP = {
    "platform": "lambda",
    "source": "app_src/tally",
    "handler": "lambda_function.lambda_handler",
    "memory": 256,
    "timeout": 20,
    "probe": [],
    "bucket": "uploads",
    "events": {
        "photos": {"bucket": "uploads", "prefix": "in/", "suffix": ".png", "retries": 1},
        "paid": {"pattern": {"source": ["shop"], "detail": {"total": [{"numeric": [">", 5]}]}}, "retries": 1},
        "clicks": {"stream": "clicks", "batch": 10, "retries": 1},
    },
    "grants": {
        "letters": {
            "allow": ["sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            "resource": "*",
            "reason": "the test reads the dead letters",
        },
        "clicks": {"allow": ["kinesis:PutRecords"], "resource": "*", "reason": "the test writes the records"},
        "bus": {"allow": ["events:PutEvents"], "resource": "*", "reason": "the test sends the events"},
    },
}
PATIENCE = 60.0
"""Seconds that an event has to arrive."""


@pytest.fixture
def tally(clone: Clone) -> Clone:
    """A clone with the function alone."""
    clone.keep_only("hello-function")
    stack = clone.folder / "stacks/Pulumi.sandbox.yaml"
    settings = yaml.safe_load(stack.read_text())
    settings["config"]["slipway:apps"] = {"tally": APP}
    stack.write_text(yaml.safe_dump(settings))
    (clone.folder / "app_src/tally").mkdir()
    (clone.folder / "app_src/tally/lambda_function.py").write_text(TALLY)
    return clone


def asked(clone: Clone, do: str, **more: str) -> Any:
    """What the function answered."""
    (clone.folder / "event.json").write_text(json.dumps({"do": do, **more}))
    shown = clone.run("invoke", "tally", "--event", "event.json")
    return json.loads(next(line for line in shown.splitlines() if line[:1] in '"[{0'))


def eventually(answer: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:
    """The first answer that fits, or the last."""
    until = time.monotonic() + PATIENCE
    while not fits(last := answer()) and time.monotonic() < until:
        pass
    return last


def of_what(event: Any) -> str:
    """The object, or the kind, of an event."""
    return event["Records"][0]["s3"]["object"]["key"] if "Records" in event else event["detail-type"]


def test_a_function_is_called_by_what_happens(tally: Clone) -> None:
    """Objects by prefix and suffix, events by pattern, records in order; one bad record takes no other with it."""
    tally.run("up")
    shown = tally.run("status", "tally")
    assert "photos: an object created in the bucket uploads, whose name begins with in/ and ends with .png" in shown
    for name in ("photos", "paid", "clicks"):
        tally.run("trigger", "tally", name)
    for key in ("out/a.png", "in/a.txt", "in/a.png", "in/bad.png"):
        asked(tally, "put", key=key)
    for kind in ("order", "bad"):
        assert asked(tally, "happen", key=kind) == 0
    assert asked(tally, "record", stream=f"{NAME}-clicks", key="one two bad three") == 0
    expected = {
        *("done/s3/in_slipway-sample.png", "done/bus/sample", "done/kinesis/a sample message"),
        *("done/s3/in_a.png", "done/bus/order", "done/kinesis/one", "done/kinesis/two", "done/kinesis/three"),
    }
    assert set(eventually(lambda: asked(tally, "list"), lambda keys: expected <= set(keys))) == expected

    letters: list[Any] = []
    eventually(lambda: letters.extend(asked(tally, "dead", key=f"{NAME}-dead")) or letters, lambda all: len(all) == 2)
    assert {of_what(one["requestPayload"]) for one in letters} == {"in/bad.png", "bad"}
    (passed_over,) = eventually(lambda: asked(tally, "dead", key=f"{NAME}-clicks-dead"), bool)
    assert passed_over["KinesisBatchInfo"]["batchSize"] == 1
    assert tally.nothing_would_change()
    assert "nothing is left" in tally.run("destroy", "--yes")
