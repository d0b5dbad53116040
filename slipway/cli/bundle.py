"""The commands ``bundle`` and ``lock``; the stack's outputs come from the module that mounts them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer

from slipway.bundle.errors import BundleError
from slipway.bundle.listing import listing
from slipway.bundle.locks import lock as compile_lock
from slipway.errors import UserError
from slipway.stack.project import Project
from slipway.verbs.artifacts import build_artifact, cache_of, folder_of, in_words, reasons, source_of

Deployed = Callable[[str, str], Mapping[str, Any]]
"""``deployed(stack, app)``: the app's entry in the stack's output ``apps``. Raises ``UserError`` without one."""

AppName = Annotated[
    str, typer.Argument(metavar="APP", help="A folder of app_src; time-service is app_src/time_service.")
]


def commands(deployed: Deployed) -> tuple[Callable[..., int], Callable[..., int]]:
    """The commands ``bundle`` and ``lock`` for a typer app. Both raise ``UserError`` and return an exit status."""

    def bundle(
        name: Annotated[str, typer.Argument(metavar="APP", help="A folder of app_src, for example time-service.")] = "",
        show: Annotated[bool, typer.Option("--list", help="Say what is in it, what is not, and why.")] = False,
        why: Annotated[bool, typer.Option("--why", help="Say what differs from what is deployed.")] = False,
        clean: Annotated[bool, typer.Option("--clean", help="Empty the cache of artifacts.")] = False,
        kind: Annotated[str, typer.Option(help="What to make; by default what the folder looks meant for.")] = "",
        stack: Annotated[
            str, typer.Option("--stack", "-s", help="Whose deployed artifact --why is about.")
        ] = "sandbox",
    ) -> int:
        """Make an app's artifact and say where it is."""
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
        artifact = build_artifact(source_of(project, name, exported), kind or deployed_kind, options, cache)
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
            bool, typer.Option("--upgrade", help="Take the newest versions instead of the pinned.")
        ] = False,
    ) -> int:
        """Pin what an app depends on: compile its requirements.in to requirements.txt, with hashes."""
        try:
            print(compile_lock(folder_of(Project.find(), name), upgrade=upgrade))
        except BundleError as mistake:
            raise UserError(str(mistake)) from None
        return 0

    return bundle, lock


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
