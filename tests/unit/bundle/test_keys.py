"""A key in a packed file stops the build, with the file and the line; what only looks like one does not."""

import pytest

from slipway.bundle import BundleError, Cache, static_folder
from slipway.bundle.keys import keys_in
from slipway.errors import UserError
from slipway.verbs.artifacts import recognised_artifact

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKjMzEfYyji"
PRIVATE = "PRIVATE " + "KEY-----"
"""In two parts, so that this file holds none."""
AWS_ID = "AKIA" + "Q3EGTZ7LHWXKD5NV"

KEYS = {
    "a private key": f"# ours\n-----BEGIN RSA {PRIVATE}\n{BODY}\n-----END RSA {PRIVATE}\n",
    "a private key in JSON": f'{{\n"private_key": "-----BEGIN {PRIVATE}\\n{BODY}\\n"}}',
    "a private key in code": f'KEY = """\n-----BEGIN {PRIVATE}\n{BODY[:64]}\n"""\n',
    "an encrypted key": f"\n-----BEGIN RSA {PRIVATE}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n{BODY}\n",
    "an AWS access key": f"import x\nKEY = '{AWS_ID}'\n",
    "an AWS secret": "\naws_secret_access_key = 'wJalrXUtnFEMIaK7MDENGobPxRfiCYzzQ8LpTr5v'\n",
    "a GitHub token": "\nTOKEN = 'ghp_" + "a1B2c3D4e5" * 3 + "F6g7H8'\n",
    "a Stripe key": "\nstripe.api_key = 'sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc'\n",
    "an Azure key": "\nAccountKey=" + "aB3/" * 21 + "aB==\n",
}
TOKENS = {
    "a GitHub token": "github_" + "pat_11ABCDEFG0aBcDeFgHiJkL_" + "aB3dE5gH7jK9" * 4 + "mN2pQ4rS6tU",
    "an npm token": "npm" + "_aB3dE5gH7jK9mN2pQ4rS6tU8vW0xY1zA3bC5",
    "a Hugging Face token": "hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    "an Anthropic key": "sk-" + "ant-api03-" + "aB3-dE5_" * 11,
    "a DigitalOcean token": "dop" + "_v1_" + "0a1b2c3d4e5f6789" * 4,
    "a Google client secret": "GOCSPX" + "-aB3dE5gH7jK9mN2pQ4rS6tU8vW0x",
    "a Telegram token": "123456789" + ":AAaB3dE5gH7jK9mN2pQ4rS6tU8vW0xY1zB3",
}
HARMLESS = {
    "a header in a parser": f"START = '-----BEGIN {PRIVATE}'\n",
    "a manual's key": f"-----BEGIN {PRIVATE}\nMIIEvQ...\n-----END {PRIVATE}\n",
    "a certificate": f"-----BEGIN CERTIFICATE-----\n{BODY}\n",
    "a public key": f"-----BEGIN PUBLIC KEY-----\n{BODY}\n",
    "AWS's own example": "KEY = 'AKIA" + "IOSFODNN7EXAMPLE'\n",
    "base64 with an id inside": f"data:image/png;base64,{'A1b2' * 9}{AWS_ID}{'c3D4' * 9}\n",
    "a test key of Stripe": "stripe.api_key = 'sk_test_4eC39HqLyjWDarjtT1zdp7dc'\n",
    "a variable's name": "password = os.environ['DATABASE_PASSWORD']\n",
    "a digest": "sha256:" + "0123456789abcdef" * 4 + "\n",
}


@pytest.mark.parametrize("text", KEYS.values(), ids=KEYS)
def test_a_key_stops_the_build_with_its_line(folder, cache: Cache, text: str):
    """The message names the file, the line, and the setting that allows it; a file beside it is not named."""
    with pytest.raises(BundleError, match=r"app/inside/settings\.py, line 2, holds a.*allow_keys_in: \[inside"):
        static_folder(folder({"index.html": "x", "inside/settings.py": text}), cache=cache)


@pytest.mark.parametrize(("what", "token"), TOKENS.items(), ids=TOKENS)
def test_tokens_of_newer_kinds_are_seen(what: str, token: str):
    """By their form, whatever the variable is called."""
    assert keys_in(f"\nx = '{token}'\n".encode()) == ((2, what),)


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_key_is_packed(text: str):
    """Headers, examples, public parts and digests pass."""
    assert keys_in(text.encode()) == ()


def test_an_allowed_file_is_packed(folder, cache: Cache):
    """The app's settings allow one file, and no other."""
    source = folder({"fixture.txt": KEYS["a private key"]})
    assert list(static_folder(source, allow_keys_in=["fixture.txt"], cache=cache).manifest) == ["fixture.txt"]
    folder({"other.txt": KEYS["a private key"]})
    with pytest.raises(BundleError, match=r"other\.txt, line 2"):
        static_folder(source, allow_keys_in=["fixture.txt"], cache=cache)


def test_the_command_allows_a_file_too(folder, cache: Cache):
    """`slipway bundle APP --allow-keys-in FILE`, for a folder that no stack knows."""
    source = folder({"fixture.txt": KEYS["a private key"], "main.py": "import flask\n\napp = flask.Flask(__name__)\n"})
    with pytest.raises(UserError, match=r"fixture\.txt, line 2"):
        recognised_artifact(source, "beanstalk", cache)
    assert "fixture.txt" in recognised_artifact(source, "beanstalk", cache, allow_keys_in=["fixture.txt"]).manifest


def test_a_key_is_remembered_with_its_file(folder, cache: Cache):
    """The second build reads nothing again, and refuses all the same."""
    source = folder({"settings.py": KEYS["an AWS access key"]})
    for _ in range(2):
        with pytest.raises(BundleError, match=r"settings\.py, line 2"):
            static_folder(source, cache=cache)


def test_a_file_that_is_left_out_may_hold_a_key(folder, cache: Cache):
    """Only what is packed can leak."""
    source = folder({"index.html": "x", "tests/key.txt": KEYS["a private key"], "own.key": KEYS["a private key"]})
    assert list(static_folder(source, cache=cache).manifest) == ["index.html"]
