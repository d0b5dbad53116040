"""Google Cloud's control plane as a process: ``python -m slipway.sandbox.host.google STATE_FOLDER``, on a socket file.

The gateway asks every caller for the sandbox's token before a request comes here.
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.google import operations
from slipway.sandbox.google.cloud import DELAY, Cloud
from slipway.sandbox.google.server import application
from slipway.sandbox.services import sockets


async def _serve(state_folder: Path) -> None:
    cloud = Cloud(
        state_folder=state_folder,
        api_delay=float(os.environ.get(DELAY) or 0),
        variables=lambda: cloud_variables(state_folder),
    )
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
