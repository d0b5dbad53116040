"""An app's artifact as a command makes it: its folder, the project's cache, and what differs from the deployed one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.changes import described, why_deployed
from slipway.bundle.errors import BundleError
from slipway.bundle.kinds import kind_named, kind_of
from slipway.errors import UserError, nearest
from slipway.stack.manifests import fetch_manifest
from slipway.stack.project import Project


def in_words(kind: str, digest: str, place: str) -> str:
    """The two lines that the command prints of an artifact."""
    return f"{kind} {digest}\n{place}"


def cache_of(project: Project) -> Cache:
    """The project's cache of artifacts."""
    return Cache.at(project.state_folder)


def folder_of(project: Project, name: str) -> Path:
    """The folder of the app called ``name``; hyphens stand for underscores. Raises ``UserError``, naming the apps."""
    apps = sorted(
        path.name for path in (project.root / "app_src").glob("*") if path.is_dir() and path.name[0] not in "._"
    )
    folder = name.replace("-", "_")
    if folder not in apps:
        raise UserError(f"there is no app {name!r}{nearest(folder, apps)}: app_src has {', '.join(apps) or 'none'}")
    return project.root / "app_src" / folder


def build_artifact(source: Path, kind: str, options: Mapping[str, Any], cache: Cache) -> Artifact:
    """The artifact of a folder, of the kind that it looks meant for where ``kind`` is "". Raises ``UserError``."""
    try:
        return build(kind_named(kind) if kind else kind_of, source, cache=cache, **options)
    except BundleError as mistake:
        raise UserError(str(mistake)) from None


def differences(project: Project, name: str, exported: Mapping[str, Any]) -> list[str]:
    """The differences between an app's folder and its deployed artifact, a line each; none where they are equal.

    ``exported`` is its entry in the stack's output ``apps``. Raises ``UserError``.
    """
    cache = cache_of(project)
    artifact = build_artifact(
        source_of(project, name, exported), exported.get("kind", ""), exported.get("options", {}), cache
    )
    if artifact.digest == exported.get("digest"):
        return []
    try:
        return reasons(artifact, exported, cache)
    except UserError:  # the deployed artifact was made on another machine
        return ["its folder differs from the deployed artifact, whose files are not known on this machine"]


def source_of(project: Project, name: str, exported: Mapping[str, Any]) -> Path:
    """An app's folder: the one it was deployed from, else the one of its name."""
    return project.root / exported["source"] if exported.get("source") else folder_of(project, name)


def reasons(artifact: Artifact, exported: Mapping[str, Any], cache: Cache) -> list[str]:
    """Why an artifact differs from the deployed one, a line each. Raises ``UserError``.

    The manifest of the deployed one is in the store of the machine that made it; elsewhere the artifact is read again.
    """
    digest = str(exported.get("digest", ""))
    try:
        in_store = digest == artifact.digest or described(digest, cache) is not None
        deployed = None if in_store else fetch_manifest(exported.get("artifact_url", ""), digest)
        return list(why_deployed(artifact, digest, deployed, cache).lines())
    except BundleError as mistake:
        raise UserError(str(mistake)) from None
