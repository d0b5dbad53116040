"""A signature passes where AWS's own client made it with the key, and for that one request alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.sandbox.gateway import sigv4
from slipway.sandbox.gateway.sigv4 import SignatureError
from slipway.sandbox.http.messages import Head

KEY, SECRET = "AKIAEXAMPLE", "secret"
HOST = "127.0.0.1:4566"
SIGNERS = {"s3": S3SigV4Auth, "lambda": SigV4Auth, "iam": SigV4Auth}


def signed(service: str, method: str, target: str, body: bytes = b"", secret: str = SECRET) -> Head:
    """A request as botocore signs it, as the gateway reads it."""
    request = AWSRequest(method=method, url=f"http://{HOST}{target}", data=body, headers={"X-Extra": "a  b"})
    SIGNERS[service](Credentials(KEY, secret), service, "eu-central-1").add_auth(request)
    headers = [(b"host", HOST.encode())]
    headers += [(name.lower().encode(), str(value).encode()) for name, value in request.headers.items()]
    return Head(method=method, target=target, headers=tuple(headers))


def presigned(target: str, seconds: int) -> Head:
    request = AWSRequest(method="GET", url=f"http://{HOST}{target}")
    S3SigV4QueryAuth(Credentials(KEY, SECRET), "s3", "eu-central-1", expires=seconds).add_auth(request)
    return Head(method="GET", target=request.url.removeprefix(f"http://{HOST}"), headers=((b"host", HOST.encode()),))


def verified(head: Head, body: bytes = b"", secret: str = SECRET, now: datetime | None = None) -> None:
    sigv4.verify(head, body, sigv4.claim(head), secret, now or datetime.now(UTC))


PATHS = st.text(st.sampled_from("abc/-_.~09%20"), max_size=12).map(lambda text: "/" + text.replace("%", "%25"))
QUERIES = st.lists(st.tuples(st.sampled_from("abX"), st.sampled_from(["", "1", "a%20b", "%2F"])), max_size=3)


@settings(max_examples=60, deadline=None)
@given(service=st.sampled_from(sorted(SIGNERS)), path=PATHS, query=QUERIES, body=st.binary(max_size=20))
def test_what_botocore_signs_is_verified(service: str, path: str, query: list[tuple[str, str]], body: bytes) -> None:
    """Whatever the path, the query and the body are, for S3 and for services whose paths are normalised."""
    target = path + ("?" + "&".join(f"{name}={value}" for name, value in query) if query else "")
    verified(signed(service, "POST", target, body), body)


CHANGES: dict[str, Callable[[Head], Head]] = {
    "method": lambda head: Head(method="DELETE", target=head.target, headers=head.headers),
    "path": lambda head: Head(method=head.method, target="/other?x=1", headers=head.headers),
    "query": lambda head: Head(method=head.method, target="/a?x=2", headers=head.headers),
    "header": lambda head: Head(
        method=head.method,
        target=head.target,
        headers=tuple((name, b"c" if name == b"x-extra" else value) for name, value in head.headers),
    ),
    "host": lambda head: Head(
        method=head.method,
        target=head.target,
        headers=tuple((name, b"localhost" if name == b"host" else value) for name, value in head.headers),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("service", SIGNERS)
def test_a_changed_request_is_not_the_one_that_was_signed(service: str, change: str) -> None:
    """Method, path, query, signed headers and host belong to the signature."""
    with pytest.raises(SignatureError, match="does not match"):
        verified(CHANGES[change](signed(service, "POST", "/a?x=1", b"b")), b"b")


@pytest.mark.parametrize("service", SIGNERS)
def test_a_changed_body_is_noticed(service: str) -> None:
    """By its hash, which is in the signature or is signed itself."""
    with pytest.raises(SignatureError):
        verified(signed(service, "POST", "/a", b"b"), b"c")


def test_another_secret_does_not_pass() -> None:
    """Who knows the key's id alone cannot sign."""
    with pytest.raises(SignatureError, match="does not match"):
        verified(signed("lambda", "GET", "/a", secret="test"))


def test_a_signature_gets_old() -> None:
    """Fifteen minutes for a request, its own time for an address that is signed in advance."""
    now = datetime.now(UTC)
    with pytest.raises(SignatureError, match="it is"):
        verified(signed("lambda", "GET", "/a"), now=now + timedelta(minutes=16))
    with pytest.raises(SignatureError, match="it is"):
        verified(signed("lambda", "GET", "/a"), now=now - timedelta(minutes=16))
    verified(presigned("/bucket/key?x=1", 3600), now=now + timedelta(minutes=59))
    with pytest.raises(SignatureError, match="it is"):
        verified(presigned("/bucket/key", 60), now=now + timedelta(seconds=61))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x",
        "AWS test:test",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c",
        "AWS4-ECDSA-P256-SHA256 Credential=a/20261127/s/aws4_request, SignedHeaders=host, Signature=c",
        "AWS4-HMAC-SHA256 Credential=a/20261127/r/s/aws4_request, SignedHeaders=x-amz-date, Signature=c",
        "AWS4-HMAC-SHA256 Credential=a/20261126/r/s/aws4_request, SignedHeaders=host, Signature=c",
    ],
)
def test_what_is_no_signature_is_refused(authorization: str) -> None:
    """Missing, of another kind, incomplete, without the host, or of another day than it says."""
    headers = (
        (b"host", b"localhost"),
        (b"x-amz-date", b"20261127T000000Z"),
        (b"authorization", authorization.encode()),
    )
    with pytest.raises(SignatureError):
        sigv4.claim(Head(method="GET", target="/", headers=headers if authorization else headers[:2]))
