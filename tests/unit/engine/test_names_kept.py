"""A creation that was cut off and is asked for again: under the name that it had then."""

import pytest

from slipway.engine.plan.opinions import names_kept
from slipway.marks import SECRET, SIGNATURE

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
