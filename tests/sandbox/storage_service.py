"""The sandbox's Cloud Storage in the process of a test, on a port of 127.0.0.1."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.sandbox.cloudstorage.app import Api
from slipway.sandbox.cloudstorage.state import State
from slipway.sandbox.stores.google import Project, Store, store_path


@contextmanager
def serving_storage(state_folder: Path, refusals: list[str] | None = None) -> Iterator[str]:
    """The address at which the Cloud Storage of a state folder answers; its data outlives the block.

    What it refuses is appended to ``refusals``, in Google's words.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    ended = threading.Event()
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = 0.2
    config.loglevel = "WARNING"
    app = Api(State(state_folder, state_folder / "sandbox" / "storage")).app

    async def recorded(scope: Any, receive: Any, send: Any) -> None:
        status, content = 0, b""

        async def heard(message: Any) -> None:
            nonlocal status, content
            status, content = message.get("status", status), content + message.get("body", b"")
            whole = message["type"] == "http.response.body" and not message.get("more_body")
            if refusals is not None and whole and status >= 400 and content.startswith(b"{"):
                refusals.append(json.loads(content)["error"]["message"])
            await send(message)

        await app(scope, receive, heard)

    async def over() -> None:
        await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve(recorded, config, shutdown_trigger=over)), daemon=True)  # type: ignore[arg-type]
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        ended.set()
        thread.join()


def paid_project(state_folder: Path, id: str = "demo-project", number: str = "123456789012") -> None:
    """A project of the sandbox that is paid for and has Cloud Storage switched on."""
    with Store(store_path(state_folder)).transaction() as now:
        now.put_project(Project(id, number, "ACTIVE", "00ABCD-012345-6789EF", {"projectId": id}))
        now.enable(id, "storage.googleapis.com", 0.0)
