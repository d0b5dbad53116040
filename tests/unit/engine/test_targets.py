"""The names of ``--target`` and its relatives: a whole URN, ``*`` within one part, ``**`` for any text."""

import pytest

from slipway.engine.plan.targets import Targets

URN = "urn:pulumi:s::p::pulumi:fake:Group$pulumi:fake:Thing::a"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (URN, True),
        ("urn:pulumi:s::p::pulumi:fake:Group$pulumi:fake:Thing::b", False),
        ("urn:pulumi:s::p::pulumi:fake:Group$pulumi:fake:Thing::*", True),
        ("urn:pulumi:*::p::pulumi:fake:Group$pulumi:fake:Thing::a", True),
        ("urn:*::a", False),
        ("urn:**::a", True),
        ("**Thing**", True),
        ("**fake.Thing**", False),
        ("Thing", False),
    ],
)
def test_a_name_means_a_urn_as_a_whole(name, meant):
    """A star stays within a part, two go beyond; all else is literal, and nothing around it may be missing."""
    assert Targets((name,)).contains(URN) is meant


def test_names_that_nothing_has_are_told_without_those_with_a_star():
    """A wildcard that matches nothing is no mistake, a URN that nothing has is one."""
    assert Targets((URN, "**::b", "urn:other")).unknown([URN]) == ["urn:other"]
