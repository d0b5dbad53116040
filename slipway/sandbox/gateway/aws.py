"""AWS's control plane: every request is signed by a key of the sandbox, or of a session that the emulator has made.

The addresses of functions are at the same port, as in the emulator: what is at them is an app and open to callers of
this machine, as far as the function's own policy goes.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from slipway.sandbox.aws.emulator import SESSION
from slipway.sandbox.gateway import sigv4
from slipway.sandbox.gateway.control_planes import plain_path
from slipway.sandbox.gateway.sigv4 import Claim, SignatureError
from slipway.sandbox.http.messages import Answer, Body, Head, TooLargeError, passed_on, text
from slipway.sandbox.http.upstream import UnavailableError, Upstream
from slipway.sandbox.services.keys import Keys

FUNCTION_ADDRESS = re.compile(r"[a-z0-9]{32}\.lambda-url\.[a-z0-9-]+\.localhost")
FUNCTION_MOST = 6 << 20
"""Bytes that a function takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
MOST = 300 << 20
"""Bytes of a request; a function's code is the largest."""
ADMIN = re.compile(r"/_")
"""The emulator's own pages (``/_ministack/reset`` wipes it), which AWS does not have."""
OF_THE_EMULATOR = re.compile(r"/_(ministack|localstack|slipway|aws|alb)(?=/|$)|/health$")
"""Its own pages among the paths of a function, which may well begin with an underline."""
QUERY = frozenset({"iam", "sts", "sqs", "sns", "monitoring", "elasticbeanstalk"})
"""Services that answer errors in XML."""
STATUS = {"InvalidClientTokenId": 403, "RequestEntityTooLargeException": 413, "ServiceUnavailable": 503}


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A :data:`~slipway.sandbox.http.messages.Site`."""

    upstream: Upstream
    keys: Keys
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        if FUNCTION_ADDRESS.fullmatch(head.host):
            return await self._function(head, body)
        if ADMIN.match(plain_path(head)):
            return text(404, "not found", close=True)
        made = None
        try:
            made = sigv4.claim(head)
            secret = await self._secret(made)
            content = await body(MOST)
            sigv4.verify(head, content, made, secret, self.now())
            return await self.upstream.ask(head, passed_on(head.headers), content)
        except SignatureError as error:
            return _worded(error.code, str(error), made)
        except TooLargeError:
            return _worded("RequestEntityTooLargeException", f"Request must be smaller than {MOST} bytes", made)
        except UnavailableError as error:
            return _worded("ServiceUnavailable", f"{error}: the next `slipway up` starts the emulator again", made)

    async def _secret(self, made: Claim) -> str:
        """The secret behind a key. Raises :class:`SignatureError` for a key that the sandbox has not given out."""
        if made.access_key == self.keys.access_key and not made.token:
            return self.keys.secret_key
        unknown = SignatureError("InvalidClientTokenId", "The security token included in the request is invalid.")
        if not made.access_key.isalnum():
            raise unknown
        asked = Head(method="GET", target=SESSION + made.access_key)
        answer = await self.upstream.ask(asked, ((b"host", b"localhost"),), b"")
        session = json.loads(await whole(answer))
        if not session or session["token"] != made.token:
            raise unknown
        return session["secret"]

    async def _function(self, head: Head, body: Body) -> Answer:
        """The address of a function; a signature, where there is one, must be of a key of this sandbox."""
        if OF_THE_EMULATOR.match(plain_path(head)):
            return _message(404, "Not Found")
        try:
            if head.value(b"authorization").startswith(sigv4.ALGORITHM) or "X-Amz-Signature=" in head.query:
                made = sigv4.claim(head)
                secret = await self._secret(made)
                content = await body(FUNCTION_MOST)
                sigv4.verify(head, content, made, secret, self.now())
            else:
                content = await body(FUNCTION_MOST)
            return await self.upstream.ask(head, passed_on(head.headers), content)
        except SignatureError:
            return _message(403, "Forbidden")
        except TooLargeError:
            return _message(413, f"Request must be smaller than {FUNCTION_MOST} bytes for the InvokeFunction operation")
        except UnavailableError as error:
            return _message(502, f"Internal Server Error: {error}")


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


def _worded(code: str, message: str, made: Claim | None) -> Answer:
    """An error in the form that the service's clients read."""
    status = STATUS.get(code, 403)
    service = made.service if made else "s3"
    if service == "s3":
        xml = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    elif service in QUERY:
        error = f"<Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        xml = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    else:
        return Answer(
            status=status,
            headers=((b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", code.encode())),
            content=json.dumps({"__type": code, "message": message}).encode(),
            close=True,
        )
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return Answer(
        status=status, headers=((b"content-type", b"application/xml"),), content=head + xml.encode(), close=True
    )
