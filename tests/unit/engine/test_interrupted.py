"""A creation that was cut off and is asked for again: under the name that it had then."""

import pytest

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.interrupted import names_kept, open_creations, resumes
from slipway.wire.signatures import SECRET, SIGNATURE

WANTED = {"path": "/", "size": 2}
SECRET_A, SECRET_B = ({SIGNATURE: SECRET, "value": text} for text in "ab")


@pytest.mark.parametrize(
    ("checked", "interrupted", "kept"),
    [
        ({"name": "role-b"}, {"name": "role-a"}, {"name": "role-a"}),
        ({"name": "role-b", "tries": 3}, {"name": "role-a", "tries": 2}, {"name": "role-a", "tries": 3}),
        ({"name": "role-b"}, {"name": "role-a", "size": 3}, {"name": "role-b"}),
        ({"name": "role-b"}, {}, {"name": "role-b"}),
        ({}, {"name": "role-a"}, {}),
        ({"key": SECRET_B}, {"key": SECRET_A}, {"key": SECRET_B}),
    ],
    ids=["the same again", "a number is no name", "wanted otherwise", "had no name", "has no name", "a secret"],
)
def test_a_drawn_name_is_kept_while_the_same_is_wanted(checked, interrupted, kept):
    """Texts that the provider drew come from the creation that was cut off; all else is what it says now."""
    assert names_kept(WANTED, {**WANTED, **checked}, {**WANTED, **interrupted}) == {**WANTED, **kept}


URN = "urn:pulumi:test::shop::aws:iam/role:Role::role"


def resource(**inputs: str) -> Resource:
    """A role with these inputs."""
    return Resource(urn=URN, type="aws:iam/role:Role", custom=True, inputs=dict(inputs))


@pytest.mark.parametrize(
    ("there", "is_open"),
    [
        (None, True),
        (resource(name="role-a", path="/"), False),
        (resource(name="role-a", path="/changed"), False),
        (resource(name="role-b", path="/"), True),
        (resource(name="role-b", path="/old"), True),
    ],
    ids=["not there", "made since", "made since, and changed", "the one to be replaced", "the same, made elsewhere"],
)
def test_a_creation_is_open_until_something_of_its_name_is_there(there, is_open):
    """What came about since is not asked for again, however long its pending operation is kept."""
    found = open_creations([("creating", resource(name="role-a", path="/"))], [there] if there else [])
    assert (URN in found) is is_open


def test_what_is_not_a_creation_is_not_open():
    """An update that was cut off has its resource in the state."""
    assert open_creations([("updating", resource(name="role-a"))], []) == {}


def test_a_creation_goes_on_where_the_same_is_made():
    """Another set of inputs is another thing, whatever was cut off before."""
    interrupted = open_creations([("creating", resource(name="role-a"))], [])
    assert resumes(interrupted, resource(name="role-a"))
    assert not resumes(interrupted, resource(name="role-a", path="/"))
    assert not resumes({}, resource(name="role-a"))
