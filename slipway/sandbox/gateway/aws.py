"""AWS's control plane: every request is signed by a key of the sandbox, or of a session that the emulator has made.

The addresses of functions are at the same port, as in the emulator: what is at them is an app and open to callers of
this machine, as far as the function's own policy goes.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from slipway.sandbox.aws.emulator import SESSION
from slipway.sandbox.gateway import sigv4
from slipway.sandbox.gateway.control_planes import plain_path
from slipway.sandbox.gateway.sigv4 import Claim, SignatureError
from slipway.sandbox.http.guard import of_this_machine
from slipway.sandbox.http.messages import Answer, Body, Head, TooLargeError, passed_on, text
from slipway.sandbox.http.upstream import UnavailableError, Upstream
from slipway.sandbox.services.keys import Keys

FUNCTION_ADDRESS = re.compile(r"[a-z0-9]{32}\.lambda-url\.[a-z0-9-]+\.localhost")
FUNCTION_MOST = 6 << 20
"""Bytes that a function takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
INVOCATION = re.compile(r"/2015-03-31/functions/[^/]+/invocations")
ASYNCHRONOUS_MOST = 1 << 20
"""Bytes of an event that is not waited for."""
MOST = 300 << 20
"""Bytes of a request; a function's code is the largest."""
ADMIN = re.compile(r"/_")
"""The emulator's own pages (``/_ministack/reset`` wipes it), which AWS does not have."""
OF_THE_EMULATOR = re.compile(r"/_(ministack|localstack|slipway|aws|alb)(?=/|$)|/health$")
"""Its own pages among the paths of a function, which may well begin with an underline."""
QUERY = frozenset(
    {
        *("iam", "sts", "sqs", "sns", "monitoring", "elasticbeanstalk"),
        *("ec2", "elasticloadbalancing", "autoscaling", "rds", "route53"),
    }
)
"""Services that answer errors in XML."""
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
STATUS = {
    "InvalidClientTokenId": 403,
    "InvalidRequestContentException": 400,
    "RequestEntityTooLargeException": 413,
    "ServiceUnavailable": 503,
}


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A :data:`~slipway.sandbox.http.messages.Site`."""

    upstream: Upstream
    keys: Keys
    others: Mapping[str, Upstream] = field(default_factory=dict)
    """What answers for a service, by the name that its requests are signed for, where it is not the emulator."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        if to_app(head):
            return await self._function(head, body)
        if ADMIN.match(plain_path(head)):
            return text(404, "not found", close=True)
        claimed = None
        try:
            claimed = sigv4.claim(head)
            secret = await self._secret(claimed)
            content = await body(MOST)
            sigv4.verify(head, content, claimed, secret, self.now())
            if claimed.service == "lambda" and (refusal := _no_event(head, content)):
                return _worded(*refusal, claimed, head)
            upstream = self.others.get(claimed.service, self.upstream)
            return await upstream.ask(head, passed_on(head.headers), content)
        except SignatureError as error:
            return _worded(error.code, str(error), claimed, head)
        except TooLargeError:
            return _worded(
                "RequestEntityTooLargeException", f"Request must be smaller than {MOST} bytes", claimed, head
            )
        except UnavailableError as error:
            return _worded(
                "ServiceUnavailable", f"{error}: the next `slipway up` starts the emulator again", claimed, head
            )

    async def _secret(self, claimed: Claim) -> str:
        """The secret behind a key. Raises :class:`SignatureError` for a key that the sandbox has not given out."""
        if claimed.access_key == self.keys.access_key and not claimed.token:
            return self.keys.secret_key
        unknown = SignatureError("InvalidClientTokenId", "The security token included in the request is invalid.")
        if not claimed.access_key.isalnum():
            raise unknown
        question = Head(method="GET", target=SESSION + claimed.access_key)
        answer = await self.upstream.ask(question, ((b"host", b"localhost"),), b"")
        session = json.loads(await whole(answer))
        if not session or session["token"] != claimed.token:
            raise unknown
        return session["secret"]

    async def _function(self, head: Head, body: Body) -> Answer:
        """The address of a function; a signature, where there is one, must be of a key of this sandbox."""
        if OF_THE_EMULATOR.match(plain_path(head)):
            return _message(404, "Not Found")
        try:
            if head.value(b"authorization").startswith(sigv4.ALGORITHM) or "X-Amz-Signature=" in head.query:
                claimed = sigv4.claim(head)
                secret = await self._secret(claimed)
                content = await body(FUNCTION_MOST)
                sigv4.verify(head, content, claimed, secret, self.now())
            else:
                content = await body(FUNCTION_MOST)
            return await self.upstream.ask(head, passed_on(head.headers), content)
        except SignatureError:
            return _message(403, "Forbidden")
        except TooLargeError:
            return _message(413, f"Request must be smaller than {FUNCTION_MOST} bytes for the InvokeFunction operation")
        except UnavailableError as error:
            return _message(502, f"Internal Server Error: {error}")


def to_app(head: Head) -> bool:
    """Whether a request is for a function: at its address, or at a domain, of which the guard lets in those of apps."""
    return bool(FUNCTION_ADDRESS.fullmatch(head.host)) or not of_this_machine(head.host)


def _no_event(head: Head, content: bytes) -> tuple[str, str] | None:
    """Why Lambda takes no such event: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html."""
    if head.method != "POST" or not INVOCATION.fullmatch(head.path):
        return None
    most = ASYNCHRONOUS_MOST if head.value(b"x-amz-invocation-type") == "Event" else FUNCTION_MOST
    if len(content) > most:
        message = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        return "RequestEntityTooLargeException", message
    try:
        json.loads(content or b"null")
    except (ValueError, RecursionError) as error:
        return "InvalidRequestContentException", f"Could not parse request body into json: {error}"
    return None


async def whole(answer: Answer) -> bytes:
    """The body of an answer."""
    if isinstance(answer.content, bytes):
        return answer.content
    return b"".join([piece async for piece in answer.content])


def _message(status: int, words: str) -> Answer:
    return Answer(
        status=status,
        headers=((b"content-type", b"application/json"),),
        content=json.dumps({"Message": words}).encode(),
        close=True,
    )


def _worded(code: str, message: str, claimed: Claim | None, head: Head) -> Answer:
    """An error in the form that the request's client reads, by the protocol that it speaks.

    https://smithy.io/2.0/aws/protocols/index.html
    """
    service = claimed.service if claimed else "s3"
    if head.value(b"smithy-protocol") == "rpc-v2-cbor":
        own = ((b"smithy-protocol", b"rpc-v2-cbor"),)
        return _answer(code, b"application/cbor", _cbor({"__type": code, "message": message}), *own)
    if service == "s3":
        xml = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        return _answer(code, b"application/xml", XML + xml.encode())
    if service in QUERY and "json" not in head.value(b"content-type"):
        error = f"<Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        return _answer(code, b"text/xml", XML + f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode())
    body = json.dumps({"__type": code, "message": message}).encode()
    return _answer(code, b"application/x-amz-json-1.1", body, (b"x-amzn-errortype", code.encode()))


def _answer(code: str, kind: bytes, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    status = STATUS.get(code, 403)
    return Answer(status=status, headers=((b"content-type", kind), *headers), content=body, close=True)


def _cbor(fields: Mapping[str, str]) -> bytes:
    """A map of short texts in CBOR: https://www.rfc-editor.org/rfc/rfc8949#section-3."""

    def text(value: str) -> bytes:
        data = value.encode()
        return b"\x79" + len(data).to_bytes(2, "big") + data

    return bytes([0xA0 + len(fields)]) + b"".join(text(word) for pair in fields.items() for word in pair)
