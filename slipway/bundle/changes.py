"""Why did this change? What differs between the artifact that is deployed and the one a folder makes now."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.bundle import records
from slipway.bundle.artifact import Artifact
from slipway.bundle.cache import Cache
from slipway.bundle.errors import BundleError
from slipway.wire.outputs import ArtifactOutput

_DIST_INFO = re.compile(r"(?:^|/)([^/]+)-([^-/]+)\.dist-info/")
_ITS_OWN = "0+"
"""How the version of a package starts that we made ourselves (a pipeline's wheel): its files are the app's own."""


@dataclass(frozen=True)
class Moved:
    """A package whose version differs; None where it is not there. The same twice: another build of that version."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Why:
    """The difference between two artifacts; false where there is none."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    packages: tuple[Moved, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.packages)

    def lines(self) -> Iterator[str]:
        """The difference in words, a line a file or package."""
        if not self:
            yield "nothing changed: what is deployed is what the folder makes"
        for mark, paths in (("+", self.added), ("-", self.removed), ("~", self.changed)):
            yield from (f"{mark} {path}" for path in paths)
        yield from (_line(moved) for moved in self.packages)


def why(old: Mapping[str, str], new: Mapping[str, str], owners: Mapping[str, str] | None = None) -> Why:
    """The difference between two manifests (path -> sha256), or between their summaries, or one of each.

    ``owners`` (path -> package; see ``Artifact.owners``, of both artifacts together) tells packages' files from the
    app's own, which are named one by one. Without it, what lies in a folder or module called as a package counts as
    that package's.
    """
    old, new = summary_of(old, owners), summary_of(new, owners)
    before, after = _packages(old), _packages(new)
    own_before, own_after = _own(old, before), _own(new, after)
    return Why(
        added=tuple(sorted(own_after.keys() - own_before.keys())),
        removed=tuple(sorted(own_before.keys() - own_after.keys())),
        changed=tuple(sorted(p for p in own_before.keys() & own_after.keys() if own_before[p] != own_after[p])),
        packages=tuple(
            Moved(name, _version(before, name), _version(after, name))
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ),
    )


def summary_of(manifest: Mapping[str, str], owners: Mapping[str, str] | None = None) -> dict[str, str]:
    """The part of a manifest that tells every change, small enough to be uploaded beside each artifact.

    It is the app's own files, and of each package the two files that name its version and its build (``METADATA`` and
    ``WHEEL``): the other files of a hashed wheel follow from these.
    """
    packages = {name for name, (version, _) in _packages(manifest).items() if not version.startswith(_ITS_OWN)}
    owned = owners or {}
    telling = (".dist-info/METADATA", ".dist-info/WHEEL")
    return {
        path: sha256
        for path, sha256 in manifest.items()
        if path.endswith(telling) or not (owned.get(path) or _looks_owned(path, packages, declared=bool(owned)))
    }


def summary(artifact: Artifact) -> dict[str, str]:
    """The summary of an artifact's manifest: what is uploaded beside the artifact."""
    return summary_of(artifact.manifest, artifact.owners)


def artifact_output(artifact: Artifact) -> ArtifactOutput:
    """What a stack's outputs keep of an artifact, so that ``--why`` can compare and make it again later."""
    plain = {name: value for name, value in artifact.options.items() if isinstance(value, (str, bool, int)) and value}
    return {"digest": artifact.digest, "kind": artifact.kind, "options": plain}


def why_deployed(artifact: Artifact, digest: str, deployed: Mapping[str, str] | None, cache: Cache) -> Why:
    """What differs between the deployed artifact and the present one.

    ``digest`` is the deployed one's; ``deployed`` its manifest or summary, None if the caller has neither: then the
    store has it. Raises :class:`BundleError` if it does not, naming what to do.
    """
    if digest == artifact.digest:
        return Why()
    noted = described(digest, cache)
    owners = dict(artifact.owners) | (noted["owners"] if noted else {})
    # A manifest from elsewhere does not tell which package brought a file: the names of folders have to do.
    old = noted["manifest"] if noted else None if deployed is None else summary_of(deployed)
    if old is None:
        raise BundleError(
            f"the manifest of what is deployed ({digest[:12]}) is not in {cache.root}: "
            "check out the deployed revision, run `slipway bundle` there, then ask again"
        )
    return why(old, artifact.manifest, owners)


def described(digest: str, cache: Cache) -> dict[str, dict[str, str]] | None:
    """What the cache knows of the artifact with this digest: ``manifest``, ``sizes``, ``owners``, ``packages``."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise BundleError(f"{digest!r} is no digest of an artifact: 64 hex digits")
    record = records.read_json(cache.root / "artifacts" / f"{digest}.json")
    return record if isinstance(record, dict) and "manifest" in record else None


def _packages(manifest: Mapping[str, str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Package -> version, and what tells one build of it from another."""
    result: dict[str, tuple[str, tuple[str, ...]]] = {}
    for path, sha256 in sorted(manifest.items()):
        match = _DIST_INFO.search(path)
        if match and path.endswith(("/METADATA", "/WHEEL")):
            name = re.sub(r"[-_.]+", "-", match[1]).lower()
            version, builds = result.get(name, (match[2], ()))
            result[name] = (version, (*builds, sha256))
    return result


def _own(summary: Mapping[str, str], packages: Mapping[str, tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    return {path: sha256 for path, sha256 in summary.items() if not (packages and _DIST_INFO.search(path))}


def _version(packages: Mapping[str, tuple[str, tuple[str, ...]]], name: str) -> str | None:
    return packages[name][0] if name in packages else None


def _looks_owned(path: str, packages: set[str], *, declared: bool) -> bool:
    """Whether the path goes with a package by its looks; a dist-info always does."""
    match = _DIST_INFO.search(path)
    if match:
        return not match[2].startswith(_ITS_OWN)
    if declared:
        return False
    top = path.removeprefix("python/").split("/")[0].split(".")[0]
    return re.sub(r"[-_.]+", "-", top).lower() in packages


def _line(moved: Moved) -> str:
    if moved.old is None:
        return f"+ package {moved.name} {moved.new}"
    if moved.new is None:
        return f"- package {moved.name} {moved.old}"
    if moved.old == moved.new:
        return f"~ package {moved.name} {moved.new}, another build of it"
    return f"~ package {moved.name} {moved.old} -> {moved.new}"
