"""What the command's own preview says, told as a review is."""

from datetime import date
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from slipway.bundle.cache import Cache
from slipway.errors import UserError
from slipway.review.document import document
from slipway.review.markdown import markdown
from slipway.review.preview import read_preview

CASE = Path(__file__).parents[2] / "cases" / "review" / "preview" / "real-stack.json"
TODAY = date(2026, 1, 1)


def test_a_real_stacks_preview(tmp_path: Path, snapshot: SnapshotAssertion):
    """Replacement, update and deletion with their properties; what stays the same is only counted."""
    review = read_preview(CASE, Cache(tmp_path), TODAY)
    (env,) = review.environments
    assert env.counts == {"replace": 1, "delete": 1, "create": 0, "update": 1, "same": 41}
    assert [(item.name, item.op) for item in env.items] == [("logs", "replace"), ("old", "delete"), ("hello", "update")]
    assert markdown(review) == snapshot


def test_no_secret_passes(tmp_path: Path):
    """Neither sealed nor masked: a secret in the file is a mark in the report, and no difference by itself."""
    text = document(read_preview(CASE, Cache(tmp_path), TODAY))
    assert "precious" not in text
    assert "KEY" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("{}", "holds no preview"),
        ("[1]", "holds no preview"),
        ('{"changeSummary": {}, "steps": [{"op": "create"}]}', "holds no preview that can be read"),
        ('{"changeSummary": {}, "steps": [1]}', "holds no preview that can be read"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, said: str):
    """A wrong file is one message that says how to make the right one."""
    file = tmp_path / "preview.json"
    file.write_text(text)
    with pytest.raises(UserError, match=said):
        read_preview(file, Cache(tmp_path), TODAY)


def test_a_file_that_is_not_there(tmp_path: Path):
    """It is named, with the reason."""
    with pytest.raises(UserError, match="cannot be read: No such file"):
        read_preview(tmp_path / "none.json", Cache(tmp_path), TODAY)
