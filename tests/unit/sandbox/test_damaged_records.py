"""What a sandbox writes down of itself, damaged: as none, so that the next start makes it anew."""

from pathlib import Path

import pytest

from slipway.sandbox.services import keys, registry

DAMAGED = ["", "{", "[]", "{}", '{"services": 1}', '"text"', "null"]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_record_of_services_is_none(tmp_path: Path, text: str):
    """An empty one is what a machine that lost its power leaves."""
    registry.save(tmp_path, {})
    (registry.folder(tmp_path) / registry.FILE).write_text(text)
    assert registry.load(tmp_path) == {}


@pytest.mark.parametrize("text", DAMAGED)
def test_damaged_keys_are_drawn_anew(tmp_path: Path, text: str):
    """The services that have the old ones are ended by the same start."""
    before = keys.ensure(tmp_path)
    (registry.folder(tmp_path) / "keys.json").write_text(text)
    assert keys.load(tmp_path) is None
    assert keys.ensure(tmp_path) != before
