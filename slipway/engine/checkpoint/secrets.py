"""Passphrase secrets, as Pulumi's passphrase provider keeps them (ENGINE.md, "Passphrase secrets")."""

import base64
import contextlib
import json
import os
import secrets as random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.engine.checkpoint.keys import key_of
from slipway.engine.errors import EngineError, PassphraseError, StateError
from slipway.wire.signatures import SECRET, SIGNATURE
from slipway.wire.values import bare, is_secret, rewrite

if TYPE_CHECKING:
    from concurrent.futures import Future

_WORD = "pulumi"


def passphrase() -> str:
    """The passphrase of this environment. Raises :class:`PassphraseError` where there is none."""
    if "PULUMI_CONFIG_PASSPHRASE" in os.environ:
        return os.environ["PULUMI_CONFIG_PASSPHRASE"]
    named = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not named:
        raise PassphraseError(
            "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE "
            "environment variables"
        )
    try:
        return Path(named).expanduser().read_text().strip()
    except OSError as error:
        raise PassphraseError(f"PULUMI_CONFIG_PASSPHRASE_FILE names {named}: {error.strerror}") from error


class Secrets:
    """Seals and opens values with the key of one salt.

    ``salt`` is the text kept as ``encryptionsalt``. Raises :class:`PassphraseError` when it is first used, where the
    passphrase is not the one that the salt was made with.
    """

    def __init__(self, salt: str) -> None:
        self.salt = salt
        self.learn: Callable[[str], None] = lambda text: None
        self._kept: dict[tuple[str, str], str] = {}
        raw, self._proof = _parts(salt)
        self._key = key_of(passphrase(), raw)

    @classmethod
    def create(cls) -> "Secrets":
        """A new salt for the passphrase of this environment."""
        raw = random.token_bytes(8)
        secrets = cls.__new__(cls)
        secrets.learn = lambda text: None
        secrets._kept = {}
        secrets._key = key_of(passphrase(), raw)
        secrets._proof = secrets._seal(_WORD)
        secrets.salt = f"v1:{base64.b64encode(raw).decode()}:{secrets._proof}"
        return secrets

    def check(self) -> None:
        """Make sure that the passphrase is right. Raises :class:`PassphraseError` where it is not."""
        try:
            if self._open(self._proof) == _WORD:
                return
        except StateError:
            pass
        raise PassphraseError(
            "incorrect passphrase: it does not open this stack's encryptionsalt. Set PULUMI_CONFIG_PASSPHRASE, or the "
            "file that PULUMI_CONFIG_PASSPHRASE_FILE names, to the one that the stack was made with"
        )

    def seal_text(self, text: str) -> str:
        """Seal a text: ``v1:<nonce>:<text and tag>``."""
        self.check()
        return self._seal(text)

    def open_text(self, sealed: str) -> str:
        """Open what :meth:`seal_text` sealed."""
        self.check()
        return self._open(sealed)

    def sealed(self, props: Any, owner: str) -> Any:  # noqa: ANN401 - any JSON
        """The value with every secret sealed, as a checkpoint holds it.

        A secret in a secret is sealed once, by the outer one, and keeps its mark in the text.

        The same plaintext of the same ``owner`` keeps its sealed text, so an unchanged resource stays unchanged.
        """
        if is_secret(props):
            text = _text(rewrite(props["value"], _marked))
            if (owner, text) not in self._kept:
                self.learn(_text(bare(props)))
                self._kept[owner, text] = self.seal_text(text)
            return {SIGNATURE: SECRET, "ciphertext": self._kept[owner, text]}
        if isinstance(props, dict):
            return {key: self.sealed(value, owner) for key, value in props.items()}
        return [self.sealed(value, owner) for value in props] if isinstance(props, list) else props

    def opened(self, props: Any, owner: str) -> Any:  # noqa: ANN401
        """The value with every sealed secret of a checkpoint opened. Raises :class:`StateError` for a broken one."""

        def unseal(part: Any) -> Any:  # noqa: ANN401
            if not is_secret(part):
                return part
            if "ciphertext" not in part:
                return _opened(part.get("plaintext", "null"))
            text = self.open_text(part["ciphertext"])
            self._kept[owner, text] = part["ciphertext"]
            secret = _opened(text)
            self.learn(_text(bare(secret)))
            return secret

        return rewrite(props, unseal)

    def _cipher(self) -> Any:  # noqa: ANN401
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key.result())

    def _seal(self, text: str) -> str:
        nonce = random.token_bytes(12)
        sealed = self._cipher().encrypt(nonce, text.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def _open(self, sealed: str) -> str:
        from cryptography.exceptions import InvalidTag

        try:
            version, nonce, text = sealed.split(":")
            if version != "v1":
                raise ValueError(version)
            return self._cipher().decrypt(base64.b64decode(nonce), base64.b64decode(text), None).decode()
        except (ValueError, InvalidTag) as error:
            raise StateError(
                "a secret cannot be opened: it was sealed with another passphrase or is damaged"
            ) from error


def _marked(part: Any) -> Any:  # noqa: ANN401
    """A secret in a secret, as the text of the outer one has it: marked, and not sealed a second time."""
    if not is_secret(part):
        return part
    return {SIGNATURE: SECRET, "ciphertext": _text(part["value"])}


def _unmarked(part: Any) -> Any:  # noqa: ANN401
    return _opened(part["ciphertext"]) if is_secret(part) and "ciphertext" in part else part


def _opened(text: str) -> dict[str, Any]:
    """The secret of a text, with those that are marked inside."""
    return {SIGNATURE: SECRET, "value": rewrite(json.loads(text), _unmarked)}


def _text(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def derive_ahead(salt: str, word: str) -> "Future[bytes] | None":
    """Begin with the key of an ``encryptionsalt``, for a later use in this process; None for what is none."""
    with contextlib.suppress(StateError):  # its first use reports it
        return key_of(word, _parts(salt)[0])


def _parts(salt: str) -> tuple[bytes, str]:
    try:
        _, raw, proof = salt.split(":", 2)
        return base64.b64decode(raw), proof
    except ValueError as error:
        raise StateError(f"the encryptionsalt is not of the form v1:SALT:PROOF: {salt[:20]}…") from error


def secrets_in(latest: dict[str, Any]) -> Secrets | None:
    """The secrets of a checkpoint; None where it names no salt. Raises :class:`EngineError` for other providers."""
    provider = latest.get("secrets_providers") or {}
    if provider and provider.get("type") != "passphrase":
        raise EngineError(
            f"the stack's secrets are kept by {provider.get('type')!r}: this engine opens passphrase secrets only"
        )
    salt = (provider.get("state") or {}).get("salt")
    return Secrets(salt) if salt else None
