"""Packages that no index has: members of a workspace, folders beside the app, a commit of a repository."""

import hashlib
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from slipway.bundle import BundleError, Cache
from slipway.bundle.build import build
from slipway.bundle.kinds import kind_named
from slipway.bundle.locks import lock
from slipway.recognise import recognise

WORKSPACE = Path(__file__).parents[2] / "cases/locks/uv_workspace"
PYTHON = ".".join(map(str, sys.version_info[:2]))
KIND = "app-engine-zip"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of an app and a library, whose lock lies above both."""
    return shutil.copytree(WORKSPACE, tmp_path / "workspace")


def built(app: Path, cache: Cache) -> dict[str, bytes]:
    """The files of the app's artifact."""
    artifact = build(kind_named(KIND), app, cache=cache, entry="main:app", interface="wsgi", python=PYTHON)
    with zipfile.ZipFile(artifact.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _as_a_plain_app(workspace: Path) -> None:
    """Take away what makes the app a member of the workspace."""
    for path in ("pyproject.toml", "uv.lock", "apps/site/pyproject.toml"):
        (workspace / path).unlink()


def test_the_lock_of_a_workspace_counts_for_its_members(workspace: Path):
    """It is what the app is locked by, and nothing is locked beside it."""
    assert recognise(workspace / "apps/site").lock == "../../uv.lock"


def test_a_member_of_the_workspace_is_packed(workspace: Path, cache: Cache):
    """With what it needs itself, where the platform installs the rest from a list."""
    files = built(workspace / "apps/site", cache)
    assert files["words/__init__.py"] == b'WORDS = "words"\n'
    assert b"itsdangerous==2.2.0" in files["requirements.txt"]


def test_an_edit_of_a_local_package_makes_another_artifact(workspace: Path, cache: Cache):
    """Although nothing changed in the app's own folder."""
    app = workspace / "apps/site"
    built(app, cache)
    (workspace / "libs/words/words/__init__.py").write_text('WORDS = "edited"\n')
    assert built(app, cache)["words/__init__.py"] == b'WORDS = "edited"\n'


def test_a_folder_beside_the_app_is_packed(workspace: Path, cache: Cache):
    """As `-e ../lib` in its requirements names it; what the library needs is locked with the rest."""
    app = workspace / "apps/site"
    _as_a_plain_app(workspace)
    (app / "requirements.txt").write_text("-e ../../libs/words\nblinker\n")
    lock(app)
    files = built(app, cache)
    assert "words/__init__.py" in files
    assert b"itsdangerous==" in files["requirements.txt"]


def test_a_commit_of_a_repository_is_packed(workspace: Path, cache: Cache):
    """A lock pins it by its commit, whatever the repository has since."""
    library, app = workspace / "libs/words", workspace / "apps/site"
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(library)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "words"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    _as_a_plain_app(workspace)
    (app / "requirements.txt").write_text(f"words @ git+file://{library}@{commit}\nblinker\n")
    lock(app)
    (library / "words/__init__.py").write_text('WORDS = "later"\n')
    assert built(app, cache)["words/__init__.py"] == b'WORDS = "words"\n'


@pytest.mark.parametrize("right", [True, False], ids=["its-hash", "another-hash"])
def test_a_file_by_its_address_is_packed_if_it_has_the_hash_of_the_lock(tmp_path: Path, cache: Cache, right: bool):
    """Whatever the server sends instead is refused."""
    with zipfile.ZipFile(tmp_path / "words-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("words.py", "WORDS = 'words'\n")
        wheel.writestr("words-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: words\nVersion: 1.0\n")
        wheel.writestr("words-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("words-1.0.dist-info/RECORD", "words.py,,\n")
    content = Path(wheel.filename or "").read_bytes()
    digest = hashlib.sha256(content if right else b"another").hexdigest()
    with serving(tmp_path) as port:
        app = tmp_path / "app"
        app.mkdir()
        (app / "main.py").write_text("def app(environ, start_response): return []\n")
        (app / "pdm.lock").write_text(
            f'[metadata]\n[[package]]\nname = "words"\nversion = "1.0"\n'
            f'url = "http://127.0.0.1:{port}/words-1.0-py3-none-any.whl"\n'
            f'files = [{{file = "words-1.0-py3-none-any.whl", hash = "sha256:{digest}"}}]\n'
        )
        if right:
            assert built(app, cache)["words.py"] == b"WORDS = 'words'\n"
        else:
            with pytest.raises(BundleError, match="another file of words"):
                built(app, cache)


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """A server of the files of a folder; gives its port."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()
