"""Whether a marker holds on a platform (PEP 508, and the lock files of PEP 751)."""

from slipway.bundle.errors import BundleError
from slipway.bundle.locks.pins import environment_of
from slipway.bundle.platforms import Platform


def holds(marker: str, platform: Platform, *, extras: tuple[str, ...] = (), lock_file: bool = False) -> bool:
    """Whether ``marker`` ("" holds always) is true there, with any of the ``extras``.

    Raises :class:`BundleError` for what is no marker.
    """
    if not marker:
        return True
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison

    values = environment_of(platform)
    try:
        parsed = Marker(marker)
        if lock_file:
            return parsed.evaluate({**values, "extras": set(extras), "dependency_groups": set()}, context="lock_file")
        return any(parsed.evaluate({**values, "extra": extra}) for extra in ("", *extras))
    except (InvalidMarker, UndefinedComparison) as wrong:
        raise BundleError(f"the marker {marker!r} of a lock cannot be read: {wrong}") from None
