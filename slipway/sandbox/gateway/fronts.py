"""The fronts of the apps: one address for as long as the sandbox lives, whatever versions come and go behind it.

host name -> platform -> the way to the version, instance or revision that is to answer -> that is asked
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from slipway.sandbox.appengine import routes
from slipway.sandbox.appengine.versions import PREFIX
from slipway.sandbox.aws import beanstalk_instances
from slipway.sandbox.cloudrun import routes as cloud_run
from slipway.sandbox.cloudrun.names import SUFFIX as CLOUD_RUN
from slipway.sandbox.http.messages import Answer, Body, Head, Headers, TooLargeError, passed_on, text
from slipway.sandbox.http.upstream import UnavailableError, Upstream
from slipway.sandbox.running import entrance
from slipway.sandbox.running.entrance import Way
from slipway.sandbox.services import registry
from slipway.sandbox.stores.google import Store, store_path

FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-appengine-user-ip"})
"""Headers that a front writes itself."""
SECONDS = 600.0
"""That a request may take: App Engine's own limit with automatic scaling."""
Backend = tuple[int, Way | str]
"""Status 200 and the way to an app, or another status and what to say."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What answers below a domain."""

    backend: Callable[[Path, str], Backend]
    """Given the state folder and the host name."""
    most: int
    """Bytes of a request's body."""
    too_large: str
    """What the platform says to a larger one, with status 413."""


PLATFORMS: Mapping[str, Platform] = {
    beanstalk_instances.SUFFIX: Platform(
        backend=beanstalk_instances.backend,
        most=1 << 20,  # nginx, as the platform sets it up: https://nginx.org/r/client_max_body_size
        too_large="413 Request Entity Too Large (nginx)",
    ),
    CLOUD_RUN: Platform(
        backend=cloud_run.backend,
        most=32 << 20,  # https://cloud.google.com/run/quotas#request_limits
        too_large="Request Entity Too Large",
    ),
}
"""By domain; App Engine answers for all others."""
APP_ENGINE_MOST = 32 << 20
"""https://cloud.google.com/appengine/docs/standard/quotas#request_limits."""
APP_ENGINE_TOO_LARGE = "Error: Request Entity Too Large. Your client issued a request that was too large."


@dataclass
class Fronts:
    """A :data:`~slipway.sandbox.http.messages.Site`.

    It reads the routes anew for each request, so it is never behind a deployment.
    """

    state_folder: Path
    _store: Store | None = None
    _upstreams: dict[Way, Upstream] = field(default_factory=dict)

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        platform = _platform(head)
        most, words = (platform.most, platform.too_large) if platform else (APP_ENGINE_MOST, APP_ENGINE_TOO_LARGE)
        try:
            content = await body(most)
        except TooLargeError:
            return text(413, words, close=True)
        status, backend = await asyncio.to_thread(self._backend, head, platform)
        if isinstance(backend, str):
            return text(status, backend)
        try:
            return await self._upstream(backend).ask(head, _headers(head, platform), content)
        except UnavailableError as error:
            return text(502, f"the app did not answer: {error}")

    def _upstream(self, way: Way) -> Upstream:
        if len(self._upstreams) > 64:
            self._upstreams.clear()  # the ways to versions that have gone
        place = way.socket or way.port
        return self._upstreams.setdefault(way, Upstream(place, seconds=SECONDS, greeting=way.greeting.encode()))

    def _backend(self, head: Head, platform: Platform | None) -> Backend:
        return platform.backend(self.state_folder, head.value(b"host")) if platform else self._version(head)

    def _version(self, head: Head) -> Backend:
        if not store_path(self.state_folder).exists():
            return 404, "no application has been deployed"
        host, store = head.value(b"host"), self._opened()
        projects = [record.project for record in store.all("application")]
        services: dict[str, set[str]] = {}
        for record in store.all("version"):
            services.setdefault(record.project, set()).add(record.name.split("/")[1])
        route = routes.asked(host, projects, services)
        if route is None:
            return 404, f"no application answers as {host}"
        version = route.version
        if not version:
            split = store.get("split", f"{route.project}/{route.service}")
            version = routes.chosen(split.body, _client(head, split.body)) if split else ""
        name = f"{route.project}/{route.service}/{version}"
        if not version or store.get("version", name) is None:
            return 404, f"the service {route.service!r} has no version {version!r}".replace(" ''", " with traffic")
        running = registry.load(self.state_folder).get(PREFIX + name)
        if running is None or not running.process.alive:
            return 503, f"the version {version} of {route.service!r} has ended: `slipway up` starts it again"
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
            content = await body(self.most)
            headers = (*passed_on(head.headers), (b"x-real-ip", head.client.encode()))
            return await self.upstream.ask(head, headers, content)
        except TooLargeError:
            return text(413, "413 Request Entity Too Large", close=True)
        except UnavailableError as error:
            return text(502, f"the web app did not answer: {error}")


def _platform(head: Head) -> Platform | None:
    return next((platform for domain, platform in PLATFORMS.items() if head.host.endswith(f".{domain}")), None)


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
