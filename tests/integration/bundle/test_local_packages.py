"""Packages that no index has: members of a workspace, folders beside the app, a commit of a repository."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from slipway.bundle import Cache
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
