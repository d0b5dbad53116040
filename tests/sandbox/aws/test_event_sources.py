"""What has a function called carries its stack's labels: by them a pipeline may look at it."""

import json

import pytest

from tests.sandbox.aws.beanstalk_stage import trust
from tests.sandbox.aws.materials import archive, zipped

pytestmark = pytest.mark.services
CODE = {"main.py": "def handler(event, context):\n    return event\n"}


def test_the_labels_of_an_event_source_are_read_and_changed(kind, name, tmp_path):
    """As they were asked for, and as they were changed in place."""
    role, inline, queue, function, source = (
        kind(type)
        for type in (
            "aws:iam/role:Role",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:sqs/queue:Queue",
            "aws:lambda/function:Function",
            "aws:lambda/eventSourceMapping:EventSourceMapping",
        )
    )
    _, made_role = role.create({"name": name, "assumeRolePolicy": trust("lambda.amazonaws.com")})
    address, made_queue = queue.create({"name": name})
    takes = {"Effect": "Allow", "Action": "sqs:*", "Resource": made_queue["arn"]}
    inline.create({"role": name, "name": name, "policy": json.dumps({"Version": "2012-10-17", "Statement": [takes]})})
    code = archive(zipped(CODE), tmp_path)
    inputs = {
        "name": name, "role": made_role["arn"], "runtime": "python3.11", "handler": "main.handler", "code": code,
    }  # fmt: skip
    function.create(inputs)
    mapping = {
        "functionName": name,
        "eventSourceArn": made_queue["arn"],
        "tags": {"environment": "dev", "owner": "anna"},
    }
    id, made = source.create(mapping)
    try:
        assert made["tags"] == made["tagsAll"] == mapping["tags"]
        changed = {**mapping, "tags": {"environment": "staging"}}
        assert source.update(id, mapping, changed)["tags"] == {"environment": "staging"}
        assert (source.read(id) or {})["arn"] == made["arn"]
    finally:
        source.delete(id, mapping)
        function.delete(name, inputs)
        queue.delete(address, {})
