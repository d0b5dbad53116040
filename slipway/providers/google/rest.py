"""A client of Google's REST: the same calls go to the cloud, or to the sandbox by its address.

https://cloud.google.com/apis/docs/overview
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from requests import PreparedRequest, Session

Json = dict[str, Any]
SECONDS = 300.0
"""That a call may take."""
WAIT = 0.05
"""Seconds between the first two looks at an operation; each wait is longer than the one before, up to LONGEST."""
LONGEST = 2.0
CONNECTIONS = 32
"""That are kept: as many as the provider host has calls under way at a time."""


class RestError(Exception):
    """A refusal; its text is what Google's Go client prints of it, as users of the provider know it."""

    def __init__(self, code: int, error: Mapping[str, Any]) -> None:
        self.code, self.message = code, str(error.get("message", ""))
        self.status = str(error.get("status", ""))
        self.details: list[Json] = list(error.get("details") or [])
        reasons = [str(each.get("reason", "")) for each in error.get("errors") or ()]
        infos = [str(detail["reason"]) for detail in self.details if "reason" in detail]
        self.reason = next(iter(reasons or infos), "")
        self.disabled = "SERVICE_DISABLED" in infos
        shown = f"{self.reason} (SERVICE_DISABLED)" if self.disabled else self.reason
        super().__init__(f"googleapi: Error {code}: {self.message}" + (f", {shown}" if shown else ""))


class OperationError(Exception):
    """A long-running operation that came to a bad end; the text is the provider's."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        self.code, self.message = error.get("code", 0), str(error.get("message", ""))
        super().__init__(f"Error code {self.code}, message: {self.message}")


@dataclass(frozen=True, kw_only=True)
class Rest:
    """Google's APIs at an address, with a token."""

    token: Callable[[], str]
    address: str = ""
    """The sandbox's, ``http://127.0.0.1:PORT``; "" for the cloud."""
    _lock: Any = field(default_factory=threading.RLock, compare=False)

    @cached_property
    def _session(self) -> "Session":
        import requests  # 100 ms, of commands that may not ask for anything
        from requests.adapters import HTTPAdapter

        session = requests.Session()
        session.trust_env = not self.address
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
        return session

    def _signed(self, request: "PreparedRequest") -> "PreparedRequest":
        # As `auth`, which also keeps a login of ~/.netrc from the place of the token.
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request

    def ask(self, api: str, verb: str, path: str, body: Json | None = None, **query: str) -> Json:
        """The answer of a call: ``ask("run", "GET", "v2/projects/…")``. Raises :class:`RestError`."""
        from requests import RequestException  # as above

        base = f"{self.address}/{api}" if self.address else f"https://{api}.googleapis.com"
        url = f"{base}/{quote(path, safe='/:@=,;+~')}"
        try:
            response = self._session.request(
                verb, url, params=query, json=body, auth=self._signed, timeout=SECONDS, allow_redirects=False
            )
        except RequestException as error:
            why = f"{url} does not answer: {_root(error)}"
            raise RestError(503, {"message": why, "status": "UNAVAILABLE"}) from error
        try:
            answer = response.json() if response.content else {}
        except ValueError:
            answer = {"error": {"message": response.text}}
        if response.status_code >= 400:
            raise RestError(response.status_code, answer.get("error") or {})
        return answer

    def get(self, api: str, path: str, **query: str) -> Json | None:
        """What is at a path; None where nothing is. Raises :class:`RestError`."""
        try:
            return self.ask(api, "GET", path, None, **query)
        except RestError as error:
            if error.code == 404 or (error.code == 403 and error.reason == "forbidden"):
                return None
            raise

    def every(self, api: str, path: str, key: str, **query: str) -> Iterator[Json]:
        """The items of a list, over all its pages. Raises :class:`RestError`."""
        more: Mapping[str, str] = {}
        while True:
            answer = self.ask(api, "GET", path, None, **query, **more)
            yield from answer.get(key) or ()
            if not answer.get("nextPageToken"):
                return
            more = {"pageToken": answer["nextPageToken"]}

    def act(self, api: str, version: str, verb: str, path: str, body: Json | None = None, **query: str) -> Json:
        """The outcome of a call that answers with an operation, once that is done.

        Raises :class:`RestError`, and :class:`OperationError` for an operation that failed.
        """
        operation, pause = self.ask(api, verb, f"{version}/{path}", body, **query), WAIT
        while not operation.get("done"):
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST)
            operation = self.ask(api, "GET", f"{version}/{operation['name']}")
        if "error" in operation:
            raise OperationError(operation["error"])
        return operation.get("response") or {}

    def change_policy(self, api: str, path: str, change: Callable[[list[Json]], None], *, read: str = "POST") -> Json:
        """Have a policy changed: read, changed, written; again where another has written meanwhile.

        ``change`` works on the bindings. Raises :class:`RestError`.
        """
        with self._lock:
            for attempt in range(1, POLICY_ATTEMPTS + 1):
                policy = self.policy(api, path, read=read)
                bindings: list[Json] = [dict(binding) for binding in policy.get("bindings") or ()]
                change(bindings)
                changed = {**policy, "bindings": [binding for binding in bindings if binding.get("members")]}
                if any("condition" in binding for binding in bindings):
                    changed["version"] = 3
                try:
                    return self.ask(api, "POST", f"{path}:setIamPolicy", {"policy": changed})
                except RestError as error:
                    if error.code != 409 or attempt == POLICY_ATTEMPTS:
                        raise
                    time.sleep(WAIT * attempt)
        raise AssertionError

    def policy(self, api: str, path: str, *, read: str = "POST") -> Json:
        """A policy with its conditions. Raises :class:`RestError`."""
        if read == "GET":
            return self.ask(api, "GET", f"{path}:getIamPolicy", None, **{"options.requestedPolicyVersion": "3"})
        return self.ask(api, "POST", f"{path}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})


POLICY_ATTEMPTS = 10


def _root(error: BaseException) -> BaseException:
    """The first of the errors that led to one: the system's own words, without those of each layer above it."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error
