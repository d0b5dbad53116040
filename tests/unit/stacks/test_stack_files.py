"""The committed stack files hold what they say and nothing that has to be kept secret."""

import base64
import hashlib
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stacks.tables import PYTHONS

ROOT = Path(__file__).parents[3]
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))


def document(stack):
    return yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())


def test_the_sandboxes_passphrase_is_sandbox():
    """The salt is committed with the word `pulumi` sealed, as Pulumi does; the passphrase opens it."""
    salt, nonce, sealed = (
        base64.b64decode(document("sandbox")["encryptionsalt"].split(":")[place]) for place in (1, 3, 4)
    )
    key = hashlib.pbkdf2_hmac("sha256", b"sandbox", salt, 1_000_000, 32)
    assert AESGCM(key).decrypt(nonce, sealed, None) == b"pulumi"


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_no_stack_file_has_a_secret_in_it(path):
    """Neither sealed nor plain: the examples are copied by others."""
    text = path.read_text()
    assert "secure:" not in text
    assert "slipway:secrets" not in text


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_real_stack_declares_its_python(stack):
    """Only the sandbox takes the machine's own."""
    apps = document(stack)["config"]["slipway:apps"]
    assert all(app["python"] in PYTHONS for app in apps.values())
