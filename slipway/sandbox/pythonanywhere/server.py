"""The stand-in as a service: ``python -m slipway.sandbox.pythonanywhere.server STATE_FOLDER``, on a socket file.

By the name it is asked for: the API (127.0.0.1, localhost), or a web app (``USER.pythonanywhere.localhost``, a domain).
"""

import asyncio
import mimetypes
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from slipway.sandbox.http.guard import LOOPBACK
from slipway.sandbox.http.messages import Head, Headers, passed_on
from slipway.sandbox.http.upstream import NotTakenError, UnavailableError, Upstream
from slipway.sandbox.pythonanywhere.accounts import Account, sandbox_accounts
from slipway.sandbox.pythonanywhere.api import Api, Asked
from slipway.sandbox.pythonanywhere.running import Tasks, Workers
from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.sandbox.running import app_user
from slipway.sandbox.services import keys, registry, sockets

HEALTH = "/_slipway/health"
SUFFIX = ".localhost"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SECONDS = 300.0
"""That a request to a web app may take: https://help.pythonanywhere.com/pages/LoadBalancers/."""
COMING_SOON = b"Coming Soon! There is no web app here yet.\n"
DOES_NOT_START = b"The web app does not start: its error log says why.\n"


class Standin:
    """A stand-in of PythonAnywhere; ``limits`` are those of :class:`Api`."""

    def __init__(self, state_folder: Path, accounts: Iterable[Account], **limits: Any) -> None:  # noqa: ANN401
        registry.private(state_folder)
        self.world = World(folder(state_folder), app_user.user_here(state_folder))
        self.workers = Workers(state_folder, self.world)
        self.api = Api(self.world, accounts, reload=self.workers.reload, forget=self.workers.forget, **limits)
        self.tasks = Tasks(state_folder, self.world)
        self.app = Starlette(routes=[Route(HEALTH, _healthy), Route("/{path:path}", self._serve, methods=METHODS)])
        """The ASGI application."""

    async def _serve(self, request: Request) -> Response:
        host = request.headers.get("host", "").rsplit(":", 1)[0].lower()
        if host.endswith(SUFFIX):
            name = host.removesuffix(SUFFIX)
            return await self._web(name if name in self.world.read()["webapps"] else f"{name}.com", request)
        if host not in LOOPBACK:
            return await self._web(host, request)
        api_request = Asked(request.method, _target(request), dict(request.headers), await request.body())
        answer = await run_in_threadpool(self.api.answer, api_request)
        return Response(answer.content, answer.status, answer.headers, answer.kind)

    async def _web(self, domain: str, request: Request) -> Response:
        app = self.world.read()["webapps"].get(domain)
        if app is None:
            return Response(COMING_SOON, 404, media_type="text/plain")
        if (file := self._static(app, request)) is not None:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return Response(await run_in_threadpool(file.read_bytes), media_type=kind)
        try:
            try:
                socket = await run_in_threadpool(self.workers.running, domain)
                return await self._forwarded(domain, socket, request)
            except NotTakenError:  # it ended just then: nothing of the request was sent
                socket = await run_in_threadpool(self.workers.running, domain)
                return await self._forwarded(domain, socket, request)
        except UnavailableError:
            return Response(DOES_NOT_START, 502, media_type="text/plain")

    async def _forwarded(self, domain: str, socket: Path, request: Request) -> Response:
        head = Head(method=request.method, target=_target(request), headers=_headers(request))
        answer = await Upstream(socket, seconds=SECONDS).ask(head, head.headers, await request.body())
        size = next((value.decode() for name, value in answer.headers if name == b"content-length"), "-")
        self._note(domain, request, answer.status, size)
        content = answer.content
        response = Response(content) if isinstance(content, bytes) else StreamingResponse(content)
        response.status_code, response.raw_headers = answer.status, list(answer.headers)
        return response

    def _static(self, app: dict[str, Any], request: Request) -> Path | None:
        """The file of a static mapping; None where the app is to answer."""
        for mapping in app["static_files"].values():
            if request.method in ("GET", "HEAD") and request.url.path.startswith(mapping["url"]):
                rest = request.url.path.removeprefix(mapping["url"])
                file = self.world.place(f"{mapping['path']}/{rest}")
                return file if file.is_file() else None
        return None

    def _note(self, domain: str, request: Request, status: int, size: str) -> None:
        when = f"{datetime.now(UTC):%d/%b/%Y:%H:%M:%S +0000}"
        client = request.headers.get("x-real-ip", "127.0.0.1")
        line = f"{request.method} {_target(request)} HTTP/1.1"
        self.workers.note(domain, "access", f'{client} - - [{when}] "{line}" {status} {size} "-" "-"')


async def _healthy(_request: Request) -> Response:
    return Response(b"ok", media_type="text/plain")


def _target(request: Request) -> str:
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _headers(request: Request) -> Headers:
    own = () if "x-real-ip" in request.headers else ((b"x-real-ip", b"127.0.0.1"),)
    return (*passed_on(request.headers.raw), *own)


async def main(state_folder: Path) -> None:
    """Serve until SIGTERM."""
    standin = Standin(state_folder, sandbox_accounts(keys.ensure(state_folder).pythonanywhere))
    ended = threading.Event()
    threading.Thread(target=standin.tasks.run, args=[ended], daemon=True).start()
    config = Config()
    config.bind = [f"fd://{sockets.listen(sockets.path(state_folder, 'pythonanywhere')).detach()}"]
    config.graceful_timeout = 0.5
    config.keep_alive_timeout = 60.0
    config.include_server_header = False
    config.loglevel = "WARNING"
    await serve(standin.app, config)  # pyright: ignore[reportArgumentType]
    ended.set()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
