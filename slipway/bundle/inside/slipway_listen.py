"""Made by Slipway: starts an app that brings its own server, on the port that the platform names in ``$PORT``.

    python3 slipway_listen.py app.py
    python3 slipway_listen.py -m package.module

Whatever port of its own the app asks for, its server listens on ``$PORT`` of every address; other ports stay as they
are. Runs on the app's own Python, 3.8 or later, and imports nothing but the standard library.
"""

import os
import runpy
import socket
import sys
import tempfile

PORT = int(os.environ.get("PORT") or 8080)
LOOPBACK = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "")


def main(words):
    """Run a file as ``python3 FILE`` does, or a module as ``python3 -m MODULE`` does."""
    own = []  # the port that the app asks for, once it has asked
    bind, connect = socket.socket.bind, socket.socket.connect

    def is_web(sock):
        return sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type & socket.SOCK_STREAM

    def bind_to_platform(sock, address):
        if is_web(sock) and address[1] and (not own or address[1] in own):
            own.append(address[1])
            host = "::" if sock.family == socket.AF_INET6 else "0.0.0.0"
            address = (host, PORT, *address[2:])
        return bind(sock, address)

    def connect_to_itself(sock, address):
        # Some servers ask themselves whether they are up.
        if is_web(sock) and address[0] in LOOPBACK and address[1] in own:
            address = (address[0], PORT, *address[2:])
        return connect(sock, address)

    socket.socket.bind, socket.socket.connect = bind_to_platform, connect_to_itself
    # An event loop outside of Python would not come by here; servers take Python's own where it is missing.
    sys.modules["uvloop"] = None  # pyright: ignore[reportArgumentType]
    os.environ.update({"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(PORT)})
    if not writable():
        # What it would write beside the app: reports of its users, and a cache.
        os.environ.setdefault("GRADIO_FLAGGING_MODE", "never")
        os.environ.setdefault("GRADIO_ALLOW_FLAGGING", "never")
        os.environ.setdefault("MPLCONFIGDIR", tempfile.gettempdir())
        os.environ.setdefault("HF_HOME", os.path.join(tempfile.gettempdir(), "huggingface"))
    if words[0] == "-m":
        sys.argv[:] = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = words
        sys.path[0] = os.path.dirname(os.path.abspath(words[0]))
        runpy.run_path(words[0], run_name="__main__")


def writable():
    """Whether the app's folder can be written to, which some platforms hold read-only."""
    try:
        with tempfile.TemporaryFile(dir="."):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
