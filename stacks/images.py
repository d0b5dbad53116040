"""Checks of images' names: https://github.com/distribution/reference has their grammar."""

import re

from slipway.wire.images import DIGEST, PATH, split

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
"""What a tag may be, less the room that a digest takes after it (128 in all)."""


def version(value: str) -> str:
    """What an image's tag may begin with."""
    if value == "latest":
        raise ValueError("an image's version may not be 'latest', which says nothing: say one, as 1.0.0")
    if not TAG.fullmatch(value):
        raise ValueError(f"an image's tag has 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-', got {value!r}")
    return value


def image(value: str) -> str:
    """An image that somebody else made, by version, by digest or by both: never by ``latest``."""
    name = split(value)
    if "@" in value and not DIGEST.fullmatch(name.digest):
        raise ValueError(f"an image's digest must be sha256: and 64 hexadecimal digits, got {value!r}")
    if name.path != name.path.lower():
        raise ValueError(f"an image's name has lower-case letters only, got {value!r}: write {name.path.lower()!r}")
    if not PATH.fullmatch(name.path):
        raise ValueError(f"an image's name has a-z, 0-9, '.', '_', '-' and '/' between its parts, got {value!r}")
    if name.tag and not TAG.fullmatch(name.tag):
        raise ValueError(f"an image's tag has A-Z, a-z, 0-9, '_', '.' and '-' only, got {value!r}")
    if not name.digest and name.tag in ("", "latest"):
        raise ValueError(f"an image needs a version or a digest and not 'latest', got {value!r}: say NAME:VERSION")
    return value


def pinned(value: str) -> bool:
    """Whether an image can only ever be the one it is today."""
    return bool(DIGEST.fullmatch(split(value).digest))
