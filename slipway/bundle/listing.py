"""What is in an artifact and what was left out, in words."""

from collections.abc import Iterator

from slipway.bundle.artifact import Artifact
from slipway.bundle.names import shown


def listing(artifact: Artifact) -> Iterator[str]:
    """The app's own files with their sizes, the packages with theirs, what was left out and why, and the totals."""
    own = {path: size for path, size in artifact.sizes.items() if not artifact.owners.get(path)}
    yield f"{artifact.kind} {artifact.digest}"
    yield f"in it, of the app ({_files(len(own))}, {_size(sum(own.values()))}):"
    yield from (f"  {_size(size):>10}  {path}" for path, size in own.items())
    if artifact.packages:
        theirs = sum(artifact.sizes.values()) - sum(own.values())
        yield f"in it, of packages ({_files(len(artifact.sizes) - len(own))}, {_size(theirs)}):"
        for name, version in sorted(artifact.packages.items()):
            sizes = [artifact.sizes[path] for path, owner in artifact.owners.items() if owner == name]
            yield f"  {_size(sum(sizes)):>10}  {name} {version} ({_files(len(sizes))})"
    if artifact.left_out:
        yield "left out:"
        yield from (f"  {_name(one.path)}: {one.why}" for one in artifact.left_out)
    yield f"{_size(artifact.size)} packed, {_size(artifact.unpacked)} unpacked: {artifact.path}"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} kB" if count < 1024**2 else f"{count / 1024**2:.1f} MB"


def _name(path: str) -> str:
    # What is left out was never checked: its name may hold anything.
    return path if shown(path) == repr(path) else shown(path)
