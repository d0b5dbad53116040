"""Keys in the files of an app: private keys, cloud key ids and tokens that only an owner should have.

The patterns are detect-secrets' own, of the detectors that seldom err, and those of tokens that it does not know yet.
Its guesses by entropy or by a variable's name are not used. A private key counts with its body: a first line alone
stands in every parser and in every manual.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

FORMAT = 2
"""Counted up whenever other keys are to be seen in the same bytes, so that nothing remembered answers for them."""

LARGEST = 1 << 20
"""Bytes of a file that is looked at: keys stand in what people write, not in data."""

_HEADER = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_BODY_WITHIN = 600
_BODY = re.compile(rb"[A-Za-z0-9+/]{64}")
_PEM_FIELD = re.compile(rb"(?:[A-Z][A-Za-z-]+: [^\n\\]*(?:\\n|\n))+")
_BETWEEN = re.compile(rb"\\r|\\n|[\s\"'+\\,()]")
_EXAMPLE = re.compile(r"EXAMPLE|1234567890|(.)\1{7}|xxx")
"""What a key of a manual looks like: no service gives such keys out."""


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One of detect-secrets' detectors, by its module and class, or a pattern of our own."""

    says: str
    literals: tuple[bytes, ...]
    """Bytes without one of which it matches nothing."""
    module: str = ""
    name: str = ""
    pattern: str = ""


DETECTORS = (
    Detector(
        module="aws",
        name="AWSKeyDetector",
        says="an AWS access key",
        literals=(b"AKIA", b"ASIA", b"ABIA", b"ACCA", b"aws_secret", b"AWS_SECRET"),
    ),
    Detector(
        module="azure_storage_key",
        name="AzureStorageKeyDetector",
        says="an Azure storage key",
        literals=(b"AccountKey=",),
    ),
    Detector(
        module="github_token",
        name="GitHubTokenDetector",
        says="a GitHub token",
        literals=(b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
    ),
    Detector(
        module="gitlab_token",
        name="GitLabTokenDetector",
        says="a GitLab token",
        literals=(b"glpat-", b"gldt-", b"glrt-", b"glcbt-", b"glptt-", b"glagent-", b"gloas-"),
    ),
    Detector(module="openai", name="OpenAIDetector", says="an OpenAI key", literals=(b"T3BlbkFJ",)),
    Detector(module="pypi_token", name="PypiTokenDetector", says="a PyPI token", literals=(b"pypi-Ag",)),
    Detector(module="sendgrid", name="SendGridDetector", says="a SendGrid key", literals=(b"SG.",)),
    Detector(
        module="slack", name="SlackDetector", says="a Slack token", literals=(b"xox", b"hooks.slack.com/services/")
    ),
    Detector(module="telegram_token", name="TelegramBotTokenDetector", says="a Telegram token", literals=(b":AA",)),
    # https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    Detector(says="a GitHub token", literals=(b"github_pat_",), pattern=r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    # https://docs.npmjs.com/about-access-tokens
    Detector(says="an npm token", literals=(b"npm_",), pattern=r"npm_[A-Za-z0-9]{36}"),
    # https://huggingface.co/docs/hub/security-tokens
    Detector(says="a Hugging Face token", literals=(b"hf_",), pattern=r"hf_[A-Za-z]{34}"),
    Detector(says="an Anthropic key", literals=(b"sk-ant-",), pattern=r"sk-ant-[a-z]{3,5}\d\d-[\w-]{80,}"),
    # https://docs.digitalocean.com/reference/api/create-personal-access-token
    Detector(says="a DigitalOcean token", literals=(b"_v1_",), pattern=r"do[opr]_v1_[a-f0-9]{64}"),
    # https://developers.google.com/identity/protocols/oauth2
    Detector(says="a Google client secret", literals=(b"GOCSPX-",), pattern=r"GOCSPX-[\w-]{28}"),
    Detector(module="stripe", name="StripeDetector", says="a live Stripe key", literals=(b"k_live_",)),
)


def keys_in(data: bytes) -> tuple[tuple[int, str], ...]:
    """Each key in a file's bytes as its line (from 1) and what it is; none in binary data and in large files."""
    if len(data) > LARGEST or b"\0" in data[:8192]:
        return ()
    keys = sorted({*_private_keys(data), *_tokens(data)})
    return tuple(keys)


def _private_keys(data: bytes) -> Iterator[tuple[int, str]]:
    for header in _HEADER.finditer(data):
        body = data[header.end() : header.end() + _BODY_WITHIN].split(b"-----END")[0].lstrip(b"\r\n")
        body = _PEM_FIELD.sub(b"", body)
        if _BODY.match(_BETWEEN.sub(b"", body)):
            yield data.count(b"\n", 0, header.start()) + 1, "a private key"
    if data.startswith(b"PuTTY-User-Key-File-"):
        yield 1, "a private key"


def _tokens(data: bytes) -> Iterator[tuple[int, str]]:
    detectors = [one for one in DETECTORS if any(literal in data for literal in one.literals)]
    if not detectors:
        return
    for number, line in enumerate(data.split(b"\n"), 1):
        for detector in detectors:
            if any(literal in line for literal in detector.literals) and _matches(detector, line.decode("latin-1")):
                yield number, detector.says


def _matches(detector: Detector, line: str) -> bool:
    return any(not _EXAMPLE.search(secret) for secret in _whole_secrets(detector, line))


def _whole_secrets(detector: Detector, line: str) -> Iterator[str]:
    for pattern in _patterns(detector):
        for match in pattern.finditer(line):
            # Of a longer word it is no key: base64 of a picture holds every four letters.
            before, after = line[match.start() - 1 : match.start()], line[match.end() : match.end() + 1]
            if not (before.isalnum() or after.isalnum()):
                yield match[0]


@cache
def _patterns(detector: Detector) -> Sequence[re.Pattern[str]]:
    if detector.pattern:
        return [re.compile(detector.pattern)]
    # Imported when a file looks as if it held a key: the library takes a tenth of a second, and few apps need it.
    return vars(import_module(f"detect_secrets.plugins.{detector.module}"))[detector.name].denylist
