"""How a stack's images are built: their contexts, what the builds are told, and where they go."""

import os
from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.containers.image import AppImage, AppImageArgs, tag_of
from components.containers.local_registry import LocalRegistry
from components.registry import ContainerRegistry
from slipway.bundle import Artifact, container_context
from slipway.bundle.bill import SUFFIX, bill_of, write_bill
from slipway.bundle.commits import commit_of, labels_of
from slipway.bundle.contexts import labelled, unpacked
from slipway.bundle.dockerfiles import bases_of, last_user, mentions
from slipway.bundle.kinds.container_context import FILES
from slipway.wire import variables
from stacks.artifacts import warn_of_databases
from stacks.docker_daemon import architecture
from stacks.model import Settings
from stacks.platforms import ContainerApp, ImageApp
from stacks.tables import PYTHONS

ROOT = frozenset({"", "0", "root"})
"""How a Dockerfile says, or leaves unsaid, that an app runs as root."""
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


def contexts(settings: Settings, platform: type[ImageApp]) -> dict[str, Artifact]:
    """The build context of every app of a platform. Raises BundleError for an app's folder."""
    apps = {name: app for name, app in settings.apps.items() if isinstance(app, platform)}
    made = {
        name: container_context(
            Path(app.source),
            dockerfile=app.dockerfile,
            allow_keys_in=app.allow_keys_in,
            python=_python(settings, app),
            architecture=_machine(settings, app),
            entry=app.entry or "",
            interface=app.interface or "",
            command=app.command or "",
            data=app.data,
        )
        for name, app in apps.items()
    }
    warn_of_databases(apps, made)
    return made


def app_image(
    settings: Settings, name: str, app: ImageApp, context: Artifact, registries: Mapping[str, ContainerRegistry]
) -> AppImage:
    """An app's image: in the sandbox on the sandbox's base and in its registry, elsewhere as the stack says."""
    base = settings.docker.base if settings.docker else app.base
    build_args = {"BASE": base} if base else {}
    _mention(settings, name, app, context, build_args)
    folder = unpacked(context)
    commit = commit_of(Path(app.source), (path.removeprefix(f"{FILES}/") for path in context.manifest))
    labels = labels_of(name, app.version, commit)
    bases = [base.image for base in bases_of(dockerfile_in(context), build_args)]
    args = AppImageArgs(
        context=context,
        folder=folder,
        dockerfile=labelled(folder, labels, app.target),
        labels=labels,
        moment=commit.seconds if commit else 0,
        registry=_registry(settings, app, registries),
        image=name,
        version=app.version,
        build_args=build_args,
        target=app.target,
        # In the sandbox the engine is this machine's, and so is the base.
        platform=None if settings.docker else PLATFORMS[_machine(settings, app)],
    )
    folder = Path(os.environ.get(variables.HOME) or ".slipway") / "sbom" / settings.stack / name
    write_bill(folder / f"{tag_of(args)}{SUFFIX}", bill_of(context.packages, labels, bases))
    return AppImage(f"{name}-image", args)


def dockerfile_in(context: Artifact) -> str:
    """The Dockerfile of a build context."""
    return (unpacked(context) / "Dockerfile").read_text(encoding="utf-8", errors="replace")


def has_own_dockerfile(app: ImageApp) -> bool:
    """Whether an app's folder has the Dockerfile that it is built by."""
    return (Path(app.source) / app.dockerfile).is_file()


def _mention(settings: Settings, name: str, app: ImageApp, context: Artifact, args: Mapping[str, str]) -> None:
    """Warn of what differs in the sandbox from the Dockerfile, and of an app that would run as root."""
    text = dockerfile_in(context)
    if forgotten := [path for path in app.data if not mentions(text, path)]:
        pulumi.log.warn(
            f"{name} may be unable to write to its data: its Dockerfile does not make {', '.join(forgotten)}: add "
            f"`RUN mkdir -p {forgotten[0]} && chown USER {forgotten[0]}`, with the user that it runs as"
        )
    if last_user(text).partition(":")[0] in ROOT:
        pulumi.log.warn(f"{name} runs as root in its container: name another USER in its Dockerfile")
    bases = [base.image for base in bases_of(text, args)]
    if settings.docker and (foreign := [base for base in bases if base not in args.values()]):
        pulumi.log.info(
            f"{name} is built on {', '.join(foreign)} if this machine can pull it, else on its own Debian with the "
            "same Python where it has that"
        )


def _registry(settings: Settings, app: ImageApp, registries: Mapping[str, ContainerRegistry]) -> ContainerRegistry:
    if local := settings.docker:
        below = f"{pulumi.get_project()}-{settings.stack}"
        return LocalRegistry(local.registry, below=below, username=local.username, password=local.password)
    declared = app.registry if isinstance(app, ContainerApp) else app.cloud
    # Where an app does not say, the settings have seen to it that there is one.
    return registries[declared or next(iter(registries))]


def _python(settings: Settings, app: ImageApp) -> str:
    """Of the base image, which brings it."""
    return settings.docker.base_python if settings.docker else app.python or PYTHONS[-1]


def _machine(settings: Settings, app: ImageApp) -> str:
    """The processor that an app's image is for: Cloud Run has x86_64 alone.

    https://cloud.google.com/run/docs/container-contract#languages
    """
    if settings.docker:
        return architecture()
    return app.architecture if isinstance(app, ContainerApp) else "x86_64"
