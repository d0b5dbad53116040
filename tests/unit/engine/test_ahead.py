"""What is imported ahead of the program."""

import pytest

from slipway.engine.operation.ahead import _module


@pytest.mark.parametrize(
    ("type_", "module"),
    [
        ("aws:lambda/function:Function", "pulumi_aws.lambda_"),
        ("gcp:appengine/standardAppVersion:StandardAppVersion", "pulumi_gcp.appengine"),
        ("random:index/randomBytes:RandomBytes", "pulumi_random"),
        ("random::RandomBytes", "pulumi_random"),
        ("pulumi:providers:aws", ""),
        ("pulumi:pulumi:Stack", ""),
        ("slipway:aws:PythonFunction", "pulumi_slipway.aws"),
        ("no package", ""),
        ("", ""),
    ],
)
def test_only_modules_of_sdks_are_named(type_: str, module: str) -> None:
    """A type's module is of an SDK, or none: what the program itself has is never imported ahead of it."""
    assert _module(type_) == module
