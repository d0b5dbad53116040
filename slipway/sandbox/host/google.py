"""Google Cloud as a process: ``python -m slipway.sandbox.host.google STATE_FOLDER DATA``, on a socket file.

One server for the control plane and for Cloud Storage, whose objects lie in DATA. The gateway asks every caller for the
sandbox's token before a request comes here.
"""

import asyncio
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.sandbox.cloudstorage.app import Api
from slipway.sandbox.cloudstorage.state import State
from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.google import operations, pubsub_push, run_executions
from slipway.sandbox.google.cloud import DELAY, Cloud
from slipway.sandbox.google.server import application
from slipway.sandbox.services import sockets

STORAGE = ("/storage/", "/upload/", "/download/", "/resumable/", "/batch")
"""How the paths of Cloud Storage begin; those of all else begin with the name of an API."""


async def main(state_folder: Path, data: Path) -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    delay = float(os.environ.get(DELAY) or 0)
    cloud = Cloud(state_folder=state_folder, api_delay=delay, variables=lambda: cloud_variables(state_folder))
    operations.abort_pending(cloud)
    if pending := run_executions.abort_pending(cloud):
        threading.Thread(target=run_executions.end_containers, args=(cloud, pending), name="end", daemon=True).start()
    control_plane, storage = application(cloud), Api(State(state_folder, data, delay)).app

    async def both(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        is_storage = scope["type"] == "http" and scope["path"].startswith(STORAGE)
        await (storage if is_storage else control_plane)(scope, receive, send)

    config = Config()
    config.bind = [f"fd://{sockets.listen(sockets.path(state_folder, 'google')).detach()}"]
    config.graceful_timeout = 0.5
    config.keep_alive_timeout = 60.0
    config.include_server_header = False
    config.loglevel = "WARNING"
    stopped = threading.Event()
    threading.Thread(target=pubsub_push.run, args=(cloud, stopped), name="push", daemon=True).start()
    try:
        await serve(both, config)  # pyright: ignore[reportArgumentType]
    finally:
        stopped.set()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
