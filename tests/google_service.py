"""The sandbox's Google Cloud in the process of a test, on a port of 127.0.0.1."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.sandbox.gateway import control_planes
from slipway.sandbox.google.apis import APIS
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.server import application
from slipway.sandbox.http.server import Server
from slipway.sandbox.http.upstream import Upstream
from tests.contract.google_cloud import documents

TOKEN = "any"
"""What the gateway in front of the server asks for."""


@dataclass(frozen=True)
class Served:
    """A server: where it answers, the cloud behind it, and what it was asked."""

    address: str
    cloud: Cloud
    calls: list[str] = field(default_factory=list)
    """The methods that were called, by their ids in Google's discovery documents, each once."""
    unserved: list[str] = field(default_factory=list)
    """What was asked for and is no method that is served: ``GET /run/v1/projects/demo/authorizeddomains``."""
    invalid: list[str] = field(default_factory=list)
    """What of an answer is not as Google's discovery document has it: ``run.namespaces.services.get: .kind: …``."""
    refusals: list[str] = field(default_factory=list)
    """What was refused, in Google's words, in the order of the calls."""
    gateway: str = ""
    """Where the sandbox's gateway answers for it, to who shows :data:`TOKEN`."""


@contextmanager
def served(state_folder: Path, refusals: list[str] | None = None, **more: Any) -> Iterator[Served]:
    """Serve an empty cloud until the block ends; what it refuses is appended to ``refusals``."""
    cloud, calls, unserved = Cloud(state_folder=state_folder, **more), list[str](), list[str]()
    invalid, refusals = list[str](), [] if refusals is None else refusals

    def note(where: list[str], words: str) -> None:
        if words not in where:
            where.append(words)

    answering = application(cloud)

    async def recorded(scope: Any, receive: Any, send: Any) -> None:
        name, _, rest = str(scope.get("path", "")).lstrip("/").partition("/")
        api = APIS.get(name)
        called = api.find(scope["method"], rest) if api and scope["type"] == "http" else None
        if scope["type"] != "http" or api is None or called is None:
            if scope["type"] == "http":
                note(unserved, f"{scope['method']} {scope['path']}")
            return await answering(scope, receive, send)
        route, status, content = called[0], 0, b""

        async def heard(message: Any) -> None:
            nonlocal status, content
            status, content = message.get("status", status), content + message.get("body", b"")
            # Before it is sent: who has the answer may look at once.
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answer = json.loads(content)
                for problem in documents.wrong_answer(api, route, answer) if status == 200 else ():
                    note(invalid, f"{route.id}: {problem}")
                if "error" in answer:  # a refusal, or an operation that has failed
                    refusals.append(answer["error"]["message"])
            await send(message)

        note(calls, route.id)
        await answering(scope, receive, heard)
        return None

    listener, door = _listening(), _listening()
    port, own = listener.getsockname()[1], door.getsockname()[1]
    config = Config()
    # hypercorn closes what it is given.
    config.bind, config.accesslog, config.errorlog = [f"fd://{listener.detach()}"], None, None
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    site = control_planes.google(Upstream(port), TOKEN)

    async def run() -> None:
        gateway = await asyncio.start_server(Server(site, is_own_proxy=True).connected, sock=door)
        await serve(recorded, config, shutdown_trigger=ended.wait)  # type: ignore[arg-type]
        gateway.close()

    running = threading.Thread(target=lambda: loop.run_until_complete(run()))
    running.start()
    yield Served(f"http://127.0.0.1:{port}", cloud, calls, unserved, invalid, refusals, f"http://127.0.0.1:{own}")
    loop.call_soon_threadsafe(ended.set)
    running.join()
    loop.close()


def _listening() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener
