"""The base images themselves: named by what they are made of, made where an engine lacks them.

    apt's list -> name -> is it there? -> fetch -> root -> load

An image's name holds the digest of its recipe and of its packages' files; the image made from them is the same one,
byte for byte, on every machine of that architecture.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.sandbox.images import debian, root
from slipway.sandbox.images.debian import Package
from slipway.sandbox.images.recipes import FORMAT, RECIPES, Recipe

if TYPE_CHECKING:
    from docker import DockerClient

LABEL = "slipway.base"
"""Marks a base image; its value is the recipe, and a digest of what it says."""
CREATED = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Base:
    """A base image as it is called and what it is made of."""

    recipe: Recipe
    architecture: str
    packages: Sequence[Package]

    @property
    def tag(self) -> str:
        """Twelve digits of the digest of all that decides the image."""
        files = {package.file: package.sha256 for package in self.packages}
        return _digest([recipe_digest(self.recipe), self.architecture, files])[:12]

    @property
    def reference(self) -> str:
        """What the image is called: ``slipway/python-base:1a2b3c4d5e6f``."""
        return f"{self.recipe.name}:{self.tag}"


def recipe_digest(recipe: Recipe) -> str:
    """What an image is made of whatever the packages' versions: another recipe's images are of no use."""
    return _digest([FORMAT, *(getattr(recipe, field.name) for field in fields(recipe))])


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=list).encode()).hexdigest()


def label(which: str, recipe: Recipe | None = None) -> str:
    """What marks the images of a recipe as it is now."""
    return f"{which}-{recipe_digest(recipe or RECIPES[which])[:8]}"


def planned(which: str, recipe: Recipe | None = None) -> Base:
    """The base image of a recipe, by default ``which`` of :data:`RECIPES`, as apt's lists have it now.

    Raises :class:`PackagesError`.
    """
    recipe = recipe or RECIPES[which]
    architecture = debian.architecture()
    return Base(recipe, architecture, debian.wanted(recipe.packages))


def there(client: "DockerClient", base: Base) -> bool:
    """Whether the engine has the image."""
    from docker.errors import ImageNotFound

    try:
        client.images.get(base.reference)
    except ImageNotFound:
        return False
    return True


def newest(client: "DockerClient", which: str) -> str | None:
    """The reference of the recipe's image that was loaded last, of whatever packages; None where there is none."""
    result = client.images.list(filters={"label": f"{LABEL}={label(which)}"})
    # What is built from a base inherits its labels; its name it does not.
    named = [(image, tag) for image in result for tag in image.tags if tag.startswith(f"{RECIPES[which].name}:")]
    tags = [(image.attrs.get("Metadata", {}).get("LastTagTime", ""), tag) for image, tag in named]
    return max(tags)[1] if tags else None


def is_one(name: str) -> bool:
    """Whether an image of this name is a base image of this machine."""
    return any(name.startswith(f"{recipe.name}:") for recipe in RECIPES.values())


def have(client: "DockerClient", which: str, recipe: Recipe | None = None) -> Base:
    """The base image as apt's lists have it now, made where the engine lacks it. Raises :class:`PackagesError`."""
    base = planned(which, recipe)
    if not there(client, base):
        make(client, which, base)
    return base


def make(client: "DockerClient", which: str, base: Base, store: Path | None = None) -> str:
    """Make the image and load it into the engine; its id. Raises :class:`PackagesError`."""
    files = debian.fetch(base.packages, store or debian.store())
    layer = root.root(base.recipe, files, base.architecture)
    (image, *_) = client.images.load(archive(which, base, layer))
    return str(image.id)


def archive(which: str, base: Base, layer: bytes) -> bytes:
    """What ``docker load`` takes: a layer, a configuration without a clock, and how they are called."""
    config = {
        "architecture": base.architecture,
        "os": "linux",
        "created": CREATED,
        "config": {**base.recipe.config, "Labels": {LABEL: label(which, base.recipe)}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created": CREATED, "created_by": f"slipway sandbox base-image {which}"}],
    }
    written = json.dumps(config, sort_keys=True).encode()
    name = f"{hashlib.sha256(written).hexdigest()}.json"
    manifest = [{"Config": name, "RepoTags": [base.reference], "Layers": ["layer.tar"]}]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, data in ((name, written), ("layer.tar", layer), ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()
