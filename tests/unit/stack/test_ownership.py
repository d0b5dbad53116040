"""Whose a stack is and when it ends, read from its state."""

from datetime import date

import pytest

from slipway.stack.ownership import Ownership, judge, ownership_of

NOW = date(2026, 11, 21)


def root(**lifecycle):
    return {"type": "pulumi:pulumi:Stack", "outputs": {"lifecycle": lifecycle}}


def bucket(owner, expiry, key="labels"):
    return {"type": "gcp:storage/bucket:Bucket", "inputs": {key: {"owner": owner, "expiry": expiry}}}


def test_the_output_says_it():
    """What the program exports counts, whatever the labels say."""
    ownership = ownership_of([bucket("bob", "2027-01-01"), root(owner="anna", kind="ephemeral", expires="2026-11-20")])
    assert ownership == Ownership("anna", "ephemeral", date(2026, 11, 20))


@pytest.mark.parametrize("key", ["labels", "tags"])
def test_without_it_the_labels_do(key: str):
    """A first `up` that was interrupted left resources, and no outputs."""
    stack = {"type": "pulumi:pulumi:Stack"}
    assert ownership_of([stack, bucket("anna", "2026-11-20", key)]) == Ownership(
        "anna", "ephemeral", date(2026, 11, 20)
    )


@pytest.mark.parametrize(
    "resources",
    [
        [{"type": "aws:iam/role:Role"}],
        [bucket("anna", "none")],
        [bucket("anna", "soon")],
        [bucket("anna", "2026-11-20"), bucket("bob", "2026-11-20")],
        [bucket("anna", "2026-11-20"), bucket("anna", "2026-11-30")],
    ],
)
def test_what_is_not_plain_is_not_known(resources: list[dict[str, object]]):
    """No labels, no day, or labels that differ: nobody may take such a stack down by itself."""
    assert ownership_of(resources) is None
    assert judge(resources, NOW)[1].due is False


@pytest.mark.parametrize(
    ("lifecycle", "due", "why"),
    [
        ({"kind": "ephemeral", "expires": "2026-11-20"}, True, "expired on 2026-11-20, 1 day ago"),
        ({"kind": "ephemeral", "expires": "2026-11-01"}, True, "expired on 2026-11-01, 20 days ago"),
        ({"kind": "ephemeral", "expires": "2026-11-21"}, False, "lives until 2026-11-21"),
        ({"kind": "ephemeral", "expires": None}, False, "has no end"),
        ({"kind": "kept", "expires": "2026-11-01"}, False, "kept"),
        ({"kind": "", "expires": "2026-11-01"}, False, "kept"),
    ],
)
def test_only_what_is_ephemeral_and_past_its_day_is_due(lifecycle: dict[str, str], due: bool, why: str):
    """The day itself still counts; a kept stack is never due, whatever day it says."""
    verdict = judge([root(owner="anna", **lifecycle)], NOW)[1]
    assert (verdict.due, verdict.why) == (due, why)


def test_nobody_is_disturbed():
    """A stack that is being changed is left to whoever changes it."""
    verdict = judge([root(kind="ephemeral", expires="2026-11-20")], NOW, busy=True)[1]
    assert (verdict.due, verdict.why) == (False, "expired on 2026-11-20, but another command changes it now")


def test_an_empty_stack_is_not_due():
    """What was destroyed is not destroyed again."""
    assert judge([], NOW)[1].why == "nothing is in it"
