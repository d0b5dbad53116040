"""Every request needs a right of its own: the emulator asks for the one that AWS asks for."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode

import botocore.session
import pytest
from botocore.serialize import create_serializer
from ministack.core import iam_actions

from slipway.sandbox.aws import action_names, functions
from slipway.sandbox.aws.clients import Endpoint
from tests.sandbox.aws.conftest import Kind
from tests.sandbox.aws.materials import archive, zipped

SERVICES = ("budgets", "cloudwatch", "ecr", "events", "iam", "lambda", "logs", "scheduler", "sns", "sqs", "sts")
"""As botocore calls them; their operations and their rights have the same names, but for those of Lambda."""
REGION = "us-east-1"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ASKS = """
import boto3

EVENTS = "00000000-0000-0000-0000-000000000000"

def tried(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__ + " " + str(error)
    return "passed"

def handler(event, context):
    functions, metrics, queues = (boto3.client(name) for name in ("lambda", "cloudwatch", "sqs"))
    data = [{"MetricName": "m", "Value": 1}]
    return {
        "settings": tried(functions.get_account_settings),
        "event sources": tried(lambda: functions.delete_event_source_mapping(UUID=EVENTS)),
        "alias": tried(lambda: functions.update_alias(FunctionName=context.function_name, Name="live")),
        "metrics": tried(lambda: metrics.put_metric_data(Namespace="n", MetricData=data)),
        "queues": tried(queues.list_queues),
    }
"""


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def value(shape: Any) -> Any:
    """Anything that a shape takes."""
    by_type: dict[str, Callable[[], Any]] = {
        "structure": lambda: {name: value(shape.members[name]) for name in shape.required_members},
        "list": lambda: [value(shape.member)],
        "map": lambda: {"k": value(shape.value)},
        "string": lambda: shape.enum[0] if shape.enum else "a" * max(3, int(shape.metadata.get("min", 3))),
        "integer": lambda: max(1, int(shape.metadata.get("min", 1))),
        "long": lambda: 1,
        "float": lambda: 1.0,
        "double": lambda: 1.0,
        "boolean": lambda: True,
        "blob": lambda: b"x",
        "timestamp": lambda: "2026-01-01T00:00:00Z",
    }
    return by_type[shape.type_name]()


def requests(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Each operation of a service, and a request of it."""
    model = botocore.session.get_session().get_service_model(name)
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    operations = [model.operation_model(str(operation)) for operation in list(model.operation_names)]  # type: ignore[call-overload]
    return [
        (str(one.name), serializer.serialize_to_request(value(one.input_shape) if one.input_shape else {}, one))
        for one in operations
    ]


@pytest.fixture
def asked() -> Callable[[str, Mapping[str, Any]], str]:
    """Names the right that a request needs."""
    core = SimpleNamespace(**vars(iam_actions))
    core._BOTOCORE_SERVICE_MAP = iam_actions._BOTOCORE_SERVICE_MAP
    action_names.install(core)

    def right(service: str, request: Mapping[str, Any]) -> str:
        path, _, query = request["url_path"].partition("?")
        said = {**parse_qs(query, keep_blank_values=True)}
        for key, item in dict(request["query_string"]).items():
            said[key] = [str(one) for one in item] if isinstance(item, list) else [str(item)]
        body = request["body"]
        body = urlencode(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
        headers = {key.lower(): item for key, item in request["headers"].items()}
        kind = {"cloudwatch": "monitoring"}.get(service, service)
        return core.extract_iam_action(kind, request["method"], path, headers, body or b"", said)

    return right


@pytest.mark.parametrize("service", SERVICES)
def test_an_operations_right_is_called_after_it(service: str, asked: Callable[[str, Mapping[str, Any]], str]) -> None:
    """None passes unasked, and none passes as another."""
    for operation, request in requests(service):
        expected = action_names.OF_LAMBDA.get(operation, operation) if service == "lambda" else operation
        assert asked(service, request).split(":")[1] == expected, operation


def test_no_operation_of_s3_passes_unasked(asked: Callable[[str, Mapping[str, Any]], str]) -> None:
    """Their rights have names of their own."""
    assert all(asked("s3", request).startswith("s3:") for _, request in requests("s3"))


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [("lambda", "GET", "/2016-08-19/account-settings"), ("s3", "DELETE", "/bucket/key")],
)
def test_a_word_that_the_service_does_not_look_at_is_no_right(
    service: str, method: str, path: str, asked: Callable[[str, Mapping[str, Any]], str]
) -> None:
    """A request names another action in its query, its headers and its body; its path says what happens."""
    plain = {"method": method, "url_path": path, "query_string": {}, "headers": {}, "body": b""}
    dressed = {
        **plain,
        "query_string": {"Action": "InvokeFunction"},
        "headers": {"X-Amz-Target": "S3.GetObject", "Content-Type": "application/x-www-form-urlencoded"},
        "body": b"Action=GetObject",
    }
    assert asked(service, dressed) == asked(service, plain)


def test_what_is_no_operation_needs_a_right_that_none_grants_alone(
    asked: Callable[[str, Mapping[str, Any]], str],
) -> None:
    """A path that Lambda does not have."""
    request = {"method": "GET", "url_path": "/2015-03-31/secrets", "query_string": {}, "headers": {}, "body": b""}
    assert asked("lambda", request) == "lambda:UnknownOperation"


@pytest.mark.services
@pytest.mark.parametrize(
    ("granted", "passing"),
    [([], set()), (["lambda:GetAccountSettings"], {"settings"}), (["cloudwatch:PutMetricData"], {"metrics"})],
)
def test_a_function_may_do_what_its_role_was_granted(
    kind: Callable[[str], Kind], name: str, tmp_path: Path, endpoint: Endpoint, granted: list[str], passing: set[str]
) -> None:
    """Each call beside these is refused, whichever protocol its client speaks."""
    _, role = kind("aws:iam/role:Role").create({"name": name, "assumeRolePolicy": policy(TRUST)})
    if granted:
        document = policy({"Effect": "Allow", "Action": granted, "Resource": "*"})
        kind("aws:iam/rolePolicy:RolePolicy").create({"name": "may", "role": name, "policy": document})
    function = {"name": name, "role": role["arn"], "runtime": "python3.11", "handler": "main.handler", "timeout": 30}
    code = archive(zipped({"main.py": ASKS}), tmp_path)
    kind("aws:lambda/function:Function").create({**function, "memorySize": 512, "code": code})
    answers = json.loads(functions.invoke(endpoint, REGION, name, "$LATEST", b"{}").payload)
    assert {call for call, answer in answers.items() if answer == "passed"} == passing
    assert all("AccessDenied" in answer for call, answer in answers.items() if call not in passing), answers
