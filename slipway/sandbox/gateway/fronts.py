"""The fronts of the apps: one address for as long as the sandbox lives, whatever versions come and go behind it.

host name -> platform -> the way to the version, instance or revision that is to answer -> that is asked
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from slipway.sandbox.appengine import routes
from slipway.sandbox.appengine.versions import PREFIX
from slipway.sandbox.aws import beanstalk_instances
from slipway.sandbox.cloudrun import routes as cloud_run
from slipway.sandbox.cloudrun.names import SUFFIX as CLOUD_RUN
from slipway.sandbox.gateway import domains
from slipway.sandbox.gateway.changes import Changes, Version
from slipway.sandbox.http.guard import of_this_machine
from slipway.sandbox.http.messages import Answer, Body, Head, Headers, Stream, TooLargeError, buffered, passed_on, text
from slipway.sandbox.http.upstream import LateError, NotTakenError, UnavailableError, Upstream
from slipway.sandbox.running import entrance
from slipway.sandbox.running.entrance import Way
from slipway.sandbox.running.in_flight import Counted, InFlight
from slipway.sandbox.services import registry
from slipway.sandbox.stores.google import Store, store_path

FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-appengine-user-ip"})
"""Headers that a front writes itself."""
Backend = tuple[int, Way | str]
"""Status 200 and the way to an app, or another status and what to say."""
Share = tuple[int, Backend]
HOSTS = 256
"""Host names whose routes are kept."""
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""Methods that may be sent twice: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2."""
LOOKS = 5
"""How often a route is looked up where it has changed meanwhile."""
ROUTE_SECONDS = 2.0
"""For which a route is kept: how an app is entered may change without a word in what :class:`Changes` looks at."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What answers below a domain."""

    backends: Callable[[Path, str], Sequence[Share]]
    """Given the state folder and the host name: what may answer, each with its share of the requests."""
    most: int
    """Bytes of a request's body."""
    too_large: str
    """What the platform says to a larger one, with status 413."""
    seconds: float
    """That a request may take, where the app's own settings do not say."""
    late: tuple[int, str]
    """What the platform says of an app that takes longer: status and words."""
    most_answered: int | None = None
    """Bytes of an answer's body; None for as many as there are."""
    pieces_count: bool = False
    """Whether an answer that comes in pieces, without a length, counts too."""


PLATFORMS: Mapping[str, Platform] = {
    beanstalk_instances.SUFFIX: Platform(
        backends=lambda state_folder, host: [(1, beanstalk_instances.backend(state_folder, host))],
        most=1 << 20,  # nginx, as the platform sets it up: https://nginx.org/r/client_max_body_size
        too_large="413 Request Entity Too Large (nginx)",
        seconds=60.0,  # https://nginx.org/r/proxy_read_timeout
        late=(504, "504 Gateway Time-out (nginx)"),
    ),
    CLOUD_RUN: Platform(
        backends=cloud_run.backends,
        most=32 << 20,  # https://cloud.google.com/run/quotas#request_limits
        too_large="Request Entity Too Large",
        seconds=300.0,  # https://cloud.google.com/run/docs/configuring/request-timeout
        late=(504, "upstream request timeout"),
        most_answered=32 << 20,
    ),
}
"""By domain."""
APP_ENGINE = Platform(
    backends=lambda state_folder, host: (),
    most=32 << 20,  # https://cloud.google.com/appengine/docs/standard/quotas#request_limits
    too_large="Error: Request Entity Too Large. Your client issued a request that was too large.",
    # Both: https://cloud.google.com/appengine/docs/standard/how-requests-are-handled
    seconds=600.0,
    late=(500, "Error: Server Error"),
    most_answered=32 << 20,
    pieces_count=True,
)
"""Answers for all other names; its backends go by a split of traffic, not by chance alone."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """What may answer for a host name, until something of the sandbox changes."""

    shares: Sequence[Share] = ()
    """Of the requests."""
    split: Mapping[str, Any] | None = None
    """App Engine's, which goes by the client; it names the keys of ``versions``."""
    versions: Mapping[str, Backend] = field(default_factory=dict)
    platform: Platform | None = None
    """None for App Engine."""

    def backend(self, head: Head) -> Backend:
        """What answers this request."""
        if self.split is None:
            return cloud_run.chosen(self.shares)
        return self.versions[routes.chosen(self.split, _client(head, self.split))]


