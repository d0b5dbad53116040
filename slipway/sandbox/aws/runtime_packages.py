"""What a function finds beside its own package: Python's library and AWS's SDK, as on Lambda, and nothing else.

The emulator runs functions on its own Python, whose packages would stand in for those that a function forgot to bring.
"""

import importlib.util
from pathlib import Path

SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
"""What Lambda's Python runtimes bring: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html."""

ALONE = """
import sys as _sys
_library = (_sys.base_prefix, _sys.path[0])
_sys.path[:] = [place for place in _sys.path if place.startswith(_library) and "-packages" not in place] + [{sdk!r}]
"""
"""What a function's process begins with."""


def prelude(folder: Path) -> str:
    """The code that leaves a function alone; the SDK is linked below ``folder``, which is made."""
    place = folder / "runtime"
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o755)  # the folders above are closed; the functions' user has to read it
    for name in SDK:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        target = origin.parent if origin.name == "__init__.py" else origin
        link = place / target.name
        if not link.is_symlink():
            link.symlink_to(target)
    return ALONE.format(sdk=str(place))
