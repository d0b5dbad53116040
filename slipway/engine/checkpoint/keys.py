"""The keys of passphrases: derived in the background, once a process for each passphrase and salt.

A derivation takes a quarter of a second by design, on a core of its own: a command that asks for a key
early does not wait for it.
"""

import hashlib
import threading
from concurrent.futures import Future

ROUNDS = 1_000_000
"""Of PBKDF2 with SHA-256, as Pulumi's passphrase provider has them."""

_derived: dict[tuple[str, bytes], "Future[bytes]"] = {}
_guard = threading.Lock()


def key_of(word: str, salt: bytes) -> "Future[bytes]":
    """The key (32 bytes) of a passphrase and a salt, once it is there."""
    with _guard:
        derived = _derived.get((word, salt))
        if derived is not None:
            return derived
        future = _derived[word, salt] = Future()
    threading.Thread(target=_derive, args=(future, word, salt), daemon=True, name="key").start()
    return future


def _derive(future: "Future[bytes]", word: str, salt: bytes) -> None:
    future.set_result(hashlib.pbkdf2_hmac("sha256", word.encode(), salt, ROUNDS, 32))