@dataclass
class Fronts:
    """A :data:`~slipway.sandbox.http.messages.Site`.

    It asks before each request whether the routes have changed, so it is never behind a deployment.
    """

    state_folder: Path
    _store: Store | None = None
    _upstreams: dict[Way, Upstream] = field(default_factory=dict)
    _changes: Changes | None = None
    _version_of_routes: Version = ()
    _routes: dict[str, Route] = field(default_factory=dict)
    _until: float = 0.0
    """When the routes are too old, in monotonic seconds."""
    _in_flight: InFlight = field(init=False)

    def __post_init__(self) -> None:
        self._in_flight = InFlight(self.state_folder)

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        platform = (await self._route(head))[0].platform
        limits = platform or APP_ENGINE
        try:
            content = await buffered(body, limits.most)
            answer = await self._answered(head, platform, content)
            return answer if head.method == "HEAD" else await _no_larger(answer, limits)
        except TooLargeError:
            return text(413, limits.too_large, close=True)
        except LateError:
            return text(*limits.late)
        except UnavailableError as error:
            # The process of a version may have ended, which changes no file.
            self._routes.clear()
            status, backend = (await self._route(head))[0].backend(head)
            return text(status, backend) if isinstance(backend, str) else text(502, f"the app did not answer: {error}")

    async def _answered(self, head: Head, platform: Platform | None, content: bytes | Stream) -> Answer:
        """What an app answers; where it has just ended for a successor, what that answers.

        Another is asked where nothing of the request was sent, or where it may be sent twice and no byte of an answer
        came. Raises :class:`UnavailableError`.
        """
        status, backend, ended = await self._entered(head)
        if isinstance(backend, str):
            return text(status, backend)
        try:
            return await self._asked(head, platform, backend, content, ended)
        except LateError:
            raise
        except UnavailableError as error:
            repeatable = head.method in REPEATABLE and isinstance(content, bytes)
            if not (repeatable or isinstance(error, NotTakenError)):
                raise
            self._routes.clear()
            _, successor, ended = await self._entered(head)
            if isinstance(successor, str) or successor == backend:
                ended()
                raise
            return await self._asked(head, platform, successor, content, ended)

    async def _entered(self, head: Head) -> tuple[int, Way | str, Callable[[], None]]:
        """What answers, noted as busy while its route was true; and what notes the end of the request."""
        looks = 0
        while True:
            looks += 1
            route, version = await self._route(head)
            status, backend = route.backend(head)
            # Also a way that leads nowhere may be of routes that have changed while they were looked up.
            ended = _nothing if isinstance(backend, str) else self._in_flight.begin(backend.port)
            if looks == LOOKS or self._changes is None or version == self._changes.version():
                return status, backend, ended
            ended()

    async def _asked(
        self, head: Head, platform: Platform | None, way: Way, content: bytes | Stream, ended: Callable[[], None]
    ) -> Answer:
        """An app's answer; ``ended`` is called after its last byte, or where none comes."""
        try:
            answer = await self._upstream(way, platform).ask(head, _headers(head, platform), content)
        except BaseException:
            ended()
            raise
        if isinstance(answer.content, bytes):
            ended()
            return answer
        return replace(answer, content=Counted(answer.content, ended))

    def _upstream(self, way: Way, platform: Platform | None) -> Upstream:
        if len(self._upstreams) > 64:
            self._upstreams.clear()  # the ways to versions that have gone
        place = way.socket or way.port
        seconds = way.seconds or (platform or APP_ENGINE).seconds
        return self._upstreams.setdefault(way, Upstream(place, seconds=seconds, greeting=way.greeting.encode()))

    async def _route(self, head: Head) -> tuple[Route, Version]:
        """What may answer, and the state of the sandbox that this follows from."""
        self._changes = self._changes or Changes(self.state_folder)
        version = self._changes.version()
        now = time.monotonic()
        if version != self._version_of_routes or now > self._until or len(self._routes) > HOSTS:
            self._routes.clear()
            self._version_of_routes, self._until = version, now + ROUTE_SECONDS
        host = head.value(b"host")
        route = self._routes.get(host)
        if route is None:
            route = await asyncio.to_thread(self._looked_up, host)
            if self._version_of_routes == version == self._changes.version():
                self._routes[host] = route
        return route, version

    def _looked_up(self, domain: str) -> Route:
        host = domain if of_this_machine(_name(domain)) else domains.at_front(self.state_folder, _name(domain))
        if not host:
            return _only(404, f"no app answers as {domain}")
        platform = next((platform for end, platform in PLATFORMS.items() if _name(host).endswith(f".{end}")), None)
        if platform:
            return Route(shares=platform.backends(self.state_folder, host), platform=platform)
        if not store_path(self.state_folder).exists():
            return _only(404, "no application has been deployed")
        store = self._opened()
        projects = [record.project for record in store.all("application")]
        services: dict[str, set[str]] = {}
        for record in store.all("version"):
            services.setdefault(record.project, set()).add(record.name.split("/")[1])
        route = routes.asked(host, projects, services)
        if route is None:
            return _only(404, f"no application answers as {host}")
        place = f"{route.project}/{route.service}"
        if route.version:
            return _only(*self._version(store, place, route.version))
        split = store.get("split", place)
        names = {"", *(split.body.get("allocations") or {})} if split else {""}
        versions = {name: self._version(store, place, name) for name in names}
        return Route(split=split.body if split else {}, versions=versions)

    def _version(self, store: Store, place: str, version: str) -> Backend:
        name, service = f"{place}/{version}", place.split("/")[1]
        if not version or store.get("version", name) is None:
            return 404, f"the service {service!r} has no version {version!r}".replace(" ''", " with traffic")
        running = registry.load(self.state_folder).get(PREFIX + name)
        if running is None or not running.process.alive:
            return 503, f"the version {version} of {service!r} has ended, and is started again: its log says why"
        return 200, entrance.way(self.state_folder, PREFIX + name, running.port)

    def _opened(self) -> Store:
        if self._store is None:
            self._store = Store(store_path(self.state_folder))
        return self._store


