"""The machine's Docker daemon: where it is, whether it answers, how to speak to it.

The one place that decides which daemon is meant: ``DOCKER_HOST``, else the default socket. Docker's contexts are not
looked at: what a command of yesterday chose must not decide where today's containers go.
"""

import json
import os
import socket
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from slipway.sandbox.handler import CloudError

if TYPE_CHECKING:
    from docker import DockerClient

DEFAULT = "unix:///var/run/docker.sock"
QUICK = 1.0
"""Seconds that a daemon has to answer a ping; one on this machine takes milliseconds."""
SLOW = 300
"""Seconds for one call: a pull, a push or the end of a container may take a while."""
REMEDY = "`make docker` starts one (as root on Debian), `slipway doctor` says what this machine has"


_LOADING = threading.Lock()


class NoDaemonError(CloudError):
    """No Docker daemon answers; the message says where one was looked for and what to do."""

    def __init__(self, where: str, why: str = "") -> None:
        super().__init__(f"no Docker daemon answers at {where}{f' ({why})' if why else ''}: {REMEDY}")


@dataclass(frozen=True)
class Facts:
    """What a daemon says of itself."""

    version: str
    api: str
    storage: str
    cgroups: str
    system: str
    limits_memory: bool
    """Whether the kernel lets it limit memory; without, a limit is accepted and ignored."""


def address(environment: Mapping[str, str] | None = None) -> str:
    """Where the daemon is, if there is one."""
    return (os.environ if environment is None else environment).get("DOCKER_HOST") or DEFAULT


def find(environment: Mapping[str, str] | None = None) -> str | None:
    """The address of a daemon that answers; None where none does. Asks the socket alone: no SDK is imported."""
    where = address(environment)
    return where if answers(where) else None


def answers(where: str) -> bool:
    """Whether something that speaks Docker's protocol answers a ping at ``where``."""
    if urlsplit(where).scheme not in ("unix", "tcp", "http"):
        return _answers_by_sdk(where)
    return _asked(where, "/_ping").rstrip().endswith(b"OK")


def has_image(where: str, reference: str) -> bool:
    """Whether the daemon has an image of this name, asked as quickly."""
    return bool(_asked(where, f"/images/{quote(reference)}/json"))


def listed(where: str, *labels: str) -> list[dict[str, Any]]:
    """The containers that have all of these labels, running or not, asked as quickly; none where nothing answers.

    https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerList.
    """
    if urlsplit(where).scheme not in ("unix", "tcp", "http"):
        return []
    answer = _asked(where, f"/containers/json?all=1&filters={quote(json.dumps({'label': labels}))}")
    try:
        return json.loads(answer.partition(b"\r\n\r\n")[2] or b"[]")
    except ValueError:
        return []


def connect(where: str) -> "DockerClient":
    """A client of the daemon at ``where``. Raises :class:`NoDaemonError`."""
    load_sdk()
    from docker import DockerClient
    from docker.errors import DockerException

    try:
        return DockerClient(base_url=where, timeout=SLOW, max_pool_size=32)
    except DockerException as error:
        denied = "permission denied: is your user in the group docker?" if "Permission denied" in str(error) else ""
        raise NoDaemonError(where, denied) from None


def load_sdk() -> None:
    """Import the SDK, one thread at a time: its modules import each other, and two threads get halves of them."""
    with _LOADING:
        import docker.errors
        import docker.types
        import docker.utils.build  # noqa: F401 - imported now, so that the next import is quick


def facts(where: str) -> Facts:
    """What the daemon at ``where`` says of itself. Raises :class:`NoDaemonError`."""
    with closing(connect(where)) as client:
        output: dict[str, Any] = client.info()
        return Facts(
            version=str(output.get("ServerVersion", "")),
            api=str(client.version().get("ApiVersion", "")),
            storage=str(output.get("Driver", "")),
            cgroups=f"v{output.get('CgroupVersion', '1')}",
            system=str(output.get("OperatingSystem", "")),
            limits_memory=bool(output.get("MemoryLimit")),
        )


def _asked(where: str, path: str) -> bytes:
    """The answer to a GET where it is 200; empty where it is not, or where nothing answers."""
    parts = urlsplit(where)
    try:
        with _connected(parts.scheme, parts.path, parts.hostname, parts.port) as line:
            line.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
            output = b""
            while chunk := line.recv(65536):
                output += chunk
    except (OSError, ValueError):
        return b""
    return output if output.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200")) else b""


def _connected(scheme: str, path: str, host: str | None, port: int | None) -> socket.socket:
    if scheme == "unix":
        if not Path(path).exists():
            raise FileNotFoundError(path)
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(QUICK)
        line.connect(path)
        return line
    return socket.create_connection((host or "127.0.0.1", port or 2375), timeout=QUICK)


def _answers_by_sdk(where: str) -> bool:
    """SSH and TLS are the SDK's to speak."""
    try:
        with closing(connect(where)) as client:
            return bool(client.ping())
    except CloudError:
        return False
