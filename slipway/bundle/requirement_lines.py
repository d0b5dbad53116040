"""What a line of an app's requirements file may hold: read with ``packaging``, as pip and uv read it.

An allow-list: a package by name, its extras, one exact version, a marker, and hashes. Where packages come from is a
setting of the machine or the stack (``UV_DEFAULT_INDEX``, ``PIP_INDEX_URL``), never of a file that comes with an app: a
line of a colleague must not send everybody's builds to another index.
Source: pip's "Requirements File Format", PEP 508, PEP 440.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

HASHES = re.compile(r"sha(?:256|384|512):[0-9a-f]+")
"""A hash of an algorithm that pip takes. A digest of another length matches no file, which the installer says."""

INDEX = "where packages come from is a setting of the machine (UV_DEFAULT_INDEX, PIP_INDEX_URL), never of an app's file"

_CODING = re.compile(r"^[^#]*#.*?coding[:=]\s*([-\w.]+)")
_COMMENT = re.compile(r"(^|\s+)#.*$")
_HASH = re.compile(r"\s--hash[= ](\S+)")
_OPTION = re.compile(r"(?:^|\s)(--?[A-Za-z][\w-]*)")
_INDEX_OPTIONS = frozenset(
    {
        "-i", "--index-url", "--pypi-url", "--extra-index-url", "--no-index", "-f", "--find-links", "--trusted-host",
        "--default-index", "--index", "--proxy", "--cert", "--client-cert",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Line:
    """One requirement of a file, its continuations joined and its comment taken off. ``number`` is its first line's."""

    number: int
    text: str


def lines_of(text: str) -> Iterator[Line]:
    """The lines that say something.

    pip and uv do not agree where a comment and a line end: what either takes for a line of its own is one here.
    """
    parts: list[str] = []
    begins = 1
    for number, physical in enumerate(text.splitlines(), 1):
        code = _COMMENT.sub("", physical)
        continued = code == physical and code.endswith("\\")
        parts.append(code.removesuffix("\\") if continued else code)
        if continued:
            continue
        if stripped := " ".join(parts).strip():
            yield Line(number=begins, text=stripped)
        parts, begins = [], number + 1
    if stripped := " ".join(parts).strip():
        yield Line(number=begins, text=stripped)


def encoding_error(text: str) -> str:
    """Why pip would read other lines than these; "" where it reads the same: it honours a ``coding:`` comment."""
    declared = next((match for line in text.splitlines()[:2] if (match := _CODING.match(line))), None)
    if declared is None or declared[1].lower().replace("_", "-") in ("utf-8", "utf8", "ascii", "us-ascii"):
        return ""
    return f"declares the encoding {declared[1]}: requirements are UTF-8"


def pin_error(line: Line) -> str:
    """Why the line is no package pinned with ``==`` and a hash; "" where it is one."""
    if "${" in line.text:
        return "names a variable of the environment: it would be another line on another machine"
    hashes = _HASH.findall(line.text)
    rest = _HASH.sub("", line.text)
    if wrong := option_error(rest) or _hash_error(hashes):
        return wrong
    requirement = _parsed(rest)
    if requirement is None:
        return "is not a requirement (PEP 508)"
    if requirement.url is not None:
        return "names an address: a package comes from the index, by its name"
    if _exact_version(requirement) is None:
        return "is not pinned with == to one version"
    return ""


def option_error(text: str) -> str:
    """Why a line with these options is refused, whatever else it holds; "" where it has none."""
    option = _OPTION.search(text)
    if option is None:
        return ""
    if option[1] in _INDEX_OPTIONS:
        return f"has the option {option[1]}: {INDEX}"
    return f"has the option {option[1]}"


def pinned_name(line: Line) -> str | None:
    """The name of the package on the line as the line spells it; None where it has none."""
    requirement = _parsed(_HASH.sub("", line.text))
    return requirement.name if requirement else None


def pinned_version(line: Line) -> str:
    """The version that the line pins; "" where it pins none."""
    requirement = _parsed(_HASH.sub("", line.text))
    version = _exact_version(requirement) if requirement else None
    return str(version) if version else ""


def _hash_error(hashes: list[str]) -> str:
    if not hashes:
        return "has no --hash"
    wrong = next((value for value in hashes if not HASHES.fullmatch(value)), None)
    return f"has the hash {wrong[:40]!r}: hashes are sha256, sha384 or sha512 in hexadecimal digits" if wrong else ""


def _parsed(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _exact_version(requirement: Requirement) -> Version | None:
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==":
        return None
    try:
        return Version(specifiers[0].version)
    except InvalidVersion:  # `==1.*`
        return None
