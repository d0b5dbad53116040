"""Random identifiers and passwords: there is no cloud behind them, the state alone keeps them.

Encodings as in https://www.pulumi.com/registry/packages/random/api-docs/randomid/.
"""

import base64
import random
import secrets
import string
import uuid
from collections.abc import Callable
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
    chosen = {**new, **({"numeric": new["number"]} if "number" in new else {})}  # its old name, deprecated
    classes = {name: special if name == "special" else letters for name, letters in CLASSES if chosen.get(name, True)}
    if not classes:
        raise CloudError("RandomPassword needs a class of characters: lower, upper, numeric or special")
    drawn = [
        secrets.choice(letters)
        for name, letters in classes.items()
        for _ in range(int(new.get(f"min{name.capitalize()}") or 0))
    ]
    drawn += [secrets.choice("".join(classes.values())) for _ in range(int(new["length"]) - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    return "none", {"result": "".join(drawn), **PASSWORD_DEFAULTS, **chosen}


def read_password(_cloud: Any, id: str) -> Props:  # noqa: ANN401
    """An import gives the password in the place of the id."""
    return {"result": id, "length": len(id)}


def keep(_cloud: Any, _id: str, state: Props) -> Props:  # noqa: ANN401
    """The state alone has it."""
    return state


def delete(_cloud: Any, _id: str, _old: Props) -> None:  # noqa: ANN401
    """There is nothing to delete."""


def create_string(_cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """As a password, but in the open: its id is the text itself."""
    _, properties = create_password(_cloud, new)
    return properties["result"], properties


def check_integer(new: Props) -> dict[str, str]:
    """``min`` is not above ``max``."""
    least, most = new.get("min"), new.get("max")
    if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
        return {
            "min": f"The minimum (min) value needs to be smaller than or equal to maximum (max), got {least}, {most}"
        }
    return {}


def create_integer(_cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """A whole number from ``min`` to ``max``, both included; by ``seed``, where one is given."""
    drawn = _chance(new).randint(int(new["min"]), int(new["max"]))
    return str(drawn), {"result": drawn}


def read_integer(_cloud: Any, id: str) -> Props:  # noqa: ANN401
    """An import gives ``RESULT,MIN,MAX`` and perhaps the seed."""
    result, least, most, *seed = id.split(",")
    return {"result": int(result), "min": int(least), "max": int(most), **({"seed": seed[0]} if seed else {})}


def create_uuid(_cloud: Any, _new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """A random UUID, which is its id too."""
    drawn = str(uuid.uuid4())
    return drawn, {"result": drawn}


def create_bytes(_cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """Secret bytes, in base64 and in hexadecimal form."""
    drawn = secrets.token_bytes(int(new["length"]))
    return "none", {"base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}


def read_bytes(_cloud: Any, id: str) -> Props:  # noqa: ANN401
    """An import gives the bytes in base64."""
    drawn = base64.b64decode(id)
    return {"length": len(drawn), "base64": id, "hex": drawn.hex()}


def create_shuffle(_cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """The inputs in another order, repeated or cut to ``resultCount``."""
    inputs, chance = list(new.get("inputs") or ()), _chance(new)
    count = int(new.get("resultCount") or len(inputs))
    drawn: list[Any] = []
    while inputs and len(drawn) < count:
        drawn += chance.sample(inputs, len(inputs))
    return "-", {"results": drawn[:count]}


def create_pet(_cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401
    """``prefix``, then ``length`` words."""
    length, separator = int(new.get("length", 2)), str(new.get("separator", "-"))
    drawn = [secrets.choice(words) for words in (*([ADVERBS] * (length - 2)), ADJECTIVES, NAMES)[-length:]]
    return separator.join([*([new["prefix"]] if new.get("prefix") else []), *drawn]), {}


def read_as_id(_cloud: Any, id: str) -> Props:  # noqa: ANN401
    """Of what its id says whole."""
    return {"result": id}


def _chance(new: Props) -> random.Random:
    """The source of chance: the same for the same seed, though not the provider's own, which is Go's."""
    return random.Random(new["seed"]) if new.get("seed") else random.SystemRandom()  # noqa: S311 - repeatable


def _drawn(
    create: Callable[[Any, Props], tuple[str, Props]],
    read: Callable[[Any, str], Props] = read_as_id,
    **facts: Any,  # noqa: ANN401 - the fields of a Handler
) -> Handler:
    """The handler of what is drawn once: every change replaces, the state alone has it."""
    calls = Calls(create=create, read=read, delete=delete)
    return Handler(calls=calls, refresh=keep, **{"computed": RESULT, **facts})


RESULT = frozenset({"result"})
ADVERBS = ("barely", "daily", "gently", "highly", "kindly", "mostly", "nearly", "openly", "quietly", "warmly")
ADJECTIVES = ("able", "brave", "calm", "eager", "fine", "happy", "keen", "lucky", "merry", "neat", "proud", "wise")
NAMES = ("badger", "cobra", "dingo", "falcon", "gecko", "heron", "ibex", "lemur", "moose", "otter", "puma", "stoat")
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
        "random:index/randomString:RandomString": _drawn(
            create_string, check=check_password, read=read_password, defaults=lambda new: {**PASSWORD_DEFAULTS, **new}
        ),
        "random:index/randomInteger:RandomInteger": _drawn(create_integer, check=check_integer, read=read_integer),
        "random:index/randomUuid:RandomUuid": _drawn(create_uuid),
        "random:index/randomPet:RandomPet": _drawn(
            create_pet,
            read=lambda _cloud, _id: {},
            defaults=lambda new: {"length": 2, "separator": "-", **new},
            computed=frozenset(),
        ),
        "random:index/randomShuffle:RandomShuffle": _drawn(
            create_shuffle, read=lambda _cloud, _id: {}, computed=frozenset({"results"})
        ),
        "random:index/randomBytes:RandomBytes": _drawn(
            create_bytes,
            check=check_password,
            read=read_bytes,
            computed=frozenset({"base64", "hex"}),
            secret=frozenset({"base64", "hex"}),
        ),
    },
    connect=lambda _config, **_: None,
)
