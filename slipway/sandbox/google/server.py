"""The ASGI application that answers for every API.

The gateway has asked every caller for the sandbox's token before a request comes here.
"""

import json
import logging
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slipway.sandbox.google import enums, regions
from slipway.sandbox.google.apis import APIS
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.errors import ApiError, Json, unserved
from slipway.sandbox.google.routing import Call, camel

HEALTH = "/_slipway/health"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
log = logging.getLogger(__name__)


def application(cloud: Cloud) -> Starlette:
    """The ASGI application over a cloud."""

    async def answer(request: Request) -> Response:
        content = await request.body()
        incoming = Asked(
            verb=request.method,
            path=request.url.path.lstrip("/"),
            query=dict(request.query_params),
            content=content,
            region=regions.of_host(request.headers.get("host", "")),
        )
        status, body = await run_in_threadpool(answered, cloud, incoming)
        return Response(json.dumps(body), status, media_type="application/json; charset=UTF-8")

    return Starlette(routes=[Route(HEALTH, _well), Route("/{path:path}", answer, methods=METHODS)])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it came."""

    verb: str
    path: str
    query: dict[str, str]
    content: bytes = b""
    region: str = ""
    """Of the address: :mod:`slipway.sandbox.google.regions`."""


def answered(cloud: Cloud, request: Asked) -> tuple[int, Json]:
    """The status and the body of the answer; what a method raises unforeseen is Google's 500."""
    try:
        return 200, _method(cloud, request)
    except ApiError as refusal:
        return refusal.code, refusal.body()
    except Exception:
        log.exception("%s %s failed", request.verb, request.path)
        return 500, ApiError(500, "Internal error encountered: the log of the sandbox's google says why.").body()


def _method(cloud: Cloud, request: Asked) -> Json:
    name, _, rest = request.path.partition("/")
    api = APIS.get(name)
    match = api.find(request.verb, rest) if api else None
    if match is None:
        raise unserved(request.verb, request.path)
    try:
        body = json.loads(request.content) if request.content else {}
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error}") from None
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid JSON payload received. Unexpected token: an object is required.")
    route, variables = match
    # A parameter may be written as in the API's protocol buffers too: the provider says repository_id.
    query = {camel(key): value for key, value in request.query.items()}
    if enums.MARK in query.get("$alt", ""):
        body = enums.named(name, body)
    return route.method(Call(cloud=cloud, path=variables, query=query, body=body, region=request.region))


async def _well(_request: Request) -> Response:
    return Response("ok")
