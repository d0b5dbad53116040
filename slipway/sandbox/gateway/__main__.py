"""The gateway as a process: ``python -m slipway.sandbox.gateway STATE_FOLDER aws:3 storage:4 …``.

Each number is a file descriptor of a socket that listens already: the command that starts it has bound its ports, so
that nothing else of this machine can have taken them meanwhile.
"""

import asyncio
import logging
import resource
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from slipway.sandbox.gateway import domains
from slipway.sandbox.gateway.sites import OWN_PROXIES, sites
from slipway.sandbox.http.server import Server
from slipway.sandbox.services import keys, registry
from slipway.sandbox.services.logs import rotate

ROTATE_SECONDS = 60.0
"""Between two looks at how long the logs are."""


async def serve(state_folder: Path, listeners: Mapping[str, socket.socket]) -> None:
    """Answer at every listening socket until a signal ends the process."""
    drawn = keys.load(state_folder)
    if drawn is None:
        raise SystemExit(f"{state_folder} has no keys yet: `slipway up` starts a sandbox")
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    answering = sites(state_folder, drawn)
    for name, listener in listeners.items():
        is_own_proxy = name in OWN_PROXIES
        server = Server(answering[name], answers_as=domains.names(state_folder, name), is_own_proxy=is_own_proxy)
        await asyncio.start_server(server.connected, sock=listener, backlog=512)
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), ROTATE_SECONDS)
        with suppress(OSError):
            await asyncio.to_thread(rotate, registry.folder(state_folder))


def main(state_folder: Path, descriptors: Mapping[str, int]) -> None:
    """Serve, with as many connections as the system lets this user have."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    listeners = {name: socket.socket(fileno=number) for name, number in descriptors.items()}
    asyncio.run(serve(state_folder, listeners))


if __name__ == "__main__":
    main(Path(sys.argv[1]), {name: int(number) for name, _, number in (word.partition(":") for word in sys.argv[2:])})
