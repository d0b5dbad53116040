"""One account on PythonAnywhere: its API, asked politely.

``pythonanywhere_core.base.call_api`` makes the requests. The library's classes on top of it are not used: they read
user, host and token from the environment when they are imported, and lose status and ``Retry-After`` of a refusal.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from slipway.providers.protocol.handler import CloudError

if TYPE_CHECKING:
    import requests

HOSTS = ("www.pythonanywhere.com", "eu.pythonanywhere.com")
"""The two systems, in the United States and in the European Union; an account is on one of them."""
ENDPOINT = "PYTHONANYWHERE_ENDPOINT"
"""The variable that leads to a stand-in of the API on this machine: ``http://127.0.0.1:PORT``."""
TOKEN = "PYTHONANYWHERE_TOKEN"  # noqa: S105 - a variable's name
"""The variable of a token, for where none is configured: in a pipeline, in the sandbox."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATIENCE = 180.0
"""Seconds for which one request is tried again; a limit of requests is one of a minute."""
LOCAL_PATIENCE = 10.0
"""The same for a stand-in on this machine that does not answer: it is never busy for long, and may be gone."""
TIMEOUT = (5.0, 60.0)
"""Seconds to connect, and to wait for an answer."""
LOADING = 300.0
"""Seconds that a web app may take to load."""
LONGEST_WAIT = 65.0
"""Seconds that a ``Retry-After`` is followed for, at most."""
AGAIN = (502, 503, 504)
"""Statuses of a system that is busy, not of a refusal."""


class Throttled(Exception):
    """The account has asked too often, or the system is busy; ``after`` is how long it said to wait (seconds)."""

    def __init__(self, message: str, after: float | None) -> None:
        super().__init__(message)
        self.after = after


class Account:
    """The API of ``user``. ``endpoint`` replaces the host's own address; ``patience`` bounds the retries (seconds)."""

    def __init__(
        self, user: str, token: str, host: str = HOSTS[0], *, endpoint: str = "", patience: float = PATIENCE
    ) -> None:
        if not token:
            raise CloudError(
                f"PythonAnywhere asks the user {user!r} for a token: make one on its page Account, tab API token, and "
                f"set it with `pulumi config set --secret pythonanywhere:token`, or in the variable {TOKEN}"
            )
        self.user, self._token, self._patience = user, token, patience
        self._root = endpoint.rstrip("/") or f"https://{host}"
        self._local = bool(endpoint)
        if self._local and urlsplit(self._root).hostname not in LOOPBACK:
            raise CloudError(f"{ENDPOINT} must be on this machine, as http://127.0.0.1:PORT, got {endpoint!r}")
        # The library asks the environment for a token before it looks at ours, which each request carries itself.
        os.environ.setdefault("API_TOKEN", "")
        os.environ.setdefault("PYTHONANYWHERE_CLIENT", "slipway")

    @property
    def home(self) -> str:
        """The only folder, beside the WSGI files', that the account may write to."""
        return f"/home/{self.user}"

    def address(self, domain: str) -> str:
        """Where a web app answers; a stand-in has it below ``localhost``, by plain HTTP."""
        if not self._local:
            return f"https://{domain}/"
        return f"http://{domain.lower().removesuffix('.com')}.localhost:{urlsplit(self._root).port}/"

    def visit(self, domain: str) -> None:
        """Ask a web app for its first page, and so have it load; whatever it answers, and where it does not."""
        import requests

        address = urlsplit(self.address(domain))
        # Not every system's resolver knows names below `localhost`.
        place = f"http://127.0.0.1:{address.port}/" if self._local else address.geturl()
        with suppress(requests.RequestException):
            requests.get(place, headers={"Host": address.netloc}, timeout=(TIMEOUT[0], LOADING), allow_redirects=False)

    def find(self, place: str) -> Any:  # noqa: ANN401 - any JSON
        """What is at ``place`` (``webapps/DOMAIN/``); None where nothing is."""
        answer = self._ask("GET", place, absent=(404,))
        return None if answer is None else answer.json()

    def send(self, method: str, place: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Change something; the answer's JSON, None where it has none."""
        # What makes something is not asked twice: the first request may have been heard.
        answer = self._ask(method, place, once=method == "POST", json=dict(body or {}))
        assert answer is not None
        document = answer.json() if answer.content else None
        if isinstance(document, dict) and document.get("status") == "ERROR":
            raise CloudError(self._said(method, place, answer))
        return document

    def remove(self, place: str) -> None:
        """Delete what is at ``place``; already gone counts as deleted."""
        self._ask("DELETE", place, absent=(404,))

    def read_file(self, path: str) -> bytes | None:
        """A file's content; None where there is none."""
        answer = self._ask("GET", f"files/path{quote(path)}", absent=(404,))
        return None if answer is None else answer.content

    def list_folder(self, path: str) -> list[str] | None:
        """The names in a folder; None where there is none."""
        answer = self._ask("GET", f"files/path{quote(path)}/", absent=(404,))
        return None if answer is None else sorted(answer.json())

    def tree(self, path: str) -> list[str]:
        """Every path below a folder (folders end in a slash), 1,000 at most; none where there is no such folder."""
        answer = self._ask("GET", f"files/tree/?path={quote(path)}", absent=(400, 404))
        return [] if answer is None else answer.json()

    def write_file(self, path: str, content: bytes) -> None:
        """Upload a file; its folders are made."""
        self._ask("POST", f"files/path{quote(path)}", files={"content": content})

    def remove_file(self, path: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        self.remove(f"files/path{quote(path)}")

    def _ask(
        self,
        method: str,
        place: str,
        *,
        absent: tuple[int, ...] = (),
        once: bool = False,
        **sent: Any,  # noqa: ANN401
    ) -> "requests.Response | None":
        import stamina

        began = time.monotonic()
        ends = began + self._patience
        given_up = began + min(self._patience, LOCAL_PATIENCE) if self._local else ends

        def wait(error: Exception) -> bool | float:
            if not isinstance(error, Throttled):
                return False
            if error.after is None:
                return time.monotonic() < given_up
            # A wait that goes past the end is not begun.
            return min(error.after, LONGEST_WAIT) if time.monotonic() + error.after <= ends else False

        try:
            for attempt in stamina.retry_context(
                on=wait, attempts=None, timeout=self._patience, wait_initial=0.5, wait_max=15.0, wait_jitter=0.5
            ):
                with attempt:
                    return self._once(method, place, absent, once, sent)
        except Throttled as error:
            tried = self._patience if error.after is not None or not self._local else given_up - began
            raise CloudError(f"{error} (tried again for {tried:g} seconds)") from None
        raise AssertionError("the last attempt raises")

    def _once(
        self, method: str, place: str, absent: tuple[int, ...], once: bool, sent: Mapping[str, Any]
    ) -> "requests.Response | None":
        import requests
        from pythonanywhere_core.base import call_api
        from pythonanywhere_core.exceptions import AuthenticationError

        url = f"{self._root}/api/v0/user/{quote(self.user)}/{place}"
        # An empty proxy is none: requests to this machine stay on it, whatever the environment says.
        direct = {"proxies": {"http": "", "https": ""}} if self._local else {}
        try:
            answer = call_api(
                url, method, auth=self._authorized, timeout=TIMEOUT, allow_redirects=False, **direct, **sent
            )
        except AuthenticationError as error:
            message = self._hidden(str(error).partition("calling API: ")[2])
            raise CloudError(
                f"PythonAnywhere refuses the token of the user {self.user!r}: {message or 'Authentication error'}. "
                "Make one on its page Account, tab API token, and set it with "
                "`pulumi config set --secret pythonanywhere:token`"
            ) from None
        except requests.RequestException as error:
            message = f"PythonAnywhere does not answer: {method} {place}: {self._hidden(str(error))}"
            if once:
                raise CloudError(message) from None
            raise Throttled(message, None) from None
        if answer.status_code == 429 or (answer.status_code in AGAIN and not once):
            raise Throttled(self._said(method, place, answer), _seconds(answer.headers.get("Retry-After", "")))
        if answer.status_code in absent:
            return None
        if not answer.ok or answer.is_redirect:
            raise CloudError(self._said(method, place, answer))
        return answer

    def _authorized(self, request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        """Given as ``auth``, or requests would prefer what a .netrc says."""
        request.headers["Authorization"] = f"Token {self._token}"
        return request

    def _said(self, method: str, place: str, answer: "requests.Response") -> str:
        message = self._hidden(_words(answer))
        return f"PythonAnywhere answers {answer.status_code} to {method} {place}: {message}"

    def _hidden(self, text: str) -> str:
        return text.replace(self._token, "[token]") if self._token else text


def _words(answer: "requests.Response") -> str:
    """What the API says of a refusal; it has several forms."""
    try:
        document = answer.json()
    except ValueError:
        return answer.reason if "<html" in answer.text.lower() else answer.text.strip()[:300] or answer.reason
    if not isinstance(document, dict):
        return str(document)[:300]
    for key in ("detail", "error_message", "message", "error"):
        if key in document:
            return str(document[key])
    return "; ".join(
        f"{key}: {' '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in sorted(document.items())
    )


def _seconds(header: str) -> float | None:
    return float(header) if header.replace(".", "", 1).isdigit() else None
