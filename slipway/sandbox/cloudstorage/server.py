"""Cloud Storage as a service: ``python -m slipway.sandbox.cloudstorage.server STATE_FOLDER DATA``, on a socket file."""

import asyncio
import os
import sys
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.sandbox.cloudstorage.app import Api
from slipway.sandbox.cloudstorage.state import State
from slipway.sandbox.google.cloud import DELAY
from slipway.sandbox.services import sockets


async def main(state_folder: Path, data: Path) -> None:
    """Serve until SIGTERM."""
    api = Api(State(state_folder, data, float(os.environ.get(DELAY) or 0)))
    config = Config()
    config.bind = [f"fd://{sockets.listen(sockets.path(state_folder, 'storage')).detach()}"]
    config.graceful_timeout = 0.5
    config.keep_alive_timeout = 60.0
    config.include_server_header = False
    config.loglevel = "WARNING"
    await serve(api.app, config)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
