"""Cloud Run's revisions, as its API lists them."""

from slipway.platforms.cloud_run import started


def test_a_revision_that_failed_to_start_is_no_version():
    """Cloud Run lists it with a failed condition; one that is idle for want of requests is still ready."""
    ready, failed = ({"type": "Ready", "state": f"CONDITION_{state}"} for state in ("SUCCEEDED", "FAILED"))
    idle = {"type": "Active", "state": "CONDITION_FAILED", "revisionReason": "NO_TRAFFIC"}
    assert started({"conditions": [ready, idle]})
    assert started({})
    assert not started({"conditions": [idle, failed]})