@dataclass(frozen=True, kw_only=True)
class WebApps:
    """The web apps of an emulator that routes them itself, by the host name: a Site."""

    upstream: Upstream
    most: int

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        try:
            content = await buffered(body, self.most)
            headers = (*passed_on(head.headers), (b"x-real-ip", head.client.encode()))
            return await self.upstream.ask(head, headers, content)
        except TooLargeError:
            return text(413, "413 Request Entity Too Large", close=True)
        except LateError:
            return text(504, "504-loadbalancer: the web app took too long to answer")
        except UnavailableError as error:
            return text(502, f"the web app did not answer: {error}")


async def _no_larger(answer: Answer, platform: Platform) -> Answer:
    """An answer, or the platform's error in place of one that it does not pass on."""
    most, content = platform.most_answered, answer.content
    if most is None or isinstance(content, bytes):
        return answer
    length = next((int(value) for name, value in answer.headers if name == b"content-length" and value.isdigit()), None)
    if length is None:
        return replace(answer, content=_counted(content, most)) if platform.pieces_count else answer
    if length <= most:
        return answer
    async with aclosing(content):
        async for _ in content:
            break
    return Answer(status=500, close=True)


async def _counted(pieces: AsyncGenerator[bytes], most: int) -> AsyncGenerator[bytes]:
    """The pieces of an answer, which ends unfinished where it grows too large."""
    size = 0
    async with aclosing(pieces):
        async for piece in pieces:
            size += len(piece)
            if size > most:
                raise ConnectionAbortedError(f"the answer is larger than {most} bytes")
            yield piece


def _nothing() -> None:
    """What notes the end of a request that no app has got."""


def _only(status: int, backend: Way | str) -> Route:
    return Route(shares=[(1, (status, backend))])


def _name(host: str) -> str:
    """A ``Host`` without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _headers(head: Head, platform: Platform | None) -> Headers:
    client = head.client.encode()
    sent = tuple(pair for pair in passed_on(head.headers) if pair[0] not in FORWARDED)
    own = ((b"x-forwarded-for", client), (b"x-forwarded-proto", b"http"))
    return (*sent, *own, *(() if platform else ((b"x-appengine-user-ip", client),)))


def _client(head: Head, split: Mapping[str, Any]) -> str:
    if split.get("shardBy") != "COOKIE":
        return head.client
    cookie = SimpleCookie(head.value(b"cookie")).get("GOOGAPPUID")
    return cookie.value if cookie else ""
