"""Lists of requirements that conda has written are refused in a sentence that says what to write."""

import pytest

from slipway.bundle import BundleError
from slipway.bundle.locks.requirements import lines_of


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("numpy=1.19.2=py38h54aff64_0", r"line 1: holds 'numpy=1\.19.*`conda list --export`.*write numpy==1\.19\.2"),
        (
            "attrs @ file:///tmp/build/80754af9/attrs_1620/work",
            r"line 1: takes attrs from a folder .*write attrs alone",
        ),
    ],
)
def test_a_list_of_conda_is_refused(line: str, words: str):
    """By the line, with what pip takes instead."""
    with pytest.raises(BundleError, match=words):
        list(lines_of(line, lambda name: "", file="requirements.txt"))
