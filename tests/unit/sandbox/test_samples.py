"""Events that patterns fit."""

import pytest

from slipway.sandbox.aws.samples import fit


@pytest.mark.parametrize(
    ("pattern", "event"),
    [
        ({"source": ["shop", "store"]}, {"source": "shop"}),
        ({"detail": {"total": [{"numeric": [">", 5, "<", 9]}]}}, {"detail": {"total": 6}}),
        ({"detail": {"total": [{"numeric": ["=", 5]}]}}, {"detail": {"total": 5}}),
        ({"detail": {"key": [{"prefix": "in/"}]}}, {"detail": {"key": "in/"}}),
        ({"detail": {"key": [{"exists": True}]}}, {"detail": {"key": "sample"}}),
        ({"detail": {"key": [{"exists": False}]}}, {"detail": {}}),
        ({"detail": {"kind": [{"anything-but": ["a"]}]}}, {"detail": {"kind": "sample"}}),
    ],
)
def test_a_sample_has_what_its_pattern_asks_for(pattern, event):
    """The first of what a leaf allows."""
    assert fit(pattern) == event
