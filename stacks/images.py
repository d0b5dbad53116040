"""Checks of images' names: https://github.com/distribution/reference has their grammar."""

import re

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
"""What a tag may be, less the room that a digest takes after it (128 in all)."""
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
NAME = re.compile(rf"{_PART}(?:/{_PART})*")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
HOST = re.compile(r"(?:localhost|[\w-]+(?:\.[\w-]+)+|[\w.-]+:\d{1,5})")


def version(value: str) -> str:
    """What an image's tag may begin with."""
    if value == "latest":
        raise ValueError("an image's version may not be 'latest', which says nothing: say one, as 1.0.0")
    if not TAG.fullmatch(value):
        raise ValueError(f"an image's tag has 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-', got {value!r}")
    return value


def image(value: str) -> str:
    """An image that somebody else made, by version, by digest or by both: never by ``latest``."""
    name, at, digest = value.partition("@")
    if at and not DIGEST.fullmatch(digest):
        raise ValueError(f"an image's digest is sha256: and 64 hexadecimal digits, got {value!r}")
    host, _, path = name.rpartition("/") if "/" not in name else name.partition("/")
    if not HOST.fullmatch(host):
        host, path = "", name
    path, colon, tag = path.partition(":")
    if path != path.lower():
        raise ValueError(f"an image's name has lower-case letters only, got {value!r}: write {path.lower()!r}")
    if not NAME.fullmatch(path):
        raise ValueError(f"an image's name has a-z, 0-9, '.', '_', '-' and '/' between its parts, got {value!r}")
    if colon and not TAG.fullmatch(tag):
        raise ValueError(f"an image's tag has A-Z, a-z, 0-9, '_', '.' and '-' only, got {value!r}")
    if not digest and tag in ("", "latest"):
        raise ValueError(f"an image needs a version or a digest and not 'latest', got {value!r}: say NAME:VERSION")
    return value


def pinned(value: str) -> bool:
    """Whether an image can only ever be the one it is today."""
    return bool(DIGEST.fullmatch(value.partition("@")[2]))
