"""Where the sandbox runs as root, its apps do not: they have a user of their own, who sees the app and nothing else."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.sandbox.running import app_user, entrance
from slipway.sandbox.running.entrance import Line
from slipway.sandbox.running.web import WebApp, launch
from slipway.sandbox.services import keys, ports, processes, registry

PYTHON = Path("/usr/bin/python3")
APP = """
import http.server, json, os, pathlib, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        def reads(path):
            try:
                return bool(pathlib.Path(path).read_bytes())
            except OSError:
                return False
        pathlib.Path("written").touch()
        told = {"user": os.getuid(), "groups": os.getgroups(), "environment": sorted(os.environ)}
        body = json.dumps({**told, "keys": reads(sys.argv[2]), "own": reads("main.py")})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start an app as another user"),
    pytest.mark.skipif(not PYTHON.exists(), reason="there is no Python that other users may start"),
]


@pytest.fixture
def state_folder() -> Iterator[Path]:
    """A sandbox's folder below folders that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as above:
        Path(above).chmod(0o755)
        folder = Path(above) / ".slipway"
        registry.private(folder)
        registry.private(registry.folder(folder))
        yield folder
        processes.end_marked(folder)


def test_an_app_of_root_is_not_root(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads and writes its own folder, reads no key of the sandbox, and has none of the user's secrets."""
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("UV_INDEX_PRIVATE_PASSWORD", "secret")
    keys.ensure(state_folder)
    source, installed = (
        registry.folder(state_folder) / "versions" / "p" / "v1",
        registry.folder(state_folder) / "environments" / "e",
    )
    source.mkdir(mode=0o700, parents=True)
    installed.parent.mkdir(mode=0o700, parents=True)
    (source / "main.py").write_text(APP)
    subprocess.run([str(PYTHON), "-m", "venv", "--without-pip", str(installed)], check=True, umask=0o022)
    port = ports.choose(("http",))["http"]
    secret = registry.folder(state_folder) / "keys.json"
    app = WebApp(
        name="version:p/v1",
        command=f"exec python main.py {port} {secret}",
        said="entry point",
        remedy="",
        source=source,
        installed=installed,
        port=port,
        log=registry.folder(state_folder) / "logs" / "app.log",
    )
    launch(state_folder, app)
    line = Line(entrance.way(state_folder, app.name, port), 10.0)
    line.request("GET", "/")
    seen = json.loads(line.getresponse().read())
    assert seen["user"] == app_user.user_of(state_folder) >= app_user.FIRST
    assert seen["groups"] in ([], [seen["user"]])
    assert (seen["keys"], seen["own"], (source / "written").exists()) == (False, True, True)
    assert not {"GITHUB_TOKEN", "UV_INDEX_PRIVATE_PASSWORD"} & set(seen["environment"])
    assert state_folder.stat().st_mode & 0o077 == 0o010


def test_an_app_of_root_reads_no_state(state_folder: Path) -> None:
    """Pulumi writes states that everybody may read, and a sandbox's passphrase is known: their folder is closed."""
    (state_folder / "state" / ".pulumi").mkdir(mode=0o755, parents=True)
    (state_folder / "state" / ".pulumi" / "sandbox.json").write_text("{}")
    registry.close(state_folder)
    source = registry.folder(state_folder) / "versions" / "v1"
    source.mkdir(mode=0o700, parents=True)
    words = app_user.words_before(state_folder, own=[source], reads=[])
    read = "import sys; open(sys.argv[1])"
    for place in ("state/.pulumi/sandbox.json", "cache"):
        done = subprocess.run([*words, str(PYTHON), "-c", read, str(state_folder / place)], capture_output=True)
        assert b"PermissionError" in done.stderr


def test_what_stands_in_the_way_is_named(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project below a folder that only root may enter: its apps run as root, and the user is told."""
    state_folder.parent.chmod(0o700)
    monkeypatch.setattr(app_user, "views_work", lambda: False)
    assert app_user.words_before(state_folder, own=[registry.folder(state_folder)], reads=[]) == ()
    assert re.search(rf"because other users cannot pass .*{state_folder.parent}", app_user.note(state_folder))


def test_a_project_in_a_closed_folder_runs_its_apps_in_a_view_of_their_own(state_folder: Path) -> None:
    """The apps' user sees the way to what it may have there, and nothing else of the closed folder."""
    if not app_user.views_work():
        pytest.skip("this system gives no process a view of its own")
    state_folder.parent.chmod(0o700)
    (state_folder.parent / "private").write_text("secret")
    source = registry.folder(state_folder) / "versions" / "v1"
    source.mkdir(parents=True)
    (source / "own").write_text("own")
    look = "import os, sys; print(os.getuid(), os.listdir('.'), os.listdir(sys.argv[1]))"
    words = [
        *app_user.words_before(state_folder, own=[source], reads=[]),
        str(PYTHON),
        "-c",
        look,
        str(state_folder.parent),
    ]
    done = subprocess.run(words, cwd=source, capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == [str(app_user.user_of(state_folder)), "['own'] ['.slipway']\n"]
    assert sorted(path.name for path in state_folder.parent.iterdir()) == [".slipway", "private"]
