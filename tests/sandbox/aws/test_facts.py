"""The tables the package hands out agree with the SDK and with each other; what is said to the user."""

import json
import platform
import sys
from datetime import date

import pytest

from slipway.sandbox.aws import lambda_runtimes
from slipway.sandbox.aws.clients import connect
from slipway.sandbox.aws.invokes import get_policy_document
from slipway.sandbox.aws.limits import LIMITS
from slipway.sandbox.aws.package import PACKAGE
from slipway.sandbox.handler import CloudError

HERE = f"python{sys.version_info.major}.{sys.version_info.minor}"


def test_version_is_the_installed_sdks():
    """The engine warns where a provider's version differs from its SDK's."""
    import pulumi_aws

    assert PACKAGE.version == getattr(pulumi_aws, "__version__", PACKAGE.version)
    assert PACKAGE.name == "aws"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("token", sorted(PACKAGE.handlers))
def test_properties_are_the_sdks(token):
    """Every property a handler names is one of the installed SDK's resource of that type."""
    handler = PACKAGE.handlers[token]
    known = _sdk_properties(token)
    named = handler.replace_on | handler.computed | handler.volatile | ({handler.auto_name} - {""})
    assert named <= known
    assert handler.volatile <= handler.computed


def test_no_endpoint_no_cloud():
    """Without an emulator's address nothing is connected: a real account is never reached from here."""
    with pytest.raises(CloudError, match="AWS_ENDPOINT_URL is not set"):
        connect({}, environment={"AWS_REGION": "us-east-1"})


def test_the_configured_region_and_tags_are_the_providers():
    """The provider's own configuration goes before the environment."""
    config = {"region": "eu-central-1", "defaultTags": {"tags": {"owner": "us"}}}
    keys = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"}
    aws = connect(config, environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "us-east-1", **keys})
    assert (aws.region, aws.default_tags) == ("eu-central-1", {"owner": "us"})


def test_a_foreign_python_is_told():
    """This machine's own Python needs no word; another one does, and so does another language."""
    assert lambda_runtimes.runtime_note(HERE) is None
    assert "this machine's" in (lambda_runtimes.runtime_note("python3.99") or "")
    assert "Python functions alone" in (lambda_runtimes.runtime_note("nodejs24.x") or "")


def test_a_foreign_processor_is_told():
    """A zip made for the other processor is told; one for this machine is not."""
    here = lambda_runtimes.MACHINES[platform.machine().lower()]
    other = {"arm64": "x86_64", "x86_64": "arm64"}[here]
    assert lambda_runtimes.runtime_note(HERE, here) is None
    assert f"declares {other}" in (lambda_runtimes.runtime_note(HERE, other) or "")


def test_limits_are_said_in_full():
    """Each limit has a subject of its own and a sentence."""
    assert len({subject for subject, _ in LIMITS}) == len(LIMITS)
    assert all(subject and less for subject, less in LIMITS)


def test_policy_document_is_written():
    """The provider's own terms become IAM's."""
    given = {
        "statements": [
            {
                "sid": "one",
                "actions": ["s3:GetObject", "s3:ListBucket"],
                "resources": ["*"],
                "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}],
                "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
            },
            {"effect": "Deny", "actions": ["iam:*"], "resources": ["*"]},
        ]
    }
    assert json.loads(get_policy_document(None, given)["json"]) == {  # pyright: ignore[reportArgumentType]
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "one",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": "*",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            },
            {"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
        ],
    }


def _sdk_properties(token: str) -> set[str]:
    import importlib
    import inspect

    module, name = token.split(":")[1].split("/")[0], token.split(":")[2]
    found = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    resource = getattr(found, name)
    getters = inspect.getmembers(resource, lambda member: isinstance(member, property))
    from pulumi._types import _PULUMI_NAME

    return {getattr(getter.fget, _PULUMI_NAME, key) for key, getter in getters}


@pytest.mark.parametrize("runtime", ["python3.9", "dotnet6", "dotnet8"])
def test_a_deprecated_runtime_is_created_until_aws_ends_it(runtime: str):
    """It gets no security updates any more, and takes new functions until February 2027."""
    assert lambda_runtimes.problem(runtime, date(2027, 1, 31)) is None
    assert "no longer supported for creating" in (lambda_runtimes.problem(runtime, date(2027, 2, 1)) or "")


def test_an_ended_runtime_is_created_no_more():
    """Python 3.8 is; the newest of Python and of Node.js are not."""
    assert [lambda_runtimes.problem(one, date(2026, 11, 28)) for one in ("python3.14", "nodejs24.x")] == [None, None]
    assert "no longer supported for creating" in (lambda_runtimes.problem("python3.8", date(2026, 1, 1)) or "")
