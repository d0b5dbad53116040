"""Requirements files, read by allow-list: what a line may hold is listed here, all else is refused.

Index options are settings of the machine that deploys (``UV_INDEX`` and its kin, or uv's configuration), never of an
app's file: a file that a colleague wrote could send every installation to a server of theirs.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.bundle import requirement_lines
from slipway.bundle.errors import BundleError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

INDEX_OPTIONS = re.compile(
    r"(?:^|\s)(-i|--index-url|--extra-index-url|-f|--find-links|--no-index|--trusted-host|--pre|--prefer-binary|"
    r"--no-binary|--only-binary|--use-feature|--global-option|--config-settings)(?=[\s=]|$)"
)
_DEFAULT_INDEX = re.compile(r"(?:-i|--index-url)[\s=]+[\"']?https://pypi\.(?:org|python\.org)/simple/?[\"']?")
"""The index that every installer takes unasked, as Pipenv's exports name it: the machine's own stands for it."""
_HARMLESS = frozenset({"--prefer-binary", "--pre"})
_BINARY = re.compile(r"(?<=\S)\s+--(?:no|only)-binary[\s=]+\S+")
"""After a requirement: whether a wheel is preferred, which the platform decides."""
_HASH = re.compile(r"\s--hash[=\s]+(sha(?:256|384|512):[0-9a-f]+)(?=\s|$)")
_OF_CONDA = re.compile(r"([A-Za-z0-9._-]+)=([^=\s]+)=\S+")
_INCLUDE = re.compile(r"(?:-r|--requirement)[\s=]*(\S+)")
_CONSTRAINT = re.compile(r"(?:-c|--constraint)[\s=]*(\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)[\s=]*(\S.*)")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One requirement of a file: of the index, or of a ``folder`` of this machine."""

    file: str
    number: int
    text: str
    requirement: "Requirement | None" = None
    hashes: tuple[str, ...] = ()
    folder: str = ""
    constraint: bool = False
    """Whether it only narrows what others ask for."""

    @property
    def pinned(self) -> str:
        """The exact version that it asks for; "" where it asks for another kind."""
        if self.requirement is None or self.requirement.url:
            return ""
        exact = [one for one in self.requirement.specifier if one.operator in ("==", "===")]
        return (
            exact[0].version
            if len(self.requirement.specifier) == len(exact) == 1 and "*" not in exact[0].version
            else ""
        )


def lines_of(
    text: str, read: Callable[[str], str], *, file: str, constraint: bool = False, depth: int = 0, folder: str = ""
) -> Iterator[Line]:
    """The requirements of a file and of those it includes, which ``read`` returns by their paths.

    ``folder`` is where the file is, relative to the first one: a path that it includes starts there. Raises
    :class:`BundleError`, with file and line, for what a line may not hold.
    """
    if wrong := requirement_lines.encoding_error(text):
        raise BundleError(f"{file} {wrong}")
    if depth > 10:
        raise BundleError(f"{file} includes itself")
    for joined in requirement_lines.lines_of(text):
        line, here = _BINARY.sub("", joined.text).strip(), joined.number
        if _DEFAULT_INDEX.fullmatch(line):
            continue
        if option := INDEX_OPTIONS.search(line):
            if line in _HARMLESS:
                continue
            raise BundleError(
                f"{file}, line {here}: {line[:80]!r} has the option {option[1]}: {requirement_lines.INDEX}"
            )
        if match := _INCLUDE.fullmatch(line) or _CONSTRAINT.fullmatch(line):
            below, narrows = posixpath.join(folder, match[1]), constraint or bool(_CONSTRAINT.fullmatch(line))
            yield from lines_of(
                read(below),
                read,
                file=below,
                constraint=narrows,
                depth=depth + 1,
                folder=posixpath.dirname(below),
            )
        elif match := _EDITABLE.fullmatch(line):
            yield _local_or_url(match[1].strip(), file, here)
        elif line.startswith(("./", "../", "file:")) or line == ".":
            yield Line(file=file, number=here, text=line, folder=_folder(line))
        else:
            yield _requirement(line, file, here, constraint=constraint)


def _requirement(line: str, file: str, number: int, *, constraint: bool) -> Line:
    from packaging.requirements import InvalidRequirement, Requirement

    hashes = tuple(_HASH.findall(f" {line}"))
    bare = _HASH.sub("", f" {line}").strip()
    if line.startswith(("git+", "https://")):
        return _local_or_url(line, file, number)
    if line.startswith("-") or " --" in bare:
        option = next(word for word in bare.split() if word.startswith("-"))
        raise BundleError(f"{file}, line {number}: holds {option}, which is no part of a requirement: take it out")
    try:
        requirement = Requirement(bare)
    except InvalidRequirement as wrong:
        if conda := _OF_CONDA.fullmatch(bare):
            raise BundleError(
                f"{file}, line {number}: holds {bare[:80]!r}, as `conda list --export` writes it: write "
                f"{conda[1]}=={conda[2]}, and leave out what is no package of Python's"
            ) from None
        raise BundleError(
            f"{file}, line {number}: holds {bare[:80]!r}, which is no requirement: {str(wrong).splitlines()[0]}"
        ) from None
    if requirement.url:
        _check_url(requirement.url, file, number)
        if requirement.url.startswith("file:///") and not Path(_folder(requirement.url)).exists():
            raise BundleError(
                f"{file}, line {number}: takes {requirement.name} from a folder of the machine that wrote the list, as "
                f"conda's pip does: write {requirement.name} alone, or with ==VERSION (`pip list --format=freeze`)"
            )
        if requirement.url.startswith("file:"):
            return Line(file=file, number=number, text=bare, folder=_folder(requirement.url))
    return Line(file=file, number=number, text=bare, requirement=requirement, hashes=hashes, constraint=constraint)


def _local_or_url(text: str, file: str, number: int) -> Line:
    from packaging.requirements import Requirement

    if text.startswith(("git+", "https://")):
        _check_url(text.partition("#")[0], file, number)
        if named := re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", text):
            requirement = Requirement(f"{named[1]} @ {text.partition('#')[0]}")
            return Line(file=file, number=number, text=str(requirement), requirement=requirement)
        raise BundleError(f"{file}, line {number}: names no package: write it as NAME @ {text}")
    return Line(file=file, number=number, text=text, folder=_folder(text))


def _check_url(url: str, file: str, number: int) -> None:
    if url.startswith("git+"):
        if not re.search(r"@[0-9a-f]{40}$", url):
            raise BundleError(
                f"{file}, line {number}: takes {url} by no commit: end it in @ and the commit's 40 digits"
            )
    elif not url.startswith(("https://", "file:")):
        raise BundleError(
            f"{file}, line {number}: takes a package from {url.partition(':')[0]}://, which others may change on "
            "its way: use https"
        )


def _folder(text: str) -> str:
    return text.removeprefix("file://").removeprefix("file:").partition("[")[0].strip() or "."


def locked(lines: list[Line]) -> bool:
    """Whether the lines are a lock: each pinned to one version, with hashes."""
    return bool(lines) and all(line.pinned and line.hashes for line in lines)
