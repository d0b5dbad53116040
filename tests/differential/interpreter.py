"""A Python environment for Pulumi's language host whose programs start in some milliseconds.

    pulumi -> language host -> FOLDER/bin/python (asks) -> this process, which has imported the SDK, forks

For each command the host asks the environment for its version, its packages and the plugins in them, each time with a
Python of its own: that is answered here by a few lines of shell, of an environment that has the SDK and one provider's
(without any the engine takes the versions of default providers from the stack's state). A program runs in a fork of
the process that serves, with the client's folder, variables, output and arguments.
"""

import gc
import importlib
import json
import os
import platform
import runpy
import select
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

PRELOADED = ("asyncio", "grpc.aio", "pulumi", "pulumi.dynamic", "pulumi.runtime.stack", "pulumi.runtime.resource")
CLIENT = """#!/bin/sh
case "$*" in
--version) echo "Python {python}" ;;
"-m pip --version") echo "pip 24.0 from {folder}/pip (python {short})" ;;
"-m pip list"*) echo '[{{"name": "pulumi", "version": "{sdk}"}}, {{"name": "pulumi-random", "version": "{random}"}}]' ;;
"-c import sys; print(sys.executable)"*) echo "{folder}/bin/python" ;;
"-c import importlib.metadata"*) echo '{{"pulumi": "", "pulumi-random": "{plugin}"}}' ;;
*) exec {executable} -IS {client} {socket} "$@" ;;
esac
"""
ASKS = """
import array, json, os, socket, sys
asking = socket.socket(socket.AF_UNIX)
asking.connect(sys.argv[1])
request = json.dumps({"args": sys.argv[2:], "cwd": os.getcwd(), "env": dict(os.environ)}).encode()
socket.send_fds(asking, [len(request).to_bytes(4, "big")], [0, 1, 2])
asking.sendall(request)
sys.exit(int(asking.recv(16) or b"1"))
"""


@contextmanager
def environment(folder: Path) -> Iterator[Path]:
    """An environment in ``folder``, for the setting ``virtualenv`` of a project; it is served until the end."""
    (folder / "bin").mkdir(parents=True)
    address, client = folder / "socket", folder / "ask.py"
    client.write_text(ASKS)
    python = folder / "bin" / "python"
    short = ".".join(platform.python_version_tuple()[:2])
    python.write_text(
        CLIENT.format(
            python=platform.python_version(),
            short=short,
            sdk=version("pulumi"),
            random=version("pulumi-random"),
            plugin=files("pulumi_random") / "pulumi-plugin.json",
            folder=folder,
            executable=shlex.quote(sys.executable),
            client=client,
            socket=address,
        )
    )
    python.chmod(0o755)
    (folder / "pyvenv.cfg").write_text(f"home = {sys.prefix}/bin\nversion = {platform.python_version()}\n")
    serving = subprocess.Popen([sys.executable, "-m", "tests.differential.interpreter", str(address)])
    try:
        yield folder
    finally:
        serving.terminate()
        serving.wait()


def serve(address: str) -> None:
    """Fork for every client."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(16)
    for module in PRELOADED:
        importlib.import_module(module)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the forks that answer are waited for by no one
    while True:
        asking, _ = listening.accept()
        if not os.fork():
            listening.close()
            answer(asking)
        asking.close()


def answer(asking: socket.socket) -> None:
    """Run a client's program in a fork, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, descriptors, _, _ = socket.recv_fds(asking, 4, 3)
    size, text = int.from_bytes(head, "big"), b""
    while len(text) < size:
        text += asking.recv(size - len(text))
    program = os.fork()
    if not program:
        asking.close()
        run(json.loads(text), descriptors)
        return
    for descriptor in descriptors:
        os.close(descriptor)
    ended = os.pidfd_open(program)
    readable, _, _ = select.select([ended, asking], [], [])
    if ended not in readable:  # an engine that gives up ends its language host, with all that this has started
        os.kill(program, signal.SIGKILL)
    _, status = os.waitpid(program, 0)
    with suppress(OSError):
        asking.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def run(request: dict, descriptors: list[int]) -> None:
    """Be ``python ARGS`` of the client."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    arguments = [one for one in request["args"] if one != "-u"]
    sys.argv[:] = arguments
    sys.path[0] = str(Path(arguments[0]).parent)
    runpy.run_path(arguments[0], run_name="__main__")
    sys.exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
