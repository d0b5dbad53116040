"""Static folder: files as they are, for a bucket or a web server."""

from collections.abc import Sequence
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.plan import App, Kind, Limits, Plan, own_files


def static_folder(
    source: Path, *, allow_keys_in: Sequence[str] = (), data: Sequence[str] = (), cache: Cache | None = None
) -> Artifact:
    """The folder's files as one zip; its manifest tells file by file what an upload has to change.

    Raises :class:`BundleError`.
    """
    return build(KIND, source, cache=cache, allow_keys_in=tuple(allow_keys_in), data=tuple(data))


def plan(app: App) -> Plan:
    """Every file that belongs, under its own path."""
    own, left_out = own_files(app)
    return Plan(own=own, left_out=left_out)


KIND = Kind(
    name="static-folder",
    says="files for a bucket or a web server",
    suffix=".zip",
    limits=Limits(target="a bucket", source="Cloud Storage and S3 documentation"),
    plan=plan,
    fits=lambda app: "index.html" in app,
)
