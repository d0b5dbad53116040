"""Random identifiers, in the encodings of the real package."""

import base64
from typing import Any

from slipway.sandbox.random.package import PACKAGE

ID = "random:index/randomId:RandomId"


def test_every_encoding_is_of_the_same_bytes(serving: Any) -> None:
    """Hexadecimal, decimal and both alphabets of base64 agree; the prefix goes before each but the id."""
    id, found = serving(PACKAGE).made(ID, {"byteLength": 5, "prefix": "p-"})
    drawn = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))
    assert len(drawn) == 5
    assert found["hex"] == f"p-{drawn.hex()}"
    assert found["dec"] == f"p-{int.from_bytes(drawn)}"
    assert found["b64Std"] == f"p-{base64.b64encode(drawn).decode()}"
    assert found["b64Url"] == f"p-{id}"


def test_another_keeper_draws_again(serving: Any) -> None:
    """Every change replaces; two identifiers differ."""
    caller = serving(PACKAGE)
    answer = caller.diff(ID, {"byteLength": 5, "keepers": {"a": "1"}}, {"byteLength": 5, "keepers": {"a": "2"}})
    assert list(answer.replaces) == ["keepers"]
    assert caller.made(ID, {"byteLength": 8})[0] != caller.made(ID, {"byteLength": 8})[0]


def test_no_bytes_are_refused(serving: Any) -> None:
    """The error names the property and what it takes."""
    wrong = {"byteLength": "must be a whole number of bytes, 1 or more, got 0"}
    assert serving(PACKAGE).failures(ID, {"byteLength": 0}) == wrong
