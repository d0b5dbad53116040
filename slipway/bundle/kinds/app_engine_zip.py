"""App Engine source zip: the app and its lock, which Google's builder installs. The stack declares the runtime."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import NOT_DEPLOYED, lock_of
from slipway.bundle.plan import MB, App, Kind, Limits, Plan, own_files
from slipway.bundle.tree import LeftOut

LIMITS = Limits(
    target="App Engine standard",
    source="Quotas and limits, App Engine documentation",
    files=10_000,
    one_file=32 * MB,
)

RUNTIMES = ("python311", "python312", "python313", "python314")
"""App Engine's Pythons that are still maintained. Source: "Runtime support schedule", App Engine documentation."""

CONFIGURATION = "app.yaml"


def app_engine_zip(
    source: Path,
    *,
    configuration: Mapping[str, Any] | None = None,
    allow_keys_in: Sequence[str] = (),
    cache: Cache | None = None,
) -> Artifact:
    """The source zip of an App Engine version.

    ``configuration`` is what the stack declares of the version, by ``app.yaml``'s own keys and without secrets; where
    it is given, the zip holds it as ``app.yaml``, so that it belongs to the digest and ``gcloud`` could deploy the same
    zip. The app needs a ``main.py`` unless the configuration has an ``entrypoint``. Raises :class:`BundleError`.
    """
    return build(KIND, source, cache=cache, allow_keys_in=tuple(allow_keys_in), configuration=configuration)


def plan(app: App, *, configuration: Mapping[str, Any] | None = None) -> Plan:
    """The app's files with their lock, and the stack's configuration."""
    lock_of(app)
    configuration = dict(configuration or {})
    runtime = configuration.get("runtime", RUNTIMES[0])
    if runtime not in RUNTIMES:
        raise BundleError(
            f"App Engine has no runtime {runtime!r} that is maintained: choose one of {', '.join(RUNTIMES)}"
        )
    if not configuration.get("entrypoint"):
        app.need("main.py", "App Engine starts `app` in it where the stack declares no entrypoint")
    declared = LeftOut(CONFIGURATION, "the stack declares the runtime configuration")
    own, left_out = own_files(app, *NOT_DEPLOYED, declared)
    return Plan(own=own, made=_made(configuration), left_out=left_out)


def fits(app: App) -> bool:
    """A folder with a ``main.py``, where App Engine looks for the app."""
    return "main.py" in app


def _made(configuration: dict[str, Any]) -> dict[str, bytes]:
    if not configuration:
        return {}
    import io

    from ruamel.yaml import YAML, YAMLError

    text = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.width = 4096
    try:
        writer.dump(_sorted(configuration), text)
    except YAMLError as wrong:
        raise BundleError(f"the configuration has a value that {CONFIGURATION} cannot hold: {wrong}") from None
    return {CONFIGURATION: text.getvalue().encode()}


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, (list, tuple)) else value


KIND = Kind(
    name="app-engine-zip",
    says="App Engine standard source",
    suffix=".zip",
    limits=LIMITS,
    plan=plan,
    fits=fits,
)
