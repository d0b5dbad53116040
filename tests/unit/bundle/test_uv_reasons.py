"""uv's refusals in one sentence: a data file a kind, with uv's own output."""

from pathlib import Path

import pytest
import yaml

from slipway.bundle.uv_reasons import sentence

CASES = sorted((Path(__file__).parents[2] / "cases/uv_refusals").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_refusal_is_one_sentence(path: Path):
    """Which package, why, and how to go on."""
    case = yaml.safe_load(path.read_text())
    assert sentence(case["output"]) == case["sentence"]


def test_a_refusal_of_no_known_kind_is_uvs_own():
    """On one line, without the drawing, and no wall of text."""
    assert sentence("  \u00d7 This is new\n  ╰─▶ and unheard of\n") == "This is new and unheard of"
    assert len(sentence("word " * 500)) < 510
    assert sentence("") == "uv gave no reason"
