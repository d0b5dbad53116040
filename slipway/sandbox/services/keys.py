"""The secrets of one sandbox: drawn when it is first started, and asked of every call to its control planes.

Anything that runs on this machine can reach a loopback port, and so can a page in a browser. What tells the owner's
clients from all others is that they can read this file.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from slipway.sandbox.services import registry

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What the clients of a sandbox show, each in the form that its cloud has for it."""

    access_key: str
    """AWS's access key id."""
    secret_key: str
    """AWS's secret access key, which signs and is never sent."""
    token: str
    """The bearer token of Google's APIs, and of the provider host."""
    pythonanywhere: str
    """The API token of the PythonAnywhere account."""


def draw() -> Keys:
    """New ones, with 160 bits of chance or more each."""
    return Keys(
        access_key="AKIA" + "".join(secrets.choice(BASE32) for _ in range(16)),
        secret_key=secrets.token_urlsafe(30),
        token=secrets.token_urlsafe(32),
        pythonanywhere=secrets.token_hex(20),
    )


def load(state_folder: Path) -> Keys | None:
    """The sandbox's keys; None before its first start, and where the file is damaged."""
    try:
        return Keys(**json.loads(_path(state_folder).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def ensure(state_folder: Path) -> Keys:
    """The sandbox's keys, drawn where there are none. The caller holds the lock ``services``."""
    if keys := load(state_folder):
        return keys
    keys, path = draw(), _path(state_folder)
    registry.private(path.parent)
    registry.write(path, json.dumps(asdict(keys)))
    return keys


def _path(state_folder: Path) -> Path:
    return registry.folder(state_folder) / "keys.json"
