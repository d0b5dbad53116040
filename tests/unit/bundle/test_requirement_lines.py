"""Which lines an app's lock may hold: packages with one version and hashes, and nothing that pip or uv would obey."""

from pathlib import Path

import pytest

from slipway.bundle import BundleError, Cache, lambda_zip
from slipway.bundle.requirement_lines import lines_of, pin_error

CASES = Path(__file__).parents[2] / "cases/bundle/requirements"
HASH = "sha256:" + "0" * 64


def _cases(name: str) -> list[str]:
    return (CASES / name).read_text(encoding="utf-8").replace("HASH", HASH).split("\n---\n")


@pytest.mark.parametrize("text", _cases("refused.txt"))
def test_a_line_that_is_no_pinned_package_is_refused(text: str):
    """Addresses, index options, loose versions and what hides behind comments and continuations have an error."""
    text = text.encode().decode("unicode_escape")
    assert any(pin_error(line) for line in lines_of(text)), text


@pytest.mark.parametrize("text", _cases("taken.txt"))
def test_a_pinned_package_is_taken(text: str):
    """What `slipway lock` and pip-compile write passes as it is."""
    assert [pin_error(line) for line in lines_of(text)] == [""] * len(list(lines_of(text)))


def test_an_error_names_the_file_the_line_and_the_setting(folder, cache: Cache):
    """A colleague's index is refused with the setting that is meant for it."""
    lock = f"# made\nsix==1.16.0 \\\n    --hash={HASH} --index-url=http://127.0.0.1:1/\n"
    with pytest.raises(BundleError, match=r"requirements\.txt, line 2: .*--index-url: .*UV_DEFAULT_INDEX"):
        lambda_zip(folder({"lambda_function.py": "", "requirements.txt": lock}), cache=cache)


def test_another_encoding_is_refused(folder, cache: Cache):
    """pip would decode the file by its comment, and read other lines than were checked."""
    lock = "# -*- coding: utf-7 -*-\n# +AAo---index-url=http://127.0.0.1:1/\n"
    with pytest.raises(BundleError, match="declares the encoding utf-7"):
        lambda_zip(folder({"lambda_function.py": "", "requirements.txt": lock}), cache=cache)
