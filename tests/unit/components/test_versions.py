"""The ids of App Engine versions, and which versions stay."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gcp.versions import Version, older
from components.names import refused_version

TEXT = st.text(max_size=20)
VERSIONS = st.builds(
    Version,
    runtime=st.sampled_from(["python311", "python313"]),
    entrypoint=TEXT,
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    object=TEXT,
    min_instances=st.integers(0, 2),
    max_instances=st.integers(2, 9),
    env=st.dictionaries(TEXT, TEXT, max_size=3),
    secrets=st.sampled_from(["", "ab12"]),
    prefix=st.sampled_from(["v", "blue", "a-1"]),
)


@given(VERSIONS)
def test_an_id_is_one_app_engine_takes(version):
    """Lower-case letters, digits and hyphens, at most 63, nothing reserved."""
    assert refused_version(version.id) == ""
    assert version.id.startswith(f"{version.prefix}-")


@given(VERSIONS, VERSIONS)
def test_ids_are_equal_where_code_and_configuration_are(one, other):
    """The same is called the same, so nothing is deployed twice; anything else gets another name."""
    assert (one.id == other.id) == (one == other)


@given(VERSIONS)
def test_an_id_does_not_depend_on_the_order_of_variables(version):
    """Variables come from a mapping, whose order is a reader's accident."""
    turned = dataclasses.replace(version, env=dict(reversed(list(version.env.items()))))
    assert turned.id == version.id


@given(VERSIONS)
def test_what_is_remembered_is_what_was_told(version):
    """The memory is a stack output: JSON whose numbers come back as floats."""
    wire = json.loads(json.dumps(version.plain()), parse_int=float)
    assert Version.remembered(wire) == version
    assert Version.remembered(wire).id == version.id


@given(VERSIONS, st.lists(VERSIONS, max_size=8), st.integers(1, 5))
def test_no_more_than_asked_are_kept_and_each_once(current, previous, keep):
    """The one that serves counts; going back to an older one moves it to the front."""
    ids = [current.id, *(version.id for version in older(current, previous, keep))]
    assert len(ids) <= keep
    assert len(set(ids)) == len(ids)
    assert [i for i in dict.fromkeys(v.id for v in previous) if i != current.id][: keep - 1] == ids[1:]


@pytest.mark.parametrize("version_id", ["default", "latest", "ah-1", "Upper", "-a", "a-", "", "a" * 64, "a.b"])
def test_ids_app_engine_keeps_for_itself_are_refused(version_id):
    """The reserved names and forms, each with the name that was given."""
    assert f"got {version_id!r}" in refused_version(version_id)


def test_a_version_with_a_reserved_id_cannot_be_declared():
    """`ah-` begins App Engine's own versions."""
    with pytest.raises(ValueError, match="nor begin with 'ah-'"):
        Version(
            runtime="python313", entrypoint="x", digest="a", object="o", min_instances=0, max_instances=1, prefix="ah"
        )


@pytest.mark.parametrize(("least", "most"), [(2, 1), (-1, 1), (0, 0)])
def test_instances_are_in_order(least, most):
    """At least is not more than at most, and something may run."""
    with pytest.raises(ValueError, match=f"got {least} and {most}"):
        Version(runtime="python313", entrypoint="x", digest="a", object="o", min_instances=least, max_instances=most)


def test_keeping_none_is_refused():
    """The version that serves is one of those kept."""
    version = Version(runtime="r", entrypoint="x", digest="a", object="o", min_instances=0, max_instances=1)
    with pytest.raises(ValueError, match="keep must be 1 or more, got 0"):
        older(version, [], 0)


def test_what_came_later_leaves_the_ids_of_versions_alone():
    """A version without a subnetwork is called as before there were any, and remembered so."""
    version = Version(runtime="r", entrypoint="x", digest="a", object="o", min_instances=0, max_instances=1)
    assert version.id == "v-8c0ac0f9822a"
    assert "subnetwork" not in version.plain()
    led = Version(**{**version.plain(), "subnetwork": "projects/p/regions/r/subnetworks/s"})
    assert led.id != version.id
    assert Version.remembered(led.plain()) == led
