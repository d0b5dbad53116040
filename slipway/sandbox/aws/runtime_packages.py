"""What a function finds beside its own package: Python's library and AWS's SDK, as on Lambda, and nothing else.

The emulator runs functions on its own Python, whose packages would stand in for those that a function forgot to bring.
"""

from pathlib import Path

from slipway.bundle.lambda_sdk import linked

ALONE = """
import sys as _sys
_library = (_sys.base_prefix, _sys.path[0])
_sys.path[:] = [place for place in _sys.path if place.startswith(_library) and "-packages" not in place] + [{sdk!r}]
"""
"""What a function's process begins with."""


def prelude(folder: Path) -> str:
    """The code that leaves a function alone; the SDK is linked below ``folder``, which is made."""
    place = linked(folder / "runtime")
    place.chmod(0o700)  # the functions' user is let in where it is another one
    return ALONE.format(sdk=str(place))
