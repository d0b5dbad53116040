"""The control planes: what each asks of a caller, how large a request may be, and how its cloud words a refusal.

Another one is a function that makes a :class:`ControlPlane` and a row in ``sites.SITES``.
"""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from slipway.sandbox.http.messages import Answer, Body, Head, Site, TooLargeError, buffered, passed_on
from slipway.sandbox.http.upstream import UnavailableError, Upstream

JSON = (b"content-type", b"application/json")
STATUSES = {
    401: "UNAUTHENTICATED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    503: "UNAVAILABLE",
}
"""Google's canonical statuses: https://cloud.google.com/apis/design/errors."""
STORAGE = re.compile(r"/(?:(?:upload|download|batch|resumable/upload)/)?storage/v1(?:/|$)|/batch$")
"""The paths of Cloud Storage's JSON API."""
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a request goes no further, for the cloud's own words."""

    status: int
    reason: str
    message: str

    def answer(self, body: object, *headers: tuple[bytes, bytes]) -> Answer:
        """As JSON."""
        return Answer(status=self.status, headers=(JSON, *headers), content=json.dumps(body).encode(), close=True)


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """A cloud's API that shows a secret in a header: a :data:`Site`."""

    upstream: Upstream
    shows_secret: Callable[[Head], bool]
    """Whether a request carries the sandbox's secret."""
    paths: re.Pattern[str]
    """What is served; all else is not there, an emulator's own pages above all."""
    most: int
    """Bytes of a request's body."""
    worded: Callable[[Refusal], Answer]
    name: str

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        if not self.shows_secret(head):
            return self.worded(Refusal(status=401, reason="unauthorized", message=UNKNOWN.format(name=self.name)))
        if not self.paths.match(plain_path(head)):
            return self.worded(Refusal(status=404, reason="notFound", message="Not Found"))
        try:
            content = await buffered(body, self.most)
            return await self.upstream.ask(head, passed_on(head.headers), content)
        except TooLargeError:
            message = f"the request is larger than {self.most} bytes"
            return self.worded(Refusal(status=413, reason="uploadTooLarge", message=message))
        except UnavailableError as error:
            message = f"the sandbox's {self.name} does not answer ({error}): the next `slipway up` starts it again"
            return self.worded(Refusal(status=503, reason="backendError", message=message))


UNKNOWN = "the sandbox's {name} takes its owner's keys alone: `slipway sandbox env` prints them"


def plain_path(head: Head) -> str:
    """The path as a server may come to understand it: decoded as often as it can be, with one slash at its start."""
    path = head.path
    while (decoded := unquote(path, errors="replace")) != path:
        path = decoded
    return "/" + CONTROL.sub("", path).replace("\\", "/").lstrip("/")


def bearer(token: str, *words: str) -> Callable[[Head], bool]:
    """Whether ``Authorization`` is one of these words ("bearer") and the token."""
    expected = [f"{word} {token}".encode() for word in words]

    def shows(head: Head) -> bool:
        values = head.all(b"authorization")
        word, _, rest = values[0].strip().partition(" ") if len(values) == 1 else ("", "", "")
        credential = f"{word.lower()} {rest.strip()}".encode()
        return any(hmac.compare_digest(credential, one) for one in expected)

    return shows


def google_storage(upstream: Upstream, token: str) -> Site:
    """Cloud Storage's JSON API: https://cloud.google.com/storage/docs/json_api."""
    return ControlPlane(
        name="Cloud Storage",
        upstream=upstream,
        shows_secret=bearer(token, "bearer"),
        paths=STORAGE,
        most=5 << 40,  # the largest object: https://cloud.google.com/storage/quotas#objects
        worded=_as_google,
    )


def is_storage(head: Head) -> bool:
    """Whether a request is for Cloud Storage's API, by its path."""
    return bool(STORAGE.match(plain_path(head)))


def google(upstream: Upstream, token: str) -> Site:
    """Google's other APIs, each below its name: ``/cloudresourcemanager/v1/projects``."""
    return ControlPlane(
        name="Google Cloud",
        upstream=upstream,
        shows_secret=bearer(token, "bearer"),
        paths=re.compile(r"/[a-z]+/"),
        most=32 << 20,
        worded=_as_google,
    )


def pythonanywhere(upstream: Upstream, token: str) -> Site:
    """PythonAnywhere's API: https://help.pythonanywhere.com/pages/API/."""
    return ControlPlane(
        name="PythonAnywhere",
        upstream=upstream,
        shows_secret=bearer(token, "token"),
        paths=re.compile(r"/api/v0/"),
        most=(100 << 20) + (1 << 16),
        worded=_as_django,
    )


def _as_google(refusal: Refusal) -> Answer:
    """https://cloud.google.com/storage/docs/json_api/v1/status-codes."""
    errors = [{"domain": "global", "reason": refusal.reason, "message": refusal.message}]
    status = STATUSES.get(refusal.status, "UNKNOWN")
    error = {"code": refusal.status, "message": refusal.message, "errors": errors, "status": status}
    challenge = (
        ((b"www-authenticate", b'Bearer realm="https://accounts.google.com/"'),) if refusal.status == 401 else ()
    )
    return refusal.answer({"error": error}, *challenge)


def _as_django(refusal: Refusal) -> Answer:
    """As Django REST framework words it, in which PythonAnywhere's API is written."""
    detail = "Invalid token." if refusal.status == 401 else refusal.message
    return refusal.answer({"detail": detail}, *(((b"www-authenticate", b"Token"),) if refusal.status == 401 else ()))
