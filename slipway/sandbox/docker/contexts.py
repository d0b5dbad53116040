"""Build contexts: a folder, or a tar that the bundle made; what identifies one."""

import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path

DOCKERFILE = "Dockerfile"


def digest(context: Path, dockerfile: Path | None) -> str:
    """What tells one context from another: names, modes and contents of the files that a build gets to see.

    ``dockerfile`` counts too where it lies outside. Raises :class:`OSError` for what cannot be read.
    """
    hasher = hashlib.sha256()
    parts = [*_members(context), *_outside(context, dockerfile)]
    for name, mode, content in sorted(parts):
        hasher.update(f"{name}\0{mode:o}\0{content}\n".encode())
    return hasher.hexdigest()


def problem(context: str, dockerfile: str) -> dict[str, str]:
    """What is wrong with a build's ``context`` and ``dockerfile`` before anything is built; empty where nothing is."""
    if "://" in context or context.startswith("git@"):
        return {"build": f"the context {context!r} is remote: the sandbox builds folders of this machine"}
    place = Path(context)
    if not place.exists():
        return {"build": f"unable to prepare context: path {context!r} not found"}
    if place.is_dir() and not (Path(dockerfile) if dockerfile else place / DOCKERFILE).is_file():
        dockerfile_name = dockerfile or str(place / DOCKERFILE)
        return {"build": f"unable to prepare context: the Dockerfile {dockerfile_name!r} is not there"}
    return {}


def ignored(context: Path) -> list[str]:
    """The patterns of ``.dockerignore``."""
    rules = context / ".dockerignore"
    lines = rules.read_text(encoding="utf-8").splitlines() if rules.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _members(context: Path) -> Iterator[tuple[str, int, str]]:
    if context.is_dir():
        from docker.utils.build import exclude_paths

        for name in exclude_paths(str(context), ignored(context)):
            path = context / name
            if path.is_symlink():
                yield name, 0o777, str(path.readlink())
            elif path.is_file():
                yield name, path.stat().st_mode & 0o111, _sha256(path)
        return
    with tarfile.open(context) as tar:
        for member in tar:
            handle = tar.extractfile(member) if member.isfile() else None
            content = hashlib.sha256(handle.read()).hexdigest() if handle else member.linkname
            yield member.name, member.mode & 0o111, content


def _outside(context: Path, dockerfile: Path | None) -> Iterator[tuple[str, int, str]]:
    if dockerfile and dockerfile.is_file() and not dockerfile.resolve().is_relative_to(context.resolve()):
        yield f"../{dockerfile.name}", 0, _sha256(dockerfile)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
