"""The ASGI application that answers for every API.

The gateway has asked every caller for the sandbox's token before a request comes here.
"""

import json
import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slipway.sandbox.google import enums
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
    # A parameter may be written as in the API's protocol buffers too: the provider says repository_id.
    query = {camel(key): value for key, value in query.items()}
    if enums.MARK in query.get("$alt", ""):
        body = enums.named(name, body)
    return route.method(Call(cloud=cloud, path=variables, query=query, body=body))


async def _well(_request: Request) -> Response:
    return Response("ok")
