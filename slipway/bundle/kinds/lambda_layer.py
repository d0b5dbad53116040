"""Lambda layer: the dependencies of an app's lock, for functions to share."""

from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.errors import BundleError
from slipway.bundle.kinds.lambda_zip import LIMITS
from slipway.bundle.locks import LOCK, lock_of
from slipway.bundle.plan import App, Kind, Plan, Wheels
from slipway.bundle.platforms import lambda_platform
from slipway.bundle.tree import LeftOut

PREFIX = "python/"
"""Where Lambda's Python looks for packages in a layer. Source: "Packaging your layer content"."""


def lambda_layer(
    source: Path, *, python: str = "3.11", architecture: str = "x86_64", cache: Cache | None = None
) -> Artifact:
    """The layer with the dependencies of the app in ``source``; nothing of the app itself.

    Functions take it by ``lambda_zip(…, layers=[layer])``. Raises :class:`BundleError`, also where the app has none.
    """
    return build(KIND, source, cache=cache, python=python, architecture=architecture)


def plan(app: App, *, python: str = "3.11", architecture: str = "x86_64") -> Plan:
    """The wheels of the app's lock below ``python/``."""
    platform = lambda_platform(python, architecture)
    lock = lock_of(app, platform)
    if not lock:
        raise BundleError(f"{app.tree.root} has no dependencies to make a layer of: it has no {LOCK}")
    left_out = tuple(LeftOut(path, "the app's own, not the layer's") for path in app.tree.files)
    return Plan(own={}, wheels=Wheels.of(lock, root=app.root, platform=platform, prefix=PREFIX), left_out=left_out)


KIND = Kind(
    name="lambda-layer",
    says="AWS Lambda layer with an app's dependencies",
    suffix=".zip",
    limits=LIMITS,
    plan=plan,
    fits=lambda app: False,  # made when asked for, never by the look of a folder
)
