"""AWS's Signature Version 4, verified as AWS does: recomputed with botocore's own signer and compared.

Pure: a request, a secret and the clock in; the reason of a refusal out.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from slipway.sandbox.http.messages import Head

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=15)
"""How far a signature's clock may be from ours: https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html."""
LONGEST = timedelta(days=7)
"""For how long an address may be signed in advance."""
FORM = "%Y%m%dT%H%M%SZ"
SECONDS = re.compile(r"[0-9]{1,7}")
UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-")
"""What the hash of a body is where its chunks carry checksums, or TLS would protect it."""


class SignatureError(Exception):
    """A request is not signed, or not by the key that it names; ``code`` is AWS's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who a request says it is from."""

    access_key: str
    region: str
    service: str
    signed_headers: frozenset[str]
    signature: str
    at: str
    """The moment of signing, ``20261127T034222Z``."""
    token: str = ""
    """The session's, of a key that has one."""
    expires: timedelta | None = None
    """For how long an address is signed; None where a header carries the signature."""


def claim(head: Head) -> Claim:
    """What the request says of its signature, in the header or in the query. Raises :class:`SignatureError`."""
    query: dict[str, str] = dict(parse_qsl(head.query, keep_blank_values=True))
    authorization = head.all(b"authorization")
    if len(authorization) > 1:
        raise SignatureError("IncompleteSignature", "the request has more than one Authorization header")
    if authorization:
        algorithm, _, rest = authorization[0].partition(" ")
        parts = (part.strip().partition("=") for part in rest.split(","))
        fields = {name: value for name, _, value in parts}
        fields |= {"Date": head.value(b"x-amz-date"), "Token": head.value(b"x-amz-security-token")}
    elif "X-Amz-Signature" in query:
        algorithm = query.get("X-Amz-Algorithm", "")
        fields = {name.removeprefix("X-Amz-"): value for name, value in query.items()}
        fields["Token"] = fields.get("Security-Token", "")
    else:
        raise SignatureError("MissingAuthenticationToken", "Request is missing Authentication Token")
    if algorithm != ALGORITHM:
        raise SignatureError("IncompleteSignature", f"the sandbox takes signatures by {ALGORITHM}, got {algorithm!r}")
    return _claim(fields, presigned=not authorization)


def verify(head: Head, body: bytes, claimed: Claim, secret: str, now: datetime) -> None:
    """Raises :class:`SignatureError` for a signature that is old, or that ``secret`` does not give."""
    _verify_date(claimed, now)
    stated = head.value(b"x-amz-content-sha256")
    if stated and not stated.startswith(UNSIGNED) and stated.lower() != hashlib.sha256(body).hexdigest():
        raise SignatureError("XAmzContentSHA256Mismatch", "the body is not the one that was signed")
    if not hmac.compare_digest(_signature(head, body, claimed, secret).encode(), claimed.signature.encode()):
        raise SignatureError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method: `slipway sandbox env` prints the sandbox's.",
        )


class _Signer(SigV4Auth):
    """botocore's signer, of the headers that a request says were signed and of the path as it was sent, for S3."""

    def __init__(self, claimed: Claim, secret: str) -> None:
        super().__init__(Credentials(claimed.access_key, secret), claimed.service, claimed.region)
        self._signed, self._service = claimed.signed_headers, claimed.service

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """The headers that were signed, whatever they are."""
        chosen = HTTPHeaders()
        for name, value in request.headers.items():
            if name.lower() in self._signed:
                chosen[name.lower()] = value
        return chosen

    def _normalize_url_path(self, path: str) -> str:
        return path if self._service == "s3" else super()._normalize_url_path(path)


def _signature(head: Head, body: bytes, claimed: Claim, secret: str) -> str:
    pairs = [pair for pair in head.query.split("&") if not pair.startswith("X-Amz-Signature=")]
    query = f"?{'&'.join(pairs)}" if head.query else ""
    request = AWSRequest(method=head.method, url=f"http://localhost{head.path}{query}", data=body)
    for name, value in head.headers:
        request.headers.add_header(name.decode("latin-1"), value.decode("latin-1"))
    if claimed.expires is not None and claimed.service == "s3":
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    request.context["timestamp"] = claimed.at
    signer = _Signer(claimed, secret)
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


def _claim(fields: Mapping[str, str], *, presigned: bool) -> Claim:
    scope = fields.get("Credential", "").split("/")
    signed = frozenset(name for name in fields.get("SignedHeaders", "").lower().split(";") if name)
    if len(scope) != 5 or scope[4] != "aws4_request" or not fields.get("Signature") or not fields.get("Date"):
        raise SignatureError(
            "IncompleteSignature",
            "a signature has Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders, Signature and a date",
        )
    if "host" not in signed:
        raise SignatureError("SignatureDoesNotMatch", "'Host' must be a signed header")
    if fields["Date"][:8] != scope[1]:
        raise SignatureError("SignatureDoesNotMatch", "the date of the credential is not the date of the request")
    seconds = fields.get("Expires", "")
    if presigned and not SECONDS.fullmatch(seconds):
        raise SignatureError("AuthorizationQueryParametersError", f"X-Amz-Expires must be seconds, got {seconds!r}")
    return Claim(
        access_key=scope[0],
        region=scope[2],
        service=scope[3],
        signed_headers=signed,
        signature=fields["Signature"],
        at=fields["Date"],
        token=fields.get("Token", ""),
        expires=timedelta(seconds=int(seconds)) if presigned else None,
    )


def _verify_date(claimed: Claim, now: datetime) -> None:
    try:
        at = datetime.strptime(claimed.at, FORM).replace(tzinfo=UTC)
    except ValueError:
        raise SignatureError("IncompleteSignature", f"a date is written {FORM}, got {claimed.at!r}") from None
    until = SKEW if claimed.expires is None else min(claimed.expires, LONGEST)
    if at > now + SKEW or now > at + until:
        raise SignatureError("RequestExpired", f"the signature is of {claimed.at}, it is {now:{FORM}} now")
