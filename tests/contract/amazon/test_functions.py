"""Lambda by AWS's own client: what it takes, what it gives back, and what its alarms see of that."""

import base64
import json
import platform
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.amazon.conftest import Account
from tests.sandbox.aws.beanstalk_stage import trust
from tests.sandbox.aws.materials import zipped

NAME = "contract-function"
CODE = """
import os

class Own(Exception):
    pass

def deeper(word):
    raise Own("no " + word)

def handler(event, context):
    print("a line")
    return {"fails": lambda: deeper("way"), "ends": lambda: os._exit(3), "large": lambda: "x" * 7_000_000,
            "odd": lambda: {1, 2}}.get(event.get("do"), lambda: event)()
"""
pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def function(empty_account: Account) -> Any:
    """A client of Lambda, with the function there."""
    role = empty_account.aws.client("iam").create_role(
        RoleName=NAME, AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )["Role"]["Arn"]
    client = empty_account.aws.client("lambda")
    runtime = "python" + ".".join(platform.python_version_tuple()[:2])
    client.create_function(
        FunctionName=NAME,
        Runtime=runtime,
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": zipped({"main.py": CODE})},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=NAME)
    return client


def invoked(function: Any, event: Any) -> tuple[Any, str, str]:
    """Payload, error and the log's tail of a call."""
    answer = function.invoke(FunctionName=NAME, Payload=json.dumps(event), LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    return json.loads(answer["Payload"].read()), answer.get("FunctionError", ""), log


def test_the_tail_has_the_platforms_lines(function: Any) -> None:
    """START, what the function wrote, END and REPORT, with one request id."""
    payload, error, log = invoked(function, {"a": 1})
    assert (payload, error) == ({"a": 1}, "")
    form = (
        r"START RequestId: ([0-9a-f-]{36}) Version: \$LATEST\na line\nEND RequestId: \1\nREPORT RequestId: \1\t"
        r"Duration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t\n"
    )
    assert re.fullmatch(form, log), log


def test_an_error_has_its_own_type_and_stack(function: Any) -> None:
    """As AWS's runtime for Python answers and logs it; the code is in /var/task."""
    payload, error, log = invoked(function, {"do": "fails"})
    assert error == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("Own", "no way")
    assert payload["stackTrace"][-1] == '  File "/var/task/main.py", line 8, in deeper\n    raise Own("no " + word)\n'
    assert f"RequestId: {payload['requestId']}" in log
    assert '[ERROR] Own: no way\nTraceback (most recent call last):\n  File "/var/task/main.py", line 12' in log


FAILURES = [
    ("ends", "Runtime.ExitError", "Runtime exited without providing a reason"),
    ("large", "Function.ResponseSizeTooLarge", "maximum allowed payload size (6291556 bytes)"),
    ("odd", "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable"),
]


@pytest.mark.parametrize(("does", "kind", "words"), FAILURES, ids=[row[0] for row in FAILURES])
def test_what_is_no_exception_of_the_function_has_awss_type(function: Any, does: str, kind: str, words: str) -> None:
    """An exit, an answer that is too large, and one that is no JSON."""
    payload, error, _ = invoked(function, {"do": does})
    assert (error, payload["errorType"]) == ("Unhandled", kind)
    assert words in payload["errorMessage"]


INITS = [
    ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'main': No module named 'nowhere'"),
    ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'main': invalid syntax (main.py, line 1)"),
    ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'main'"),
    ("raise KeyError('place')", "KeyError", "'place'"),
    ("import os; os._exit(4)", "Runtime.ExitError", "Runtime exited without providing a reason"),
]


@pytest.mark.parametrize(("code", "kind", "words"), INITS, ids=[row[1] for row in INITS])
def test_a_function_that_does_not_start_fails_each_call_with_awss_type(
    function: Any, code: str, kind: str, words: str
) -> None:
    """As AWS's runtime for Python answers what it meets before the first call."""
    name = f"{NAME}-{kind.rpartition('.')[2].lower()}"
    made = function.get_function(FunctionName=NAME)["Configuration"]
    zip_file = {"ZipFile": zipped({"main.py": code})}
    function.create_function(
        FunctionName=name, Runtime=made["Runtime"], Role=made["Role"], Handler=made["Handler"], Code=zip_file
    )
    for _ in range(2):
        answer = function.invoke(FunctionName=name)
        payload = json.loads(answer["Payload"].read())
        assert (answer["FunctionError"], payload["errorType"]) == ("Unhandled", kind)
        assert payload["errorMessage"].endswith(words)


EVENTS = [
    ("RequestResponse", b'"' + b"x" * (6 << 20) + b'"', "RequestEntityTooLargeException", "6291456 bytes"),
    ("Event", b'"' + b"x" * (1 << 20) + b'"', "RequestEntityTooLargeException", "1048576 bytes"),
    ("RequestResponse", b"no json", "InvalidRequestContentException", "Could not parse request body into json"),
]


@pytest.mark.parametrize(("kind", "event", "code", "words"), EVENTS, ids=["sync", "async", "no json"])
def test_an_event_that_lambda_does_not_take(function: Any, kind: str, event: bytes, code: str, words: str) -> None:
    """Refused before the function hears of it."""
    with pytest.raises(ClientError, match=words) as refused:
        function.invoke(FunctionName=NAME, Payload=event, InvocationType=kind)
    assert refused.value.response["Error"]["Code"] == code


def test_alarms_leave_insufficient_data_for_their_own_function_alone(empty_account: Account, function: Any) -> None:
    """By the errors of the dimension that they watch; without any, as TreatMissingData says."""
    cloudwatch = empty_account.aws.client("cloudwatch")
    for name, watched, missing in (
        ("own", NAME, "missing"),
        ("other", "another-function", "missing"),
        ("quiet", "another-function", "notBreaching"),
    ):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": watched}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData=missing,
        )
    invoked(function, {"do": "fails"})
    alarms = {alarm["AlarmName"]: alarm["StateValue"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert alarms == {"own": "ALARM", "other": "INSUFFICIENT_DATA", "quiet": "OK"}
