"""App Engine source zip: the app and its lock, which Google's builder installs. The stack declares the runtime."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.entries import served
from slipway.bundle.errors import BundleError
from slipway.bundle.installed import with_requirements
from slipway.bundle.locks import NOT_DEPLOYED, lock_of
from slipway.bundle.own_metadata import own_metadata
from slipway.bundle.plan import MB, App, Kind, Limits, Plan, own_files
from slipway.bundle.platforms import Platform
from slipway.bundle.tree import LeftOut
from slipway.catalog.successors import FIRST_GENERATION

LIMITS = Limits(
    target="App Engine standard",
    source="Quotas and limits, App Engine documentation",
    files=10_000,
    one_file=32 * MB,
)

RUNTIMES = ("python311", "python312", "python313", "python314")
"""App Engine's Pythons that are still maintained. Source: "Runtime support schedule", App Engine documentation."""

CONFIGURATION = "app.yaml"

MANYLINUX = "2_28"
"""The newest wheels that its runtimes take: they are on Ubuntu 22.04 and later."""


def app_engine_zip(
    source: Path,
    *,
    configuration: Mapping[str, Any] | None = None,
    allow_keys_in: Sequence[str] = (),
    python: str = "",
    entry: str = "",
    interface: str = "",
    cache: Cache | None = None,
) -> Artifact:
    """The source zip of an App Engine version.

    ``configuration`` is what the stack declares of the version, by ``app.yaml``'s own keys and without secrets; where
    it is given, the zip holds it as ``app.yaml``, so that it belongs to the digest and ``gcloud`` could deploy the same
    zip. The app needs a ``main.py`` unless the configuration has an ``entrypoint``, or ``entry``
    (:mod:`slipway.bundle.entries`) says what is served as ``interface``. A lock of another form becomes a
    ``requirements.txt`` for ``python``. Raises :class:`BundleError`.
    """
    web = {"python": python, "entry": entry, "interface": interface}
    settings = {name: value for name, value in web.items() if value}
    allowed = tuple(allow_keys_in)
    return build(KIND, source, cache=cache, allow_keys_in=allowed, configuration=configuration, **settings)


def plan(
    app: App,
    *,
    configuration: Mapping[str, Any] | None = None,
    python: str = "",
    entry: str = "",
    interface: str = "",
) -> Plan:
    """The app's files with their lock, and the stack's configuration."""
    platform = Platform(python or RUNTIMES[0].removeprefix("python").replace("3", "3.", 1), "x86_64", MANYLINUX)
    how = served("app-engine", entry, interface)
    lock = lock_of(app, platform, add=how.add)
    configuration = dict(configuration or {})
    runtime = configuration.get("runtime", RUNTIMES[0])
    if runtime not in RUNTIMES:
        of_old = " (it is of the first generation, which has ended)" if runtime in FIRST_GENERATION else ""
        raise BundleError(
            f"App Engine has no runtime {runtime!r} that is maintained{of_old}: choose one of {', '.join(RUNTIMES)}"
        )
    if not configuration.get("entrypoint") and not interface:
        app.need("main.py", "App Engine starts `app` in it where the stack declares no entrypoint")
    declared = LeftOut(CONFIGURATION, "the stack declares the runtime configuration")
    own, left_out = own_files(app, *NOT_DEPLOYED, declared)
    return with_requirements(
        app, own, left_out, lock, platform, {**own_metadata(app), **_made(configuration), **how.made}
    )


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
