"""The API: who asks, how often, for what; each request ends in an answer.

token -> account -> limit of requests -> endpoint
"""

import hmac
import json
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from slipway.sandbox.pythonanywhere import files, tasks, webapps
from slipway.sandbox.pythonanywhere.accounts import Account
from slipway.sandbox.pythonanywhere.answers import Answer, Refusal, not_found
from slipway.sandbox.pythonanywhere.world import World

log = logging.getLogger(__name__)

RATE = 40
"""Requests a minute that each endpoint takes of an account."""
PERIOD = 60.0
PREFIX = re.compile(r"/api/v0/user/([^/]+)/(.*)")


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    target: str
    """Path and query."""
    headers: dict[str, str] = field(default_factory=dict)
    """By their names in lower case."""
    content: bytes = b""


class Api:
    """The API of one stand-in. ``reload`` is told of a domain to load anew, ``forget`` of one that is gone."""

    def __init__(
        self,
        world: World,
        accounts: Iterable[Account],
        *,
        reload: Callable[[str], None],
        forget: Callable[[str], None],
        rate: int = RATE,
        period: float = PERIOD,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._world, self._accounts = world, tuple(accounts)
        self._reload, self._forget = reload, forget
        self._rate, self._period, self._now = rate, period, now
        self._seen: dict[tuple[str, str], deque[float]] = {}

    def answer(self, request: Asked) -> Answer:
        """What the API says; never raises for what a client did."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            return refusal.answer
        except Exception as error:
            log.exception("%s %s", request.method, request.target)
            return Answer(500, {"detail": f"The stand-in failed: {type(error).__name__}: {error}"})

    def _answer(self, request: Asked) -> Answer:
        parts = urlsplit(request.target)
        matched = PREFIX.fullmatch(parts.path)
        accounts = {account.user: account for account in self._of_token(request)}
        if matched is None:
            raise not_found()
        if (account := accounts.get(unquote(matched[1]))) is None:
            raise Refusal(403, {"detail": "You do not have permission to perform this action."})
        place, query = unquote(matched[2]), dict(parse_qsl(parts.query))
        self._limit(account, place)
        for pattern, endpoint in ENDPOINTS:
            if match := pattern.fullmatch(place):
                return endpoint(self, account, request, match, query)
        raise not_found()

    def _of_token(self, request: Asked) -> list[Account]:
        """The accounts that a request's token opens. Raises :class:`Refusal`."""
        word, _, token = request.headers.get("authorization", "").partition(" ")
        if word.lower() != "token" or not token:
            raise Refusal(401, {"detail": "Authentication credentials were not provided."})
        given = token.strip().encode()
        accounts = [account for account in self._accounts if hmac.compare_digest(account.token.encode(), given)]
        if not accounts:
            raise Refusal(401, {"detail": "Invalid token."})
        return accounts

    def _limit(self, account: Account, place: str) -> None:
        """Each endpoint has a count of its own, whatever it is asked about."""
        words = [word for word in place.split("/") if word and not word.isdigit() and "." not in word]
        endpoint = "/".join(words[:2] if words[:1] == ["files"] else words) + str(place.count("/") > 1)
        times, now = self._seen.setdefault((account.user, endpoint), deque()), self._now()
        while times and times[0] <= now - self._period:
            times.popleft()
        if len(times) >= self._rate:
            wait = times[0] + self._period - now
            seconds = max(1, round(wait)) if self._period >= PERIOD else round(wait, 2)
            message = f"Request was throttled. Expected available in {seconds} seconds."
            raise Refusal(429, {"detail": message}, **{"Retry-After": str(seconds)})
        times.append(now)

    def _path(self, account: Account, request: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        path = match[1]
        if request.method == "GET":
            return files.read(self._world, account, path)
        if request.method == "POST":
            return files.write(self._world, account, path, _upload(request))
        if request.method == "DELETE":
            return files.remove(self._world, account, path)
        raise _not_allowed(request)

    def _tree(self, account: Account, request: Asked, _match: re.Match[str], query: dict[str, str]) -> Answer:
        return files.tree(self._world, account, query.get("path", ""))

    def _sharing(self, account: Account, request: Asked, _match: re.Match[str], query: dict[str, str]) -> Answer:
        return files.share(self._world, account, request.method, query.get("path") or _body(request).get("path", ""))

    def _webapps(self, account: Account, request: Asked, _match: re.Match[str], _query: dict[str, str]) -> Answer:
        return webapps.listed(self._world, account, request.method, _body(request))

    def _webapp(self, account: Account, request: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        answer = webapps.one(self._world, account, request.method, match[1], _body(request))
        if request.method == "DELETE":
            self._forget(match[1].lower())
        return answer

    def _act(self, account: Account, request: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        webapps.one(self._world, account, "GET", match[1], {})
        if request.method != "POST":
            raise _not_allowed(request)
        (self._forget if match[2] == "disable" else self._reload)(match[1].lower())
        return Answer(200, {"status": "OK"})

    def _statics(self, _account: Account, request: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        return webapps.statics(self._world, request.method, match[1], match[2] or "", _body(request))

    def _schedule(self, account: Account, request: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        return tasks.scheduled(self._world, account, request.method, match[1] or "", _body(request))

    def _always_on(self, account: Account, request: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        return tasks.always_on(self._world, account, request.method, match[1] or "", _body(request))

    def _cpu(self, account: Account, request: Asked, _match: re.Match[str], _query: dict[str, str]) -> Answer:
        limit = account.plan.cpu_seconds
        used = {"daily_cpu_limit_seconds": limit, "daily_cpu_total_usage_seconds": 0.0}
        return Answer(200, {**used, "next_reset_time": time.strftime("%Y-%m-%dT23:59:59", time.gmtime())})

    def _none(self, _account: Account, _request: Asked, _match: re.Match[str], _query: dict[str, str]) -> Answer:
        raise Refusal(501, {"detail": "The sandbox has no consoles."})


Endpoint = Callable[[Api, Account, Asked, re.Match[str], dict[str, str]], Answer]

ENDPOINTS: tuple[tuple[re.Pattern[str], Endpoint], ...] = (
    (re.compile(r"files/path(/.*)"), Api._path),
    (re.compile(r"files/tree/"), Api._tree),
    (re.compile(r"files/sharing/"), Api._sharing),
    (re.compile(r"webapps/"), Api._webapps),
    (re.compile(r"webapps/([^/]+)/"), Api._webapp),
    (re.compile(r"webapps/([^/]+)/(reload|enable|disable)/"), Api._act),
    (re.compile(r"webapps/([^/]+)/static_files/(?:(\d+)/)?"), Api._statics),
    (re.compile(r"schedule/(?:(\d+)/)?"), Api._schedule),
    (re.compile(r"always_on/(?:(\d+)/)?"), Api._always_on),
    (re.compile(r"cpu/"), Api._cpu),
    (re.compile(r"consoles/.*"), Api._none),
)
"""https://help.pythonanywhere.com/pages/API/: what comes after the user's name -> who answers."""


def _not_allowed(request: Asked) -> Refusal:
    return Refusal(405, {"detail": f'Method "{request.method}" not allowed.'})


def _body(request: Asked) -> dict[str, Any]:
    """The fields that were sent, as JSON or as a form."""
    if not request.content:
        return {}
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.content.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        document = json.loads(request.content)
    except ValueError as error:
        raise Refusal(400, {"detail": f"JSON parse error - {error}"}) from None
    return document if isinstance(document, dict) else {}


def _upload(request: Asked) -> bytes | None:
    """The file called ``content`` of a multipart body; None where there is none."""
    boundary = re.search(r"boundary=\"?([^\";]+)", request.headers.get("content-type", ""))
    if boundary is None:
        return None
    for part in request.content.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if re.search(rb'name="content"', head):
            return content.removesuffix(b"\r\n")
    return None
