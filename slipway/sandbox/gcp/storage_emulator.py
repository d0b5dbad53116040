"""The storage emulator as the sandbox runs it: ``python -m slipway.sandbox.gcp.storage_emulator STATE_FOLDER DATA``.

It is gcp-storage-emulator on a socket file, behind the gateway, and without its page that wipes everything.
"""

import signal
import socket
import sys
import threading
from functools import partial
from http.server import HTTPServer
from pathlib import Path
from typing import Any

from gcp_storage_emulator import server
from gcp_storage_emulator.storage import Storage

from slipway.sandbox.services import sockets

WIPE = r"^/wipe$"


class OnSocketFile(HTTPServer):
    """The emulator's server on a socket that listens already."""

    def __init__(self, listener: socket.socket, storage: Storage) -> None:
        super().__init__(("127.0.0.1", 0), partial(server.RequestHandler, storage), bind_and_activate=False)
        self.socket.close()
        self.socket = listener

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection, as if it came by a port: the emulator notes where it came from."""
        return self.socket.accept()[0], ("127.0.0.1", 0)


def main(state_folder: Path, data: Path) -> None:
    """Serve until a signal ends the process."""
    server.HANDLERS = tuple(row for row in server.HANDLERS if row[0] != WIPE)
    serving = OnSocketFile(sockets.listen(sockets.path(state_folder, "storage")), Storage(data_dir=str(data)))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=serving.shutdown, daemon=True).start())
    serving.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
