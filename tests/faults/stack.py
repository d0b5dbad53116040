"""The campaign's stack: its settings, sealed once, and its checkpoint read without the engine's help."""

import base64
import hashlib
import json
import os
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from slipway.engine.checkpoint.secrets import Secrets

PASSPHRASE = "canary-passphrase-c5e1"
"""Of a stack that holds nothing worth sealing but canaries; a canary itself."""
SALT = "v1:oNqjPueDwp8=:v1:yXFuXiTuDJ9IRVMv:fwlEegGT6GiuSzWJrJaFFtV+JfH6Mw=="
TOKEN = "canary-setting-5f1c"
_SEALED = "v1:qv0abjbmdkL7IuTT:wfW4ycIKKAjNMHwDY6RHjpHTZNymQIzHZyNQPI2oAVx1yeQ="
ROUNDS = 1_000_000
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"

Raw = dict[str, Any]


def settings(step: str) -> str:
    """``Pulumi.test.yaml`` for one step of the program."""
    return f"encryptionsalt: {SALT}\nconfig:\n  faults:step: {step}\n  faults:token:\n    secure: {_SEALED}\n"


@cache
def key() -> bytes:
    """The stack's key; the launcher derives it, with these very arguments, for all that it forks."""
    return hashlib.pbkdf2_hmac("sha256", PASSPHRASE.encode(), base64.b64decode(SALT.split(":")[1]), ROUNDS, 32)


def seal(text: str) -> str:
    """A text, sealed for the stack's settings."""
    nonce = os.urandom(12)
    sealed = AESGCM(key()).encrypt(nonce, text.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def opened(sealed: str) -> Any:
    """What the passphrase seals in a checkpoint."""
    _, nonce, text = sealed.split(":")
    return json.loads(AESGCM(key()).decrypt(base64.b64decode(nonce), base64.b64decode(text), None))


@cache
def secrets() -> Secrets:
    """The stack's secrets; deriving their key takes a quarter of a second."""
    before = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    os.environ["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE
    try:
        return Secrets(SALT)
    finally:
        os.environ.pop("PULUMI_CONFIG_PASSPHRASE")
        os.environ.update({} if before is None else {"PULUMI_CONFIG_PASSPHRASE": before})


def normal(latest: Raw, world: Raw) -> Raw:
    """State and world without what may differ between two ways to the same end: times, counts in ids, order."""
    entries = [_normal(entry) for entry in latest.get("resources") or []]
    things = [{"urn": thing["urn"], "inputs": thing["inputs"]} for thing in world["things"].values()]
    return {
        "resources": sorted(entries, key=lambda entry: (entry["urn"], str(entry.get("delete")))),
        "pending": [operation["resource"]["urn"] for operation in latest.get("pending_operations") or []],
        "world": sorted(things, key=lambda thing: thing["urn"]),
    }


_UNCOMPARED = frozenset({"created", "modified", "sourcePosition", "stackTrace", "id", "provider", "importID"})
"""A resource that was imported by id instead of created keeps that id as ``importID``, as Pulumi has it."""


def _normal(entry: Raw) -> Raw:
    found = {name: _plain(value) for name, value in entry.items() if name not in _UNCOMPARED}
    found["dependencies"] = sorted(entry.get("dependencies") or [])
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET and "ciphertext" in value:
            return {"$secret": opened(value["ciphertext"])}
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
