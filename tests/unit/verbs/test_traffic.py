"""Which version a rollback goes to, and which ones may go: decided from what is kept, before anything moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import UserError
from slipway.platforms.platform import Version
from slipway.stack.pins import Pin
from slipway.verbs import traffic


def versions_with(*shares: float) -> list[Version]:
    """Versions v0, v1, … with these shares, newest first; their digests begin with 00…, 11…, …"""
    return [Version(id=f"v{at}", digest=str(at) * 12, share=share) for at, share in enumerate(shares)]


def going(*args: object) -> list[str]:
    return [version.id for version in traffic.expendable(*args)]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("shares", "keep", "pinned", "goes"),
    [
        ((1, 0, 0, 0), 2, None, ["v2", "v3"]),
        ((1, 0, 0, 0), 1, None, ["v2", "v3"]),  # v1 is where a rollback goes
        ((1, 0, 0, 0), 9, None, []),
        ((0, 0, 1, 0, 0), 1, "v2", ["v1", "v4"]),  # v0 is the newest, v2 serves, v3 is before it
        ((0.1, 0, 0.9, 0, 0), 1, "v2", ["v1", "v4"]),
        ((1, 0, 0, 0), 1, "v3", ["v2"]),  # named in the file, and not deployed yet
        ((1,), 1, None, []),
        ((), 1, None, []),
    ],
)
def test_what_may_go(shares: tuple[float, ...], keep: int, pinned: str | None, goes: list[str]):
    """Never the newest, what serves, what the file names, or the one before what serves."""
    assert going(versions_with(*shares), keep, pinned) == goes


@given(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), max_size=9), st.integers(1, 9), st.integers(0, 8))
def test_whatever_goes_a_way_back_is_left(shares: list[float], keep: int, at: int):
    """No version with requests ever goes, and where there are two versions two stay."""
    versions = versions_with(*shares)
    gone = going(versions, keep, f"v{at}")
    assert not [version for version in versions if version.share and version.id in gone]
    assert f"v{at}" not in gone
    assert len(versions) - len(gone) >= min(len(versions), max(keep, 2 if shares and max(shares) == shares[0] else 1))


def test_back_is_to_the_version_before_what_serves():
    """Again and again, until there is none; and from a canary to what serves beside it."""
    assert traffic.version_before("web", versions_with(1, 0, 0), None).id == "v1"
    assert traffic.version_before("web", versions_with(0, 1, 0), Pin("v1")).id == "v2"
    assert traffic.version_before("web", versions_with(0.1, 0.9, 0), Pin("v1", 10)).id == "v1"
    with pytest.raises(UserError, match="web keeps nothing older than v1, which serves"):
        traffic.version_before("web", versions_with(0, 1), Pin("v1"))
    with pytest.raises(UserError, match="web keeps no version"):
        traffic.version_before("web", [], None)


def test_a_version_is_named_by_id_or_by_its_artifacts_digest():
    """Six characters of the digest are enough; the whole digest is the same as the part that Lambda keeps."""
    versions = versions_with(1, 0, 0)
    assert traffic.version_named("web", versions, "v2").id == "v2"
    assert traffic.version_named("web", versions, "111111").id == "v1"
    assert traffic.version_named("web", versions, "1" * 64).id == "v1"
    with pytest.raises(UserError, match=r"web keeps no version 'v9': it has v0, v1, v2"):
        traffic.version_named("web", versions, "v9")
    with pytest.raises(UserError, match="keeps no version '11111'"):
        traffic.version_named("web", versions, "11111")


def test_of_two_versions_of_one_artifact_the_newer_is_meant():
    """They differ in their settings alone."""
    versions = [Version(id="b", digest="c" * 12), Version(id="a", digest="c" * 12)]
    assert traffic.version_named("web", versions, "c" * 12).id == "b"


def test_no_way_back_leads_to_a_version_that_was_not_released():
    """A function's version whose release command failed never served: a rollback goes past it, and a prune takes it."""
    versions = [Version(id="4", share=1), Version(id="3", unreleased=True), Version(id="2"), Version(id="1")]
    assert traffic.version_before("web", versions, None).id == "2"
    assert going(versions, 1, None) == ["3", "1"]
