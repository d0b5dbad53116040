"""The module that starts an app's own server on the platform's port."""

import socket
import subprocess
import sys
from pathlib import Path

from slipway.bundle.entries import started

APP = """
import socket
import sys

for port in (8000, 8000, 0):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    print(sock.getsockname()[1])
print(sys.argv)
"""


def test_the_port_of_an_app_is_the_platforms(tmp_path: Path):
    """Each time that it is asked for; a port that the system chooses stays the system's."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        free = sock.getsockname()[1]
    (module,) = started("python3 slipway_listen.py app.py").made.items()
    (tmp_path / module[0]).write_bytes(module[1])
    (tmp_path / "app.py").write_text(APP)
    words = [sys.executable, module[0], "app.py", "--debug"]
    environment = {"PORT": str(free), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    first, second, other, arguments = done.stdout.splitlines()
    assert (first, second) == (str(free), str(free))
    assert other != str(free)
    assert arguments == "['app.py', '--debug']"


def test_a_command_that_names_it_not_gets_no_module():
    """An app that reads the platform's port is started as it is."""
    assert not started("python3 app.py").made
