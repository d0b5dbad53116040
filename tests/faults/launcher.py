"""Starts engines, providers and commands in a few milliseconds: a process that has imported everything, and forks.

A command spends a second on imports and a quarter of one on deriving the stack's key; a campaign is
thousands of commands. This process imports, derives that one key, and forks for each: the child has its own process
id, signals, environment, folder and output, and leaves as any Python program does. gRPC is imported but not started
before the fork, as it must be.

Its arguments name modules whose ``key()`` derives the key of a stack that it shall know; it may import what
else commands on that stack take.

It reads requests (JSON lines) from its standard input: ``{"number", "what": a word of WHAT, "args", "cwd", "env",
"output", "errors", "limit"}``, and answers ``{"number", "pid"}`` at once and ``{"number", "status"}`` when the
child has ended: its exit status, or minus the signal that ended it. It ends with its standard input, and its children
with it.
"""

import functools
import gc
import hashlib
import importlib
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from typing import Any

ROOT = os.getcwd()  # noqa: PTH109
PRELOADED = (
    "asyncio",
    "cryptography.hazmat.primitives.ciphers.aead",
    "grpc.aio",
    "pulumi",
    "slipway.engine.command.cli",
    "slipway.engine.command.config",
    "slipway.engine.command.run",
    "slipway.engine.command.stack",
    "slipway.engine.plan.deletes",
    "slipway.engine.operation.monitor",
    "slipway.engine.operation.program",
    "slipway.engine.operation.refresh",
    "tests.faults.provider",
)


def main() -> None:
    """Serve until the standard input ends."""
    hashlib.pbkdf2_hmac = functools.cache(hashlib.pbkdf2_hmac)  # what this process has derived, a fork need not
    for module in sys.argv[1:]:
        importlib.import_module(module).key()
    for module in PRELOADED:
        importlib.import_module(module)
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    children: dict[int, int] = {}
    answer({"ready": os.getpid()})
    rest = b""
    while True:
        readable, _, _ = select.select([0, woken], [], [])
        if woken in readable:
            os.read(woken, 4096)
            reap(children)
        if 0 not in readable:
            continue
        received = os.read(0, 65536)
        if not received:
            end(children)
            return
        *lines, rest = (rest + received).split(b"\n")
        for line in lines:
            request = json.loads(line)
            pid = os.fork()
            if not pid:
                os.close(woken)
                os.close(wake)
                become(request)
                WHAT[request["what"]](request["args"])
                return
            children[pid] = request["number"]
            answer({"number": request["number"], "pid": pid})


def answer(fields: dict[str, Any]) -> None:
    """Write one line."""
    os.write(1, (json.dumps(fields) + "\n").encode())


def reap(children: dict[int, int]) -> None:
    """Tell of every child that has ended."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        answer({"number": children.pop(pid), "status": os.waitstatus_to_exitcode(status)})


def end(children: dict[int, int]) -> None:
    """End every child that is left."""
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def become(request: dict[str, Any]) -> None:
    """Turn this fork into a process of its own."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.default_int_handler)
    for descriptor, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        (2, request["errors"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    if request["limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["limit"], request["limit"]))
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])


def engine(args: list[str]) -> None:
    """Be ``slipway engine ARGS``; SLIPWAY_FAULT is read anew."""
    import slipway.engine.command.cli
    import slipway.engine.faults

    importlib.reload(slipway.engine.faults)
    sys.exit(slipway.engine.command.cli.main(args))


def provider(args: list[str]) -> None:
    """Be a provider whose folder is the one argument."""
    import asyncio
    from pathlib import Path

    import tests.faults.provider

    asyncio.run(tests.faults.provider.main(Path(args[0])))


def script(args: list[str]) -> None:
    """Be ``python FILE ARGS``."""
    import runpy

    sys.argv[:] = args
    runpy.run_path(args[0], run_name="__main__")


def command(args: list[str]) -> None:
    """Be ``python -m slipway ARGS`` in a copy of the project: what is the project's own is imported from there."""
    for name, module in list(sys.modules.items()):
        where = getattr(module, "__file__", None) or ""
        if name != "__main__" and where.startswith(f"{ROOT}{os.sep}") and "site-packages" not in where:
            del sys.modules[name]
    sys.path[:] = [os.getcwd(), *(entry for entry in sys.path if entry != ROOT)]  # noqa: PTH109
    sys.argv[:] = ["slipway", *args]
    importlib.import_module("slipway.__main__").main()


WHAT: dict[str, Callable[[list[str]], None]] = {
    "engine": engine,
    "provider": provider,
    "script": script,
    "command": command,
}

if __name__ == "__main__":
    main()
