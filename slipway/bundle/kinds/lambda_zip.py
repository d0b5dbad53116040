"""Lambda zip: the function's files and its dependencies, for one Python and one machine."""

from collections.abc import Sequence
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.entries import served
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import LOCK, NOT_DEPLOYED, Lock, lock_of, names_in, packed_locks
from slipway.bundle.own_metadata import own_metadata
from slipway.bundle.plan import MB, App, Kind, Limits, Plan, Wheels, own_files
from slipway.bundle.platforms import lambda_platform

LIMITS = Limits(
    target="AWS Lambda",
    source="Lambda quotas, AWS Lambda Developer Guide",
    unpacked=250 * MB,
    direct=50 * MB,
)


RELEASE = "slipway_release.py"
"""The module beside an app with a release command."""
RELEASE_HANDLER = "slipway_release.handler"


def lambda_zip(
    source: Path,
    *,
    python: str = "3.11",
    architecture: str = "x86_64",
    handler: str = "",
    entry: str = "",
    interface: str = "",
    release: str = "",
    layers: Sequence[Artifact] = (),
    allow_keys_in: Sequence[str] = (),
    cache: Cache | None = None,
) -> Artifact:
    """The zip of a Lambda function.

    ``handler`` (``module.function``), where given, has to be in the app. A web app is given by its ``entry``
    (:mod:`slipway.bundle.entries`) and ``interface`` instead: a handler is made that calls it. With a ``release``
    command the handler is :data:`RELEASE_HANDLER`, which runs it or calls the app's. With ``layers`` the dependencies
    come from them: they have to hold every package of the app's lock, and count towards the limit.
    Raises :class:`BundleError`.
    """
    web = {"entry": entry, "interface": interface} if entry else {}
    web |= {"release": release} if release else {}
    options = {"python": python, "architecture": architecture, "handler": handler, "layers": tuple(layers), **web}
    return build(KIND, source, cache=cache, allow_keys_in=tuple(allow_keys_in), **options)


def plan(
    app: App,
    *,
    python: str = "3.11",
    architecture: str = "x86_64",
    handler: str = "",
    entry: str = "",
    interface: str = "",
    release: str = "",
    layers: Sequence[Artifact] = (),
) -> Plan:
    """The app's files at the top, the wheels of its lock beside them."""
    platform = lambda_platform(python, architecture)
    how = served("lambda", entry, interface)
    lock = lock_of(app, platform, add=how.add)
    if handler:
        _check_handler(app, handler)
    own, left_out = own_files(app, *NOT_DEPLOYED, *packed_locks())
    if not own:
        raise BundleError(f"{app.tree.root} has no file of its own to run")
    if layers:
        _check_layers(app, lock.text, layers)
        lock = Lock()
    inner = f"{how.entry.module}.{how.entry.name}" if entry else handler
    return Plan(
        own=own,
        made={**own_metadata(app), **how.made, **({RELEASE: _releasing(release, inner)} if release else {})},
        wheels=Wheels.of(lock, root=app.root, platform=platform),
        left_out=left_out,
        elsewhere=sum(layer.unpacked for layer in layers),
    )


def fits(app: App) -> bool:
    """A folder with AWS's own name for the module of a function."""
    return "lambda_function.py" in app


def _releasing(command: str, handler: str) -> bytes:
    """The module with its command and the app's handler filled in."""
    module = Path(__file__).parent.with_name("inside").joinpath(RELEASE).read_text(encoding="utf-8")
    for name, value in (("COMMAND", command), ("HANDLER", handler)):
        module = module.replace(f'\n{name} = ""\n', f"\n{name} = {value!r}\n")
    return module.encode()


def _check_handler(app: App, handler: str) -> None:
    module, _, function = handler.rpartition(".")
    if not module or not function:
        raise BundleError(f"the handler {handler!r} is not of the form module.function")
    path = module.replace(".", "/")
    if f"{path}/__init__.py" not in app:
        app.need(f"{path}.py", f"the handler {handler} is to be in it")


def _check_layers(app: App, lock: bytes, layers: Sequence[Artifact]) -> None:
    missing = sorted(names_in(lock) - {name for layer in layers for name in layer.packages})
    if missing:
        raise BundleError(
            f"the layers of {app.name} lack {', '.join(missing)}, which its {LOCK} pins: make the layer from a lock "
            "that has them"
        )


KIND = Kind(
    name="lambda-zip",
    says="AWS Lambda function with its dependencies",
    suffix=".zip",
    limits=LIMITS,
    plan=plan,
    fits=fits,
)
