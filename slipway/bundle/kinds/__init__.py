"""The table of kinds: what ``app_src`` can be turned into. Where a folder fits several, the first one is meant."""

from slipway.bundle.errors import BundleError
from slipway.bundle.kinds import (
    app_engine_zip,
    beam_package,
    beanstalk_zip,
    container_context,
    lambda_layer,
    lambda_zip,
    pythonanywhere_zip,
    static_folder,
)
from slipway.bundle.plan import App, Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        lambda_zip.KIND,
        container_context.KIND,
        beam_package.KIND,
        beanstalk_zip.KIND,
        pythonanywhere_zip.KIND,
        app_engine_zip.KIND,
        lambda_layer.KIND,
        static_folder.KIND,
    )
}


def kind_named(name: str) -> Kind:
    """The kind called ``name``. Raises :class:`BundleError`."""
    if name not in KINDS:
        raise BundleError(f"there is no kind of artifact called {name!r}: choose one of {', '.join(KINDS)}")
    return KINDS[name]


def kind_of(app: App) -> Kind:
    """The kind that the app looks as if it were meant for. Raises :class:`BundleError`."""
    kind_found = next((kind for kind in KINDS.values() if kind.fits(app)), None)
    if kind_found is None:
        raise BundleError(
            f"{app.tree.root} does not show what it is meant for: say it with --kind, one of {', '.join(KINDS)}"
        )
    return kind_found
