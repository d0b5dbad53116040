"""What differs between two sets of inputs, and how little of it a reader has to read."""

import pytest

from slipway.review.differences import LONGEST, changes, shown, whole
from slipway.wire.signatures import ARCHIVE, ASSET, SECRET, SIGNATURE, UNKNOWN


def told(old, new, replacing=frozenset()):
    return [(c.path, c.kind, c.old, c.new) for c in changes(old, new, replacing)]


SECRET_A = {SIGNATURE: SECRET, "value": "a"}
SECRET_B = {SIGNATURE: SECRET, "value": "b"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1}, [], id="the same"),
        pytest.param({"a": 1}, {"a": True}, [("a", "update", "1", "true")], id="one is not true"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", "update", "2", "3")], id="nested"),
        pytest.param({"a": [1, 2]}, {"a": [0, 1, 2]}, [("a[0]", "add", "", "0")], id="one more in front"),
        pytest.param({"a": [1, 2, 3]}, {"a": [1, 3]}, [("a[1]", "delete", "2", "")], id="one less inside"),
        pytest.param({}, {"a": {"b": {"c": 1}}}, [("a.b.c", "add", "", "1")], id="all of what is new, part by part"),
        pytest.param({"a b": 1}, {}, [('["a b"]', "delete", "1", "")], id="an odd key"),
        pytest.param(
            {"p": '{"S": [{"A": "x", "R": 1}]}'},
            {"p": '{"S":[{"R":1,"A":"y"}]}'},
            [("p (JSON).S[0].A", "update", '"x"', '"y"')],
            id="JSON is compared as what it says",
        ),
        pytest.param({"p": '{"a": 1}'}, {"p": '{ "a":1 }'}, [], id="JSON in another spelling"),
        pytest.param({"p": "{a"}, {"p": "{b"}, [("p", "update", '"{a"', '"{b"')], id="what only looks like JSON"),
        pytest.param({"s": SECRET_A}, {"s": SECRET_B}, [("s", "update", "[secret]", "[secret]")], id="another secret"),
        pytest.param({"s": SECRET_A}, {"s": dict(SECRET_A)}, [], id="the same secret"),
        pytest.param({"u": "x"}, {"u": UNKNOWN}, [("u", "update", '"x"', "[unknown]")], id="unknown now"),
        pytest.param(
            {"f": {SIGNATURE: ASSET, "hash": "1" * 64, "path": "/one/machine/a.zip"}},
            {"f": {SIGNATURE: ASSET, "hash": "1" * 64, "path": "/another/a.zip"}},
            [],
            id="a file is its content",
        ),
        pytest.param(
            {"f": {SIGNATURE: ARCHIVE, "hash": "1" * 64, "path": "x/a.zip"}},
            {"f": {SIGNATURE: ARCHIVE, "hash": "2" * 64, "path": "x/a.zip"}},
            [("f", "update", "archive a.zip (sha256 111111111111)", "archive a.zip (sha256 222222222222)")],
            id="another content",
        ),
    ],
)
def test_differences(old, new, expected):
    """Each case of a difference is told by its smallest path."""
    assert told(old, new) == expected


def test_what_forces_a_replacement_is_marked():
    """Every difference below a property that replaces is marked, no other is."""
    found = changes({"a": {"b": 1}, "c": 1}, {"a": {"b": 2}, "c": 2}, frozenset({"a"}))
    assert [(change.path, change.replaces) for change in found] == [("a.b", True), ("c", False)]


def test_long_values_are_shortened_and_say_how_long_they_are():
    """Beginning, end and length of a long text; never more than the bound and a little."""
    text = shown("x" * 5_000)
    assert len(text) <= LONGEST + 20
    assert "(5002 characters)" in text


def test_a_secret_inside_is_closed_wherever_it_stands():
    """Nested in lists and objects a secret is a mark, and its neighbours are told."""
    assert shown({"a": [SECRET_A, 1]}) == "{a: [[secret], 1]}"


def test_what_the_engine_keeps_for_itself_is_not_told():
    """Its own keys among the inputs are nobody's change."""
    assert whole({"__defaults": [], "a": 1}) == whole({"a": 1})
