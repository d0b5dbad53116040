"""Names of images: ``HOST/PATH:TAG@DIGEST``, taken apart as Docker does."""

import re
from dataclasses import dataclass

PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
HUB = "docker.io"


@dataclass(frozen=True)
class Name:
    """An image's name. ``host`` is "" where the name has none, which stands for Docker's own hub."""

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


def parse(text: str) -> Name:
    """Take a name apart. Raises :class:`ValueError` with Docker's own words for one that is none."""
    rest, _, digest = text.partition("@")
    first, slash, _ = rest.partition("/")
    is_host = bool(slash) and (any(mark in first for mark in ".:") or first == "localhost")
    host, path = (first, rest[len(first) + 1 :]) if is_host else ("", rest)
    path, colon, tag = path.partition(":")
    if path != path.lower():
        raise ValueError(f'invalid reference format: repository name must be lowercase, got "{text}"')
    wrong = (colon and not TAG.fullmatch(tag)) or (digest and not DIGEST.fullmatch(digest))
    if wrong or not PATH.fullmatch(path) or "@" in digest:
        raise ValueError(f'invalid reference format, got "{text}"')
    return Name(host, path, tag, digest)
