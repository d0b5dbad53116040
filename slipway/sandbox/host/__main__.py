"""The provider host as a process: ``python -m slipway.sandbox.host HOME aws:PORT gcp:PORT random:PORT``."""

import logging
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.handler import Props
from slipway.sandbox.host.server import load, serve
from slipway.sandbox.services import registry
from slipway.sandbox.stores.owners import RecordedOwners


def main(home: Path, ports: dict[str, int]) -> None:
    """Serve each package on its port until a signal ends the process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    logging.getLogger("stamina").setLevel(logging.INFO)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    owners = RecordedOwners(home)
    servers = [
        serve(load(name), port, lambda: _environment(home), partial(_configured, home, name), owners)
        for name, port in ports.items()
    ]
    threading.Thread(target=_warm, daemon=True).start()
    ended.wait()
    for server in servers:
        server.stop(grace=0.2)


def _environment(home: Path) -> dict[str, str]:
    """The sandbox's variables as they are now; clients that look into the process's own find them there as well."""
    found = cloud_variables(home)
    os.environ.update(found)
    return found


def _configured(home: Path, package: str, config: Props) -> None:
    if package == "aws" and (region := config.get("region")):
        registry.note_region(home, region)


def _warm() -> None:
    """Import the clouds' clients while the program is still planning: a second that the first resource need not pay."""
    import boto3
    import google.cloud.storage

    logging.getLogger(__name__).info("ready: %s, %s", boto3.__name__, google.cloud.storage.__name__)


if __name__ == "__main__":
    main(Path(sys.argv[1]), {name: int(port) for name, _, port in (word.partition(":") for word in sys.argv[2:])})
