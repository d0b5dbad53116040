"""The sandbox's Google Cloud in the process of a test, on a port of 127.0.0.1."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.sandbox.google.apis import APIS
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.server import application


@dataclass(frozen=True)
class Served:
    """A server: where it answers, the cloud behind it, and what it was asked."""

    address: str
    cloud: Cloud
    calls: list[str] = field(default_factory=list)
    """The methods that were called, by their ids in Google's discovery documents, each once."""


@contextmanager
def served(state_folder: Path, **more: Any) -> Iterator[Served]:
    """Serve an empty cloud until the block ends."""
    cloud, calls = Cloud(state_folder=state_folder, **more), list[str]()
    answering = application(cloud)

    async def recorded(scope: Any, receive: Any, send: Any) -> None:
        name, _, rest = str(scope.get("path", "")).lstrip("/").partition("/")
        api = APIS.get(name)
        if api and (called := api.find(scope["method"], rest)) and called[0].id not in calls:
            calls.append(called[0].id)
        await answering(scope, receive, send)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = Config()
    # hypercorn closes what it is given.
    config.bind, config.accesslog, config.errorlog = [f"fd://{listener.detach()}"], None, None
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    running = threading.Thread(
        target=lambda: loop.run_until_complete(serve(recorded, config, shutdown_trigger=ended.wait))  # type: ignore[arg-type]
    )
    running.start()
    yield Served(address, cloud, calls)
    loop.call_soon_threadsafe(ended.set)
    running.join()
    loop.close()
