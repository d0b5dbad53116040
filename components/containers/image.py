"""A container image: built from a normalised context, pushed, and known by its digest from then on.

context -> its digest, and that of what the build is told -> tag -> build and push -> reference by digest

A preview builds nothing: the tag follows from the inputs alone.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_docker as docker

from components.files import stored
from components.registry import ContainerRegistry
from slipway.bundle import Artifact

DOCKERFILE = "Dockerfile"
EPOCH = "SOURCE_DATE_EPOCH"
"""The argument that BuildKit takes an image's time from: https://docs.docker.com/build/ci/github-actions/reproducible-builds/."""
SHOWN = 12
"""Characters of a digest in a tag: 48 bits, where a collision is no accident any more."""
VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class AppImageArgs:
    """What goes into an image, and where it goes."""

    context: Artifact
    """Of the bundle's kind ``container-context``."""
    folder: Path
    """The same context, unpacked: builders read folders."""
    registry: ContainerRegistry
    image: str
    """Its name below the registry: the app's."""
    version: str
    """What the tag begins with, as ``1.0.0``."""
    build_args: Mapping[str, str] = field(default_factory=dict)
    """Arguments of the Dockerfile, ``BASE`` among them. Never a secret: they stay in the image's history."""
    target: str | None = None
    """The stage that is built; None: the last."""
    dockerfile: Path | None = None
    """Outside of the context, as one with labels; None: the context's own."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What ``dockerfile`` has of them: they make another image, and so another tag."""
    moment: int = 0
    """Seconds since 1970: when the image says that it was made. No clock's: the same sources are the same image."""
    platform: str | None = None
    """As ``linux/amd64``; None: the daemon's own."""

    def __post_init__(self) -> None:
        if not VERSION.fullmatch(self.version) or self.version == "latest":
            raise ValueError(
                f"an image's version has 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-', and is not 'latest', got "
                f"{self.version!r}"
            )


class AppImage(pulumi.ComponentResource):
    """An image in a registry."""

    tag: str
    """Version and content digest, known before anything is built: ``1.0.0-0123456789ab``."""
    image_name: pulumi.Output[str]
    """Where it lies, with the tag."""
    reference: pulumi.Output[str]
    """What to run: ``HOST/PATH@sha256:…``. It changes when, and only when, another image was pushed."""

    def __init__(self, name: str, args: AppImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:containers:AppImage", name, {}, opts)
        self.tag = tag_of(args)
        self.image_name = args.registry.image_name(args.image, self.tag)
        login = args.registry.login()
        folder = stored(args.folder)
        image = docker.Image(
            name,
            image_name=self.image_name,
            build={
                "context": folder,
                "dockerfile": stored(args.dockerfile) if args.dockerfile else f"{folder}/{DOCKERFILE}",
                "args": {**args.build_args, EPOCH: str(args.moment)},
                "builder_version": docker.BuilderVersion.BUILDER_BUILD_KIT,
                "platform": args.platform,
                "target": args.target,
            },
            build_on_preview=False,
            registry={"server": login.server, "username": login.username, "password": login.password},
            skip_push=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.reference = image.repo_digest
        self.register_outputs({"tag": self.tag, "image_name": self.image_name, "reference": self.reference})


def tag_of(args: AppImageArgs) -> str:
    """The tag, which tells everything that can make another image of it: the context, the arguments, the platform.

    Registries here take a tag once. A tag of the context alone would make the same name stand for two images when a
    stack names another base.
    """
    parts = [args.context.digest, sorted(args.build_args.items()), args.platform]
    parts += [args.target] if args.target else []
    parts += [sorted(args.labels.items())] if args.labels else []
    text = json.dumps(parts)
    return f"{args.version}-{hashlib.sha256(text.encode()).hexdigest()[:SHOWN]}"
