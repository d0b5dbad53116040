"""``slipway bundle APP``, as it is typed most often, without what only the other commands need: no parser, no rich.

Where nothing changed, the answer is there before anything of the bundle is loaded.
"""

import os
import sys

from slipway.bundle import seen

TYPE_CHECKING = False  # as type checkers know it: importing `typing` takes longer than answering

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from slipway.bundle.artifact import Artifact
    from slipway.bundle.cache import Cache
    from slipway.project import Project


def plain(name: str) -> int:
    """Make the artifact of the app called ``name``, say what and where it is; the command's exit status."""
    found = _unchanged(name)
    if found is not None:
        print(said_of(*found))
        return 0
    import gc

    from slipway.project import Project, UserError

    gc.disable()  # a short life without cycles: looking for them takes a tenth of it
    try:
        project = Project.find()
        artifact = made(folder_of(project, name), "", {}, cache_of(project))
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 1
    print(said_of(artifact.kind, artifact.digest, str(artifact.path)))
    return 0


def said_of(kind: str, digest: str, place: str) -> str:
    """What the command says of an artifact."""
    return f"{kind} {digest}\n{place}"


def cache_of(project: "Project") -> "Cache":
    """The project's cache of artifacts."""
    from slipway.bundle.cache import Cache

    return Cache.at(project.home)


def folder_of(project: "Project", name: str) -> "Path":
    """The folder of the app called ``name``; hyphens stand for underscores. Raises ``UserError``, naming the apps."""
    from slipway.project import UserError, nearest

    apps = sorted(
        path.name for path in (project.root / "app_src").glob("*") if path.is_dir() and path.name[0] not in "._"
    )
    folder = name.replace("-", "_")
    if folder not in apps:
        raise UserError(f"there is no app {name!r}{nearest(folder, apps)}: app_src has {', '.join(apps) or 'none'}")
    return project.root / "app_src" / folder


def made(source: "Path", kind: str, options: "Mapping[str, Any]", cache: "Cache") -> "Artifact":
    """The artifact of a folder; what it looks meant for where ``kind`` is "". Raises ``UserError``."""
    from slipway.bundle.build import build
    from slipway.bundle.errors import BundleError
    from slipway.bundle.kinds import kind_named, kind_of
    from slipway.project import UserError

    try:
        return build(kind_named(kind) if kind else kind_of, source, cache=cache, **options)
    except BundleError as mistake:
        raise UserError(str(mistake)) from None


def _unchanged(name: str) -> list[str] | None:
    """Kind, digest and place of the artifact, where the app is known and as it was; whatever else is not for here."""
    root = os.getcwd()  # noqa: PTH109
    while not os.path.isfile(f"{root}/Pulumi.yaml"):  # noqa: PTH113
        root, _, below = root.rpartition("/")
        if not below:
            return None
    home = os.path.abspath(os.environ.get("SLIPWAY_HOME") or f"{root}/.slipway")  # noqa: PTH100
    app, cache = name.replace("-", "_"), f"{home}/cache/bundle"
    if not app.isidentifier():
        return None
    found = seen.recall(cache, os.path.realpath(f"{root}/app_src/{app}"), "")
    if found is None:
        return None
    try:
        os.utime(f"{found[0][2]}.members")
    except OSError:
        return None
    return found[0]
