"""The server: ``python -m slipway.sandbox.google.server STATE_FOLDER``, on a socket file behind the gateway.

The gateway has asked every caller for the sandbox's token before a request comes here.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slipway.sandbox.google import operations
from slipway.sandbox.google.apis import APIS
from slipway.sandbox.google.cloud import DELAY, Cloud
from slipway.sandbox.google.errors import ApiError, Json, unserved
from slipway.sandbox.google.routing import Call
from slipway.sandbox.services import sockets

HEALTH = "/_slipway/health"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
log = logging.getLogger(__name__)


def application(cloud: Cloud) -> Starlette:
    """The ASGI application over a cloud."""

    async def answer(request: Request) -> Response:
        content = await request.body()
        status, body = await run_in_threadpool(answered, cloud, request.method, request.url.path, dict(
            request.query_params
        ), content)  # fmt: skip
        return Response(json.dumps(body), status, media_type="application/json; charset=UTF-8")

    return Starlette(routes=[Route(HEALTH, _well), Route("/{path:path}", answer, methods=METHODS)])


def answered(cloud: Cloud, verb: str, path: str, query: dict[str, str], content: bytes) -> tuple[int, Json]:
    """The status and the body of the answer; what a method raises unforeseen is Google's 500."""
    try:
        return 200, _method(cloud, verb, path.lstrip("/"), query, content)
    except ApiError as refusal:
        return refusal.code, refusal.body()
    except Exception:
        log.exception("%s %s failed", verb, path)
        return 500, ApiError(500, "Internal error encountered: the log of the sandbox's google says why.").body()


def _method(cloud: Cloud, verb: str, path: str, query: dict[str, str], content: bytes) -> Json:
    name, _, rest = path.partition("/")
    api = APIS.get(name)
    found = api.find(verb, rest) if api else None
    if found is None:
        raise unserved(verb, path)
    try:
        body = json.loads(content) if content else {}
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error}") from None
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid JSON payload received. Unexpected token: an object is required.")
    route, variables = found
    return route.method(Call(cloud=cloud, path=variables, query=query, body=body))


async def _well(_request: Request) -> Response:
    return Response("ok")


async def _serve(state_folder: Path) -> None:
    cloud = Cloud(state_folder=state_folder, api_delay=float(os.environ.get(DELAY) or 0))
    operations.abort_pending(cloud)
    config = Config()
    listener = sockets.listen(sockets.path(state_folder, "google"))
    config.bind = [f"fd://{listener.fileno()}"]
    config.accesslog, config.errorlog = None, logging.getLogger("hypercorn")
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(application(cloud), config, shutdown_trigger=ended.wait)  # type: ignore[arg-type]


def main(state_folder: Path) -> None:
    """Serve until a signal ends the process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(_serve(state_folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
