"""The targets' limits, checked before anything is deployed."""

from collections.abc import Mapping

from slipway.bundle.errors import BundleError
from slipway.bundle.ignore import IGNORE_FILE
from slipway.bundle.plan import MB, Limits

NAMED = 10
"""How many of the largest files an error names."""


def check_unpacked(app: str, sizes: Mapping[str, int], limits: Limits, *, elsewhere: int = 0) -> None:
    """Raise :class:`BundleError` where what is inside exceeds a limit, naming the largest files."""
    total = sum(sizes.values()) + elsewhere
    if limits.unpacked is not None and total > limits.unpacked:
        layers = f", {elsewhere / MB:.0f} MB of it in layers" if elsewhere else ""
        raise _too_much(app, f"unpacks to {total / MB:.0f} MB{layers}", f"{limits.unpacked / MB:.0f} MB", sizes, limits)
    if limits.files is not None and len(sizes) > limits.files:
        raise _too_much(app, f"has {len(sizes)} files", f"{limits.files} files", sizes, limits)
    if limits.one_file is not None and max(sizes.values(), default=0) > limits.one_file:
        largest = f"{max(sizes.values()) / MB:.0f} MB"
        raise _too_much(app, f"has a file of {largest}", f"{limits.one_file / MB:.0f} MB a file", sizes, limits)


def check_packed(app: str, packed: int, sizes: Mapping[str, int], limits: Limits) -> None:
    """Raise :class:`BundleError` where the file itself exceeds the target's limit."""
    if limits.packed is not None and packed > limits.packed:
        raise _too_much(app, f"is {packed / MB:.0f} MB packed", f"{limits.packed / MB:.0f} MB", sizes, limits)


def _too_much(app: str, has: str, allowed: str, sizes: Mapping[str, int], limits: Limits) -> BundleError:
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:NAMED]
    named = "".join(f"\n  {size / MB:8.1f} MB  {path}" for path, size in largest)
    return BundleError(
        f"the app {app} {has}; {limits.target} takes {allowed} ({limits.source}). Leave out what does not belong "
        f"({IGNORE_FILE}) or depend on less. Largest files:{named}"
    )
