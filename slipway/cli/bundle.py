"""The commands ``bundle`` and ``lock``; the stack's outputs come from the module that mounts them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer

from slipway.bundle.listing import listing
from slipway.cli.options import group, guarded
from slipway.errors import UserError
from slipway.stack.project import Project
from slipway.verbs.artifacts import (
    apps_of,
    build_artifact,
    cache_of,
    dockerfile_of,
    in_words,
    lock_app,
    reasons,
    recognised_artifact,
    source_of,
)
from slipway.verbs.deployments import details

Deployed = Callable[[str, str], Mapping[str, Any]]
"""``deployed(stack, app)``: the app's entry in the stack's output ``apps``. Raises ``UserError`` without one."""

AppName = Annotated[
    str, typer.Argument(metavar="APP", help="An app of the stack, its folder's path, or a folder of app_src.")
]


def commands(deployed: Deployed) -> tuple[Callable[..., int], Callable[..., int]]:
    """The commands ``bundle`` and ``lock`` for a typer app. Both raise ``UserError`` and return an exit status."""

    def bundle(
        name: Annotated[
            str, typer.Argument(metavar="APP", help="An app of the stack, its folder's path, or a folder of app_src.")
        ] = "",
        show: Annotated[
            bool, typer.Option("--list", help="List the files in it and those left out, with reasons.")
        ] = False,
        why: Annotated[bool, typer.Option("--why", help="Show the differences from the deployed artifact.")] = False,
        clean: Annotated[bool, typer.Option("--clean", help="Empty the cache of artifacts.")] = False,
        kind: Annotated[str, typer.Option(help="The kind of artifact; default: recognised from the folder.")] = "",
        platform: Annotated[
            str, typer.Option("--platform", "-p", help="The platform; default: the app's own in the stack.")
        ] = "",
        allow_keys_in: Annotated[
            list[str] | None,
            typer.Option(
                "--allow-keys-in", metavar="FILE", help="A file of the app that may hold a key; may be given again."
            ),
        ] = None,
        dockerfile: Annotated[
            bool, typer.Option("--dockerfile", help="Show the Dockerfile that Slipway makes for an app without one.")
        ] = False,
        stack: Annotated[
            str, typer.Option("--stack", "-s", help="The stack of the app, and of the deployed artifact for --why.")
        ] = "sandbox",
    ) -> int:
        """Make an app's artifact and print its path."""
        project = Project.find()
        cache = cache_of(project)
        if clean:
            places = " and ".join(str(root) for root in dict.fromkeys([cache.root, cache.store.root]))
            print(f"freed {cache.clean() / 1024**2:.1f} MB in {places}")
            return 0
        if not name:
            raise UserError("name an app (slipway bundle time-service), or --clean")
        exported = deployed(stack, name) if why else {}
        deployed_kind = exported.get("kind", "")
        options = exported.get("options", {}) if kind in ("", deployed_kind) else {}
        folder = source_of(project, name, exported, stack)
        if dockerfile:
            print(dockerfile_of(folder), end="")
            return 0
        settings = apps_of(project, stack).get(name, {})
        declared, allowed = settings.get("platform", ""), allow_keys_in or settings.get("allow_keys_in", [])
        if why or kind or (folder.parent == project.root / "app_src" and not platform):
            more = {"allow_keys_in": allowed} if allowed else {}
            artifact = build_artifact(folder, kind or deployed_kind, {**options, **more}, cache)
        else:
            artifact = recognised_artifact(folder, platform or declared, cache, allow_keys_in=allowed)
        if why:
            _print(reasons(artifact, exported, cache))
        elif show:
            _print(listing(artifact))
        else:
            print(in_words(artifact.kind, artifact.digest, str(artifact.path)))
        return 0

    def lock(
        name: AppName,
        upgrade: Annotated[
            bool, typer.Option("--upgrade", help="Take the newest versions instead of the pinned ones.")
        ] = False,
        stack: Annotated[
            str, typer.Option("--stack", "-s", help="The stack of the app, whose platform decides the wheels.")
        ] = "sandbox",
    ) -> int:
        """Pin the packages of an app, with hashes.

        What its requirements.in lists goes to requirements.txt, all else to pylock.toml, both beside the app. Versions
        are taken that the app's platform in the stack has wheels of.
        """
        print(lock_app(Project.find(), name, stack, upgrade=upgrade))
        return 0

    return bundle, lock


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


app = group()
for _command in commands(details):
    app.command()(guarded(_command))
