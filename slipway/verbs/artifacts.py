"""An app's artifact as a command makes it: its folder, the project's cache, and what differs from the deployed one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.changes import described, why_deployed
from slipway.bundle.errors import BundleError
from slipway.bundle.interpreters import OWN
from slipway.bundle.kinds import kind_named, kind_of
from slipway.bundle.locks import lock
from slipway.bundle.made_dockerfile import made_dockerfile
from slipway.bundle.platforms import Platform, debian_platform, lambda_platform
from slipway.errors import UserError, nearest
from slipway.recognise import recognise
from slipway.recognise.destinations import destinations
from slipway.recognise.kinds import KINDS, options_of
from slipway.stack.manifests import fetch_manifest
from slipway.stack.project import Project
from slipway.stack.settings_file import config_of
from slipway.verbs.changed_lines import with_lines


def in_words(kind: str, digest: str, place: str) -> str:
    """The two lines that the command prints of an artifact."""
    return f"{kind} {digest}\n{place}"


def cache_of(project: Project) -> Cache:
    """The project's cache of artifacts."""
    return Cache.at(project.state_folder)


def folder_of(project: Project, name: str, stack: str = "sandbox") -> Path:
    """The folder of an app: its name in a stack (``stack`` first), its folder's path, or its folder in ``app_src``.

    Raises ``UserError``, naming the apps.
    """
    text = Path(name).expanduser()
    if ("/" in name or name in (".", "..")) and text.is_dir():
        return text.resolve()
    declared = apps_of(project, stack)
    if name in declared:
        return (project.root / declared[name]["source"]).resolve()
    own = {
        path.name: path for path in (project.root / "app_src").glob("*") if path.is_dir() and path.name[0] not in "._"
    }
    folder = name.replace("-", "_")
    if folder in own:
        return own[folder]
    if name and text.is_dir():
        return text.resolve()
    existing = sorted({*declared, *own})
    near = nearest(name, existing) or nearest(folder, existing)
    raise UserError(
        f"there is no app {name!r}{near}: the stack {stack!r} and app_src have {', '.join(existing) or 'none'}; "
        "another folder is named by its path, as ../shop"
    )


def apps_of(project: Project, stack: str) -> dict[str, Mapping[str, Any]]:
    """The apps that a stack's file declares, with their settings; none for a stack without a file."""
    if stack not in project.stacks:
        return {}
    apps = config_of(project, stack).get("slipway:apps") or {}
    return {name: app for name, app in apps.items() if isinstance(app, Mapping) and "source" in app}


def app_artifact(project: Project, name: str, stack: str = "sandbox") -> Artifact:
    """The artifact of an app by its name: a folder of ``app_src`` by its look, another for its platform in the stack.

    Raises ``UserError``.
    """
    folder, cache = folder_of(project, name, stack), cache_of(project)
    if folder.parent == project.root / "app_src":
        return build_artifact(folder, "", {}, cache)
    settings = apps_of(project, stack).get(name, {})
    return recognised_artifact(
        folder, settings.get("platform", ""), cache, str(settings.get("python", "")), settings.get("allow_keys_in", ())
    )


def recognised_artifact(
    folder: Path,
    platform: str,
    cache: Cache,
    python: str = "",
    allow_keys_in: Sequence[str] = (),
    entry: str = "",
) -> Artifact:
    """The artifact of a folder for a platform ("": the first that takes it) and a Python ("": this machine's).

    ``allow_keys_in`` are its files that may hold a key, ``entry`` counts for the one that is recognised. Raises
    ``UserError``.
    """
    python = python or OWN
    try:
        visited = recognise(folder)
        visited = replace(visited, entry=entry or visited.entry)
        possible = [one.platform for one in destinations(visited) if one.possible]
        if not possible or (platform and platform not in possible):
            row = next((one for one in destinations(visited) if one.platform == platform), destinations(visited)[0])
            raise UserError(f"{folder.name} cannot go to {row.platform}: {row.why}")
        chosen = platform or possible[0]
        options = {**options_of(visited, chosen, python), "allow_keys_in": list(allow_keys_in)}
        return build_artifact(folder, KINDS[chosen], options, cache)
    except BundleError as mistake:
        raise UserError(str(mistake)) from None


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
        return with_lines(reasons(artifact, exported, cache), artifact, str(exported.get("digest", "")), cache)
    except UserError:  # the deployed artifact was made on another machine
        return ["its folder differs from the deployed artifact, whose files are not known on this machine"]


def source_of(project: Project, name: str, exported: Mapping[str, Any], stack: str = "sandbox") -> Path:
    """An app's folder: the one it was deployed from, else the one of its name."""
    return project.root / exported["source"] if exported.get("source") else folder_of(project, name, stack)


def lock_app(project: Project, name: str, stack: str, *, upgrade: bool) -> Path:
    """Lock an app's dependencies for its platform in a stack; the lock. Raises ``UserError``."""
    folder = folder_of(project, name, stack)
    settings = apps_of(project, stack).get(name, {})
    try:
        return lock(
            folder, upgrade=upgrade, platform=wheels_for(settings.get("platform", ""), settings.get("python", ""))
        )
    except BundleError as mistake:
        raise UserError(str(mistake)) from None


def wheels_for(platform: str, python: str = "") -> Platform:
    """What a platform's wheels are chosen for; the machine's own Python where none is given. Raises BundleError."""
    version = python or OWN
    return lambda_platform(version, "x86_64") if platform == "lambda" else debian_platform(version, "x86_64")


def dockerfile_of(folder: Path) -> str:
    """The Dockerfile that an app is built by: its own, else the one that is made. Raises ``UserError``."""
    try:
        visited = recognise(folder)
        if visited.dockerfile:
            return (folder / visited.dockerfile).read_text(encoding="utf-8")
        python = visited.python_version or OWN
        return made_dockerfile(visited.entry, str(visited.interface or ""), visited.command, python=python)
    except BundleError as mistake:
        raise UserError(str(mistake)) from None


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
