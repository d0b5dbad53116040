"""One-time links to the sandbox's page: drawn by its owner's command, taken by the gateway for a session.

The file has the link's hash alone; a link works once, and for some minutes.
"""

import hashlib
import hmac
import json
import secrets
import time
from pathlib import Path

from slipway.sandbox.services import registry

GOOD_FOR = 600.0
"""Seconds for which a link that was not used works."""


def draw(state_folder: Path) -> str:
    """A new link's secret; an earlier one that was not used works no more."""
    link = secrets.token_urlsafe(32)
    document = {"sha256": _hash(link), "until": time.time() + GOOD_FOR}
    registry.write(_place(state_folder), json.dumps(document))
    return link


def redeem(state_folder: Path, link: str) -> bool:
    """Whether this is the link that was drawn last; if so, it has been used now."""
    try:
        document = json.loads(_place(state_folder).read_text(encoding="utf-8"))
        fits = hmac.compare_digest(document["sha256"], _hash(link)) and time.time() < document["until"]
        if fits:
            _place(state_folder).unlink()  # of two that try at once, one finds it gone
        return fits
    except FileNotFoundError:
        return False


def _place(state_folder: Path) -> Path:
    return registry.folder(state_folder) / "page-link.json"


def _hash(link: str) -> str:
    return hashlib.sha256(link.encode()).hexdigest()
