"""What a command prints in a locale that lacks some of it."""

import io
import sys

import pytest

from slipway.__main__ import print_whatever_the_locale

PATH = b"caf\xe9".decode("utf-8", "surrogateescape")
"""A file's name whose bytes are no text in UTF-8."""


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [("latin-1", b"\xe9? caf?"), ("ascii", b"?? caf?"), ("utf-8", b"\xc3\xa9\xe2\x80\xa6 caf\\udce9")],
)
def test_what_the_encoding_lacks_ends_no_command(encoding: str, printed: bytes, monkeypatch: pytest.MonkeyPatch):
    """It is printed in another way."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    print_whatever_the_locale()
    print(f"é… {PATH}", end="", flush=True)
    assert written.getvalue() == printed
