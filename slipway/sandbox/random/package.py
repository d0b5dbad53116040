"""Random identifiers: there is no cloud behind them, the state alone keeps them.

Encodings as in https://www.pulumi.com/registry/packages/random/api-docs/randomid/.
"""

import base64
import secrets
from importlib.metadata import version
from typing import Any

from slipway.sandbox.handler import CloudError, Handler, Package, Props

OUTPUTS = frozenset({"b64Std", "b64Url", "dec", "hex"})


def check(new: Props) -> dict[str, str]:
    """``byteLength`` is a whole number from 1."""
    length = new.get("byteLength")
    if length is None or (isinstance(length, int) and length >= 1):
        return {}
    return {"byteLength": f"must be a whole number of bytes, 1 or more, got {length!r}"}


def create(_cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401 - there is no cloud
    """Draw the bytes; the id is their URL-safe base64."""
    if "byteLength" not in new:
        raise CloudError("RandomId needs byteLength, the number of random bytes; got none")
    drawn = secrets.token_bytes(new["byteLength"])
    prefix = new.get("prefix", "")
    url = base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
    return url, {
        "b64Std": prefix + base64.b64encode(drawn).decode(),
        "b64Url": prefix + url,
        "dec": f"{prefix}{int.from_bytes(drawn)}",
        "hex": prefix + drawn.hex(),
    }


def read(_cloud: Any, id: str) -> Props:  # noqa: ANN401
    """Whatever the state holds is right; an import gives the id as URL-safe base64, after ``PREFIX,``."""
    prefix, _, url = id.rpartition(",")
    drawn = base64.urlsafe_b64decode(url + "=" * (-len(url) % 4))
    return {"byteLength": len(drawn), **({"prefix": prefix} if prefix else {})}


def delete(_cloud: Any, _id: str, _old: Props) -> None:  # noqa: ANN401
    """There is nothing to delete."""


PACKAGE = Package(
    name="random",
    version=version("pulumi-random"),
    handlers={
        "random:index/randomId:RandomId": Handler(
            check=check, create=create, read=read, delete=delete, computed=OUTPUTS
        ),
    },
    connect=lambda _config, **_: None,
)
