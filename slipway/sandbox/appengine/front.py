"""The front end of App Engine and of Beanstalk: ``python -m slipway.sandbox.appengine.front HOME PORT``.

One address for as long as the sandbox lives, whatever versions come and go behind it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.sandbox.appengine import routes
from slipway.sandbox.appengine.versions import PREFIX
from slipway.sandbox.aws import beanstalk_instances
from slipway.sandbox.cloudrun import routes as cloud_run
from slipway.sandbox.cloudrun.names import SUFFIX as CLOUD_RUN
from slipway.sandbox.services import registry
from slipway.sandbox.stores.google import Store, store_path

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

HEALTH = "/_slipway/health"
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer", b"upgrade",
     b"transfer-encoding"}
)  # fmt: skip
"""Headers about one connection only (RFC 9110, 7.6.1)."""
ROUTERS: Mapping[str, Callable[[Path, str], tuple[int, int | str]]] = {
    beanstalk_instances.SUFFIX: beanstalk_instances.backend,
    CLOUD_RUN: cloud_run.backend,
}
"""Who answers for the names below a domain, given the sandbox's folder and the host name; App Engine for all others."""
OPEN_ALL_HOURS = 600.0
"""Seconds that a request may take: App Engine's own limit with automatic scaling."""


class Front:
    """The ASGI application; it reads the routes anew for each request, so it is never behind a deployment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._store: Store | None = None
        timeout = httpx.Timeout(OPEN_ALL_HOURS, connect=2.0)
        self.client = httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection's event."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] == HEALTH:
            return await _say(send, 200, "ok")
        status, found = await asyncio.to_thread(self._backend, scope)
        if isinstance(found, str):
            return await _say(send, status, found)
        return await self._forward(found, scope, receive, send)

    def _backend(self, scope: dict[str, Any]) -> tuple[int, int | str]:
        """The port of the version that is to answer; or a status and what to say."""
        host = _host(scope)
        router = _router(host)
        return router(self.home, host) if router else self._version(scope, host)

    def _version(self, scope: dict[str, Any], host: str) -> tuple[int, int | str]:
        if not store_path(self.home).exists():
            return 404, "no application has been deployed"
        headers = dict(scope["headers"])
        store = self._opened()
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
            version = routes.chosen(split.body, _client(scope, headers, split.body)) if split else ""
        name = f"{route.project}/{route.service}/{version}"
        if not version or store.get("version", name) is None:
            return 404, f"the service {route.service!r} has no version {version!r}".replace(" ''", " with traffic")
        running = registry.load(self.home).get(PREFIX + name)
        if running is None or not running.process.alive:
            return 503, f"the version {version} of {route.service!r} has ended: `slipway up` starts it again"
        return 200, running.port

    def _opened(self) -> Store:
        if self._store is None:
            self._store = Store(store_path(self.home))
        return self._store

    async def _forward(self, port: int, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        request = self.client.build_request(
            scope["method"],
            f"http://127.0.0.1:{port}{scope['raw_path'].decode('latin-1')}{query}",
            headers=_passed_on(scope),
            content=_body(receive) if _has_body(scope) else None,
        )
        try:
            answer = await self.client.send(request, stream=True)
        except httpx.TransportError as error:
            return await _say(send, 502, f"the app did not answer: {error}")
        try:
            kept = [(key.lower(), value) for key, value in answer.headers.raw if key.lower() not in HOP_BY_HOP]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
            async for chunk in answer.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()


def _client(scope: dict[str, Any], headers: dict[bytes, bytes], split: dict[str, Any]) -> str:
    if split.get("shardBy") == "COOKIE":
        cookie = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get("GOOGAPPUID")
        return cookie.value if cookie else ""
    return scope["client"][0] if scope.get("client") else ""


def _passed_on(scope: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    kept = [(key, value) for key, value in scope["headers"] if key not in HOP_BY_HOP]
    client = scope["client"][0].encode() if scope.get("client") else b""
    told = [(b"x-forwarded-for", client), (b"x-forwarded-proto", b"http")]
    return [*kept, *told, *([] if _router(_host(scope)) else [(b"x-appengine-user-ip", client)])]


def _host(scope: dict[str, Any]) -> str:
    return dict(scope["headers"]).get(b"host", b"").decode("latin-1")


def _router(host: str) -> Callable[[Path, str], tuple[int, int | str]] | None:
    name = host.rsplit(":", 1)[0].lower()
    return next((ask for suffix, ask in ROUTERS.items() if name.endswith(f".{suffix}")), None)


def _has_body(scope: dict[str, Any]) -> bool:
    return any(key in (b"content-length", b"transfer-encoding") for key, _ in scope["headers"])


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        event = await receive()
        yield event.get("body", b"")
        more = event.get("more_body", False)


async def _say(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"server", b"slipway-sandbox")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})


async def _lifespan(receive: Receive, send: Send) -> None:
    while (event := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{event['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def main(home: Path, port: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 0.5
    config.include_server_header = False
    asyncio.run(serve(Front(home), config))  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
