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

    def answer(self, asked: Asked) -> Answer:
        """What the API says; never raises for what a client did."""
        try:
            return self._answer(asked)
        except Refusal as refusal:
            return refusal.answer
        except Exception as error:
            log.exception("%s %s", asked.method, asked.target)
            return Answer(500, {"detail": f"The stand-in failed: {type(error).__name__}: {error}"})

    def _answer(self, asked: Asked) -> Answer:
        parts = urlsplit(asked.target)
        found = PREFIX.fullmatch(parts.path)
        account = self._account(asked)
        if found is None:
            raise not_found()
        if unquote(found[1]) != account.user:
            raise Refusal(403, {"detail": "You do not have permission to perform this action."})
        place, query = unquote(found[2]), dict(parse_qsl(parts.query))
        self._limit(account, place)
        for pattern, endpoint in ENDPOINTS:
            if match := pattern.fullmatch(place):
                return endpoint(self, account, asked, match, query)
        raise not_found()

    def _account(self, asked: Asked) -> Account:
        word, _, token = asked.headers.get("authorization", "").partition(" ")
        if word.lower() != "token" or not token:
            raise Refusal(401, {"detail": "Authentication credentials were not provided."})
        for account in self._accounts:
            if hmac.compare_digest(account.token.encode(), token.strip().encode()):
                return account
        raise Refusal(401, {"detail": "Invalid token."})

    def _limit(self, account: Account, place: str) -> None:
        """Each endpoint has a count of its own, whatever it is asked about."""
        words = [word for word in place.split("/") if word and not word.isdigit() and "." not in word]
        endpoint = "/".join(words[:2] if words[:1] == ["files"] else words) + str(place.count("/") > 1)
        seen, now = self._seen.setdefault((account.user, endpoint), deque()), self._now()
        while seen and seen[0] <= now - self._period:
            seen.popleft()
        if len(seen) >= self._rate:
            wait = seen[0] + self._period - now
            shown = max(1, round(wait)) if self._period >= PERIOD else round(wait, 2)
            said = f"Request was throttled. Expected available in {shown} seconds."
            raise Refusal(429, {"detail": said}, **{"Retry-After": str(shown)})
        seen.append(now)

    def _path(self, account: Account, asked: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        path = match[1]
        if asked.method == "GET":
            return files.read(self._world, account, path)
        if asked.method == "POST":
            return files.write(self._world, account, path, _upload(asked))
        if asked.method == "DELETE":
            return files.remove(self._world, account, path)
        raise _not_allowed(asked)

    def _tree(self, account: Account, asked: Asked, _match: re.Match[str], query: dict[str, str]) -> Answer:
        return files.tree(self._world, account, query.get("path", ""))

    def _sharing(self, account: Account, asked: Asked, _match: re.Match[str], query: dict[str, str]) -> Answer:
        return files.share(self._world, account, asked.method, query.get("path") or _body(asked).get("path", ""))

    def _webapps(self, account: Account, asked: Asked, _match: re.Match[str], _query: dict[str, str]) -> Answer:
        return webapps.listed(self._world, account, asked.method, _body(asked))

    def _webapp(self, account: Account, asked: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        answer = webapps.one(self._world, account, asked.method, match[1], _body(asked))
        if asked.method == "DELETE":
            self._forget(match[1].lower())
        return answer

    def _act(self, account: Account, asked: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        webapps.one(self._world, account, "GET", match[1], {})
        if asked.method != "POST":
            raise _not_allowed(asked)
        (self._forget if match[2] == "disable" else self._reload)(match[1].lower())
        return Answer(200, {"status": "OK"})

    def _statics(self, _account: Account, asked: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        return webapps.statics(self._world, asked.method, match[1], match[2] or "", _body(asked))

    def _schedule(self, account: Account, asked: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        return tasks.scheduled(self._world, account, asked.method, match[1] or "", _body(asked))

    def _always_on(self, account: Account, asked: Asked, match: re.Match[str], _query: dict[str, str]) -> Answer:
        return tasks.always_on(self._world, account, asked.method, match[1] or "", _body(asked))

    def _cpu(self, account: Account, asked: Asked, _match: re.Match[str], _query: dict[str, str]) -> Answer:
        limit = account.plan.cpu_seconds
        used = {"daily_cpu_limit_seconds": limit, "daily_cpu_total_usage_seconds": 0.0}
        return Answer(200, {**used, "next_reset_time": time.strftime("%Y-%m-%dT23:59:59", time.gmtime())})

    def _none(self, _account: Account, _asked: Asked, _match: re.Match[str], _query: dict[str, str]) -> Answer:
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


def _not_allowed(asked: Asked) -> Refusal:
    return Refusal(405, {"detail": f'Method "{asked.method}" not allowed.'})


def _body(asked: Asked) -> dict[str, Any]:
    """The fields that were sent, as JSON or as a form."""
    if not asked.content:
        return {}
    if "json" not in asked.headers.get("content-type", ""):
        return dict(parse_qsl(asked.content.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        found = json.loads(asked.content)
    except ValueError as error:
        raise Refusal(400, {"detail": f"JSON parse error - {error}"}) from None
    return found if isinstance(found, dict) else {}


def _upload(asked: Asked) -> bytes | None:
    """The file called ``content`` of a multipart body; None where there is none."""
    found = re.search(r"boundary=\"?([^\";]+)", asked.headers.get("content-type", ""))
    if found is None:
        return None
    for part in asked.content.split(b"--" + found[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if re.search(rb'name="content"', head):
            return content.removesuffix(b"\r\n")
    return None
