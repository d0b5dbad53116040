"""Starts an app that brings a server of its own in its artifact, on a port of this machine, and asks it.

It runs in a virtual environment that has nothing installed, so that the artifact's packages alone are there.
"""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.bundle.errors import BundleError
from slipway.bundle.patience import Patience

SECONDS = 40.0
"""How long it may take until it answers; platforms give an app some more before they call it failed."""
PAUSE = 0.2
HOST = "app.localhost"
ERROR = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Exit)\w*: .*$", re.MULTILINE)
"""The last line of a traceback."""
HOLDS = """import runpy
runpy.run_path({worker!r})["hold_files"]({root!r})
"""
"""Python runs it before the app: https://docs.python.org/3/library/site.html#module-sitecustomize."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """What is started."""

    command: str
    python: str
    """The executable."""
    version: str
    """As ``3.11``."""
    root: Path
    packages: Sequence[Path]
    variables: Mapping[str, str]
    worker: Path
    """The file that knows how to hold files read-only."""
    read_only: bool = False


def answers_of(server: Server, paths: Sequence[str], *, work: Path, app: str) -> tuple[dict[str, int], str]:
    """Path -> status, and what the app wrote. No statuses where it does not answer in time.

    Raises :class:`BundleError` with the app's own error where it ends instead.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = _environment(server, work) | {"PORT": str(port)}
    with (work / "served").open("w+b") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", server.command], cwd=server.root, env=environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            statuses = _asked(process, port, paths)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if statuses is None:
        errors = ERROR.findall(text)
        lines = text.strip().splitlines()
        why = errors[-1] if errors else lines[-1] if lines else f"status {status}"
        raise BundleError(f"{app}: {why}\nIts output ends:\n" + "\n".join(f"  {line}" for line in lines[-10:]))
    return statuses, text


def _environment(server: Server, work: Path) -> dict[str, str]:
    """What the app finds: its own packages, and those of Python itself."""
    place = work / "environment"
    site = place / "lib" / f"python{server.version}" / "site-packages"
    site.mkdir(parents=True)
    (place / "bin").mkdir()
    for name in ("python", "python3"):
        (place / "bin" / name).symlink_to(server.python)
    home = Path(server.python).resolve().parent
    (place / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n", encoding="utf-8")
    if server.read_only:
        text = HOLDS.format(worker=str(server.worker), root=str(server.root))
        (site / "sitecustomize.py").write_text(text, encoding="utf-8")
    scripts = [str(path / "bin") for path in server.packages]
    return {
        **server.variables,
        "PATH": os.pathsep.join([str(place / "bin"), *scripts, server.variables["PATH"]]),
        "PYTHONPATH": os.pathsep.join(map(str, server.packages)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _asked(process: "subprocess.Popen[bytes]", port: int, paths: Sequence[str]) -> dict[str, int] | None:
    """Path -> status; none where it does not answer in time, None where it has ended."""
    patience = Patience(process=process, seconds=SECONDS)
    statuses: dict[str, int] = {}
    while not statuses and not patience.exhausted:
        if process.poll() is not None:
            return None
        time.sleep(PAUSE)
        statuses = {path: status for path in paths if (status := _status(port, path))}
    return statuses


def _status(port: int, path: str) -> int:
    """The status of a GET; 0 where nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": HOST})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
