"""Terraform's own AWS provider, which Pulumi's is made of, lives a whole life on the sandbox and is listened to."""

import json
from pathlib import Path

import pytest

from slipway.catalog.permissions import AWS
from tests.contract.amazon.conftest import Account
from tests.contract.amazon.terraform import recording

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.skipif(bool(recording.why_not()), reason=recording.why_not()),
]


def test_the_provider_calls_what_the_recording_says(empty_account: Account, tmp_path: Path) -> None:
    """Created, read, planned, changed and deleted: each type that has a row of permissions, and no call is a new one.

    Which rights these calls need, and who has them, is tested by the recording wherever Terraform is not there.
    """
    calls = recording.record(empty_account.variables, tmp_path)
    recorded = json.loads(recording.CALLS.read_text(encoding="utf-8"))["calls"]
    unrecorded = [
        f"{type}: {operation} in a {kind}"
        for type, kinds in calls.items()
        for kind, operations in kinds.items()
        for operation in operations
        if operation not in recorded.get(type, {}).get(kind, ())
    ]
    assert calls.keys() == AWS.keys()
    assert unrecorded == [], "record anew: python -m tests.contract.amazon.terraform.recording"
