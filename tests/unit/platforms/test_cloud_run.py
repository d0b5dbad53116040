"""Cloud Run's revisions, as the sandbox's store has them."""

from pathlib import Path

from slipway.platforms.cloud_run import started
from slipway.sandbox.cloudrun import revisions
from slipway.sandbox.stores.google import Record, Store, store_path


def put(state_folder: Path, service: str, revision: str, made: str, **template: object) -> None:
    name = f"demo/europe-west1/{service}/{revision}"
    with Store(store_path(state_folder)).transaction() as now:
        now.put("run_revision", Record(name, "demo", {"created": made, "port": 0, "template": template}))


def test_revisions_are_listed_newest_first_with_their_artifact(tmp_path: Path):
    """Of one service alone; one that was made without the label is listed all the same."""
    put(tmp_path, "hello", "hello-a", "2026-11-21T10:00:00+00:00")
    put(tmp_path, "hello", "hello-b", "2026-11-21T11:00:00+00:00", labels={"artifact": "0123456789ab"})
    put(tmp_path, "other", "other-a", "2026-11-21T12:00:00+00:00")
    found = revisions.listed(tmp_path, "hello")
    assert [(one.name, one.artifact) for one in found] == [("hello-b", "0123456789ab"), ("hello-a", "")]


def test_before_the_first_deployment_there_are_none(tmp_path: Path):
    """Nothing is made by looking."""
    assert revisions.listed(tmp_path, "hello") == []
    assert not store_path(tmp_path).exists()


def test_a_revision_that_failed_to_start_is_no_version():
    """Cloud Run lists it with a failed condition; one that is idle for want of requests is still ready."""
    ready, failed = ({"type": "Ready", "state": f"CONDITION_{state}"} for state in ("SUCCEEDED", "FAILED"))
    idle = {"type": "Active", "state": "CONDITION_FAILED", "revisionReason": "NO_TRAFFIC"}
    assert started({"conditions": [ready, idle]})
    assert started({})
    assert not started({"conditions": [idle, failed]})
