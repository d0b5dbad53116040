"""References to container images, ``HOST/PATH:TAG@DIGEST``, taken apart as Docker does: the one place that does.

https://github.com/distribution/reference has their grammar.
"""

import re
from dataclasses import dataclass

_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
PATH = re.compile(rf"{_PART}(?:/{_PART})*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
HUB = "docker.io"


@dataclass(frozen=True)
class Name:
    """A reference. ``host`` is "" where it has none, which stands for Docker's own hub."""

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """Without tag and digest."""
        return f"{self.host}/{self.path}" if self.host else self.path

    @property
    def tagged(self) -> str:
        """What Docker calls it without a digest; no tag means ``latest``."""
        return f"{self.repository}:{self.tag or 'latest'}"

    @property
    def reference(self) -> str:
        """By digest where it has one, else by tag."""
        return f"{self.repository}@{self.digest}" if self.digest else self.tagged

    @property
    def error(self) -> str:
        """Why Docker would refuse it, in Docker's own words; "" where it is a reference."""
        if self.path != self.path.lower():
            return "invalid reference format: repository name must be lowercase"
        whole = PATH.fullmatch(self.path)
        fits = (not self.tag or TAG.fullmatch(self.tag)) and (not self.digest or DIGEST.fullmatch(self.digest))
        return "" if whole and fits else "invalid reference format"


def split(text: str) -> Name:
    """The parts of a reference, which need not be a valid one: see :attr:`Name.error`."""
    rest, _, digest = text.partition("@")
    first, slash, _ = rest.partition("/")
    # A first part with a dot or a port, or `localhost`, is a host; any other one is a part of the path.
    is_host = bool(slash) and (any(mark in first for mark in ".:") or first == "localhost")
    host, path = (first, rest[len(first) + 1 :]) if is_host else ("", rest)
    path, _, tag = path.partition(":")
    return Name(host, path, tag, digest)


def parse(text: str) -> Name:
    """Take a reference apart. Raises :class:`ValueError` with Docker's own words for one that is none."""
    name = split(text)
    hollow = text.endswith((":", "@"))  # a mark without what it announces
    if wrong := name.error or ("invalid reference format" if hollow else ""):
        raise ValueError(f'{wrong}, got "{text}"')
    return name
