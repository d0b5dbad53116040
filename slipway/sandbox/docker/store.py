"""The sandbox's image registry: Debian's ``docker-registry`` on loopback, its images in the sandbox's folder.

Who pushes or pulls logs in with a password that is made anew whenever the registry starts; it is kept in a file that
its owner alone may read, and reaches the program as a secret.
"""

import ctypes
import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.sandbox.docker import daemon
from slipway.sandbox.services import keys
from slipway.sandbox.services.registry import folder

BINARY = "docker-registry"
USER = "slipway"
TOKEN_USER = "oauth2accesstoken"  # noqa: S105 - the user's name
"""Whose password is an access token: https://cloud.google.com/artifact-registry/docs/docker/authentication#token."""
COST = "$2b$05$"
"""bcrypt with few rounds: it is checked at each request, and the password has 256 bits of chance."""
ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Login:
    """Who may use the registry."""

    user: str
    password: str


def wanted() -> bool:
    """Whether this machine can use a registry: a daemon answers and the program is there."""
    return shutil.which(BINARY) is not None and daemon.find() is not None


def command(state_folder: Path, ports: Mapping[str, int]) -> Sequence[str]:
    """Write the registry's configuration with a new password, and say how to start it."""
    place = files(state_folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    login = Login(USER, secrets.token_urlsafe(32))
    _write(place / "login.json", json.dumps({"user": login.user, "password": login.password}))
    # As Artifact Registry, for which it stands in, it takes the token of Google's APIs too.
    users = {login.user: login.password, TOKEN_USER: keys.ensure(state_folder).token}
    _write(place / "htpasswd", "".join(f"{user}:{_hashed(password)}\n" for user, password in users.items()))
    _write(place / "config.json", json.dumps(_configuration(place, ports["http"]), indent=1))
    return [BINARY, "serve", str(place / "config.json")]


def login(state_folder: Path) -> Login | None:
    """Who may use the registry of this sandbox; None before its first start."""
    try:
        document = json.loads((files(state_folder) / "login.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Login(document["user"], document["password"])


def files(state_folder: Path) -> Path:
    """Where the registry's configuration and images are."""
    return folder(state_folder) / "registry"


def _configuration(place: Path, port: int) -> dict[str, object]:
    """JSON is YAML. No cache: what a clean-up deletes must be gone at once."""
    return {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(place / "images")},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": True, "age": "24h", "interval": "24h", "dryrun": False}},
        },
        "http": {"addr": f"127.0.0.1:{port}", "secret": secrets.token_hex(32)},
        "auth": {"htpasswd": {"realm": "slipway", "path": str(place / "htpasswd")}},
    }


def _hashed(password: str) -> str:
    """bcrypt, the only hash the registry takes, by the C library's own function: Python's went with 3.13."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    # 22 characters of salt hold 128 bits: the last one only two.
    salt = "".join(secrets.choice(ALPHABET) for _ in range(21)) + secrets.choice(".Oeu")
    return library.crypt(password.encode(), f"{COST}{salt}".encode()).decode()


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
