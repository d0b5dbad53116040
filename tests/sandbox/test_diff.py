"""What changed, by path."""

from hypothesis import given
from hypothesis import strategies as st

from slipway.providers.protocol.diff import changes, parsed
from slipway.providers.protocol.wire import UNKNOWN
from slipway.sandbox.handler import Asset

PLAIN = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
PROPS = st.dictionaries(st.text(min_size=1, max_size=4), PLAIN, max_size=4)


def told(old: dict, new: dict, **options: object) -> list[tuple[str, str, bool]]:
    return [(change.text, change.kind, change.replaces) for change in changes(old, new, **options)]  # type: ignore[arg-type]


@given(PROPS)
def test_nothing_differs_from_itself(props: dict) -> None:
    """Equal inputs never make a change."""
    assert changes(props, props) == []


@given(PROPS, PROPS)
def test_a_difference_is_seen_from_both_sides(old: dict, new: dict) -> None:
    """What one direction adds the other deletes, at the same paths."""
    turned = {"add": "delete", "delete": "add", "update": "update"}
    assert [(p, turned[k]) for p, k, _ in told(old, new)] == [(p, k) for p, k, _ in told(new, old)]


@given(st.lists(st.text(min_size=1, max_size=5) | st.integers(0, 9), min_size=1, max_size=4))
def test_a_path_is_read_as_it_was_written(path: list) -> None:
    """Whatever the keys hold: dots, brackets, quotes, backslashes."""
    from slipway.providers.protocol.diff import Change

    path = [str(path[0]), *path[1:]]
    assert parsed(Change(tuple(path), "add").text) == tuple(path)


def test_paths_are_written_as_pulumi_writes_them() -> None:
    """Dots between names, brackets around indexes and around keys that are no names."""
    old = {"scaling": {"max": 1}, "tags": {"a.b": "1"}, "rules": [1, 2]}
    new = {"scaling": {"max": 2}, "tags": {"a.b": "2"}, "rules": [1]}
    assert told(old, new) == [
        ("rules[1]", "delete", False),
        ("scaling.max", "update", False),
        ('tags["a.b"]', "update", False),
    ]


def test_an_unknown_differs_from_everything() -> None:
    """A value that is not known yet may be another one."""
    assert told({"a": 1}, {"a": UNKNOWN}) == [("a", "update", False)]


def test_files_differ_by_their_hashes() -> None:
    """Where a file lies does not count, what is in it does."""
    assert told({"a": Asset("1", text="x")}, {"a": Asset("1")}) == []
    assert told({"a": Asset("1")}, {"a": Asset("2")}) == [("a", "update", False)]


def test_true_is_not_one() -> None:
    """A switch that becomes a number has changed."""
    assert told({"a": True}, {"a": 1}) == [("a", "update", False)]


def test_replacement_is_by_path_and_ignoring_too() -> None:
    """At, above or below a replacing path; at or below an ignored one, with a star for any element."""
    old, new = {"a": {"b": 1, "c": 1}, "l": [{"x": 1}]}, {"a": {"b": 2, "c": 2}, "l": [{"x": 2}]}
    assert told(old, new, replace_on=["a.b"], ignore=["l[*].x"]) == [("a.b", "update", True), ("a.c", "update", False)]
    assert told({}, {"a": {"b": 1}}, replace_on=["a.b"]) == [("a", "add", True)]
