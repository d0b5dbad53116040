"""Random identifiers and passwords: there is no cloud behind them, the state alone keeps them.

Encodings as in https://www.pulumi.com/registry/packages/random/api-docs/randomid/.
"""

import base64
import secrets
import string
from importlib.metadata import version
from typing import Any

from slipway.sandbox.handler import Calls, CloudError, Handler, Package, Props

OUTPUTS = frozenset({"b64Std", "b64Url", "dec", "hex"})
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
"""The special characters of a password: https://www.pulumi.com/registry/packages/random/api-docs/randompassword/."""
CLASSES = (
    ("lower", string.ascii_lowercase),
    ("upper", string.ascii_uppercase),
    ("numeric", string.digits),
    ("special", SPECIAL),
)
"""The inputs that say which characters a password has, each true where it is left out."""


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


def check_password(new: Props) -> dict[str, str]:
    """``length`` is a whole number from 1."""
    length = new.get("length")
    if length is None or (isinstance(length, int) and length >= 1):
        return {}
    return {"length": f"must be a whole number of characters, 1 or more, got {length!r}"}


def create_password(_cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """Draw the characters; the state keeps the password as a secret, and its id says nothing."""
    if "length" not in new:
        raise CloudError("RandomPassword needs length, the number of characters; got none")
    special = new.get("overrideSpecial") or SPECIAL
    classes = [special if name == "special" else letters for name, letters in CLASSES if new.get(name, True)]
    if not classes:
        raise CloudError("RandomPassword needs a class of characters: lower, upper, numeric or special")
    drawn = "".join(secrets.choice("".join(classes)) for _ in range(new["length"]))
    return "none", {"result": drawn, **PASSWORD_DEFAULTS, **new}


def read_password(_cloud: Any, id: str) -> Props:  # noqa: ANN401
    """An import gives the password in the place of the id."""
    return {"result": id, "length": len(id)}


def keep(_cloud: Any, _id: str, state: Props) -> Props:  # noqa: ANN401
    """The state alone has it."""
    return state


def delete(_cloud: Any, _id: str, _old: Props) -> None:  # noqa: ANN401
    """There is nothing to delete."""


PASSWORD_DEFAULTS = {"lower": True, "upper": True, "numeric": True, "special": True}
PACKAGE = Package(
    name="random",
    version=version("pulumi-random"),
    handlers={
        "random:index/randomId:RandomId": Handler(
            check=check, calls=Calls(create=create, read=read, delete=delete), computed=OUTPUTS
        ),
        "random:index/randomPassword:RandomPassword": Handler(
            check=check_password,
            calls=Calls(create=create_password, read=read_password, delete=delete),
            refresh=keep,
            defaults=lambda new: {**PASSWORD_DEFAULTS, **new},
            computed=frozenset({"bcryptHash", "result"}),
            secret=frozenset({"bcryptHash", "result"}),
        ),
    },
    connect=lambda _config, **_: None,
)
