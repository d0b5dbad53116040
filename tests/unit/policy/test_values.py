"""Plain data from the engine's wire format."""

import pytest

from policy.page import PAGE, with_table
from policy.values import SECRET, UNKNOWN, at, plain
from slipway.wire.images import split
from slipway.wire.signatures import OUTPUT, SIGNATURE, UNKNOWNS
from slipway.wire.signatures import SECRET as SECRET_SIGNATURE


@pytest.mark.parametrize("word", sorted(UNKNOWNS))
def test_each_unknown_word_is_marked(word: str):
    """Of every kind, at any depth."""
    assert plain({"a": [{"b": word}]}) == {"a": [{"b": UNKNOWN}]}


@pytest.mark.parametrize(
    "wire",
    [
        {SIGNATURE: SECRET_SIGNATURE, "value": "hush"},
        {SIGNATURE: OUTPUT, "value": "hush", "secret": True},
        {SIGNATURE: OUTPUT, "secret": True},
    ],
)
def test_a_secret_is_not_kept(wire: dict[str, object]):
    """No rule, and so no message, ever has the value."""
    assert plain({"a": wire}) == {"a": SECRET}


def test_an_output_value_is_its_value():
    """Known where it has one, unknown where it has none."""
    assert plain({SIGNATURE: OUTPUT, "value": [1]}) == [1]
    assert plain({SIGNATURE: OUTPUT, "dependencies": ["urn"]}) is UNKNOWN


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ("a.c", None),
        ("x.y", None),
        ("list.b", 2),
        ("empty.b", None),
        ("dark.b.c", UNKNOWN),
        ("a.b.c", None),
    ],
)
def test_a_path_leads_to_a_value(path: str, found: object):
    """Through objects and lists of one; None where nothing stands; the mark where the way is unknown."""
    assert at({"a": {"b": 1}, "list": [{"b": 2}], "empty": [], "dark": UNKNOWN}, path) == found


@pytest.mark.parametrize(
    ("written", "repository", "tag", "digest"),
    [
        ("a", "a", "", ""),
        ("localhost:5000/a", "localhost:5000/a", "", ""),
        ("localhost:5000/a:1.2", "localhost:5000/a", "1.2", ""),
        ("b/a:1@sha256:0123", "b/a", "1", "sha256:0123"),
    ],
)
def test_an_image_reference_has_three_parts(written: str, repository: str, tag: str, digest: str):
    """A registry's port is no tag."""
    name = split(written)
    assert (name.repository, name.tag, name.digest) == (repository, tag, digest)


def test_the_guide_lists_every_rule():
    """The table in docs/guide/policy.md is today's; `python -m policy.page` renews it."""
    assert PAGE.read_text() == with_table(PAGE.read_text())
