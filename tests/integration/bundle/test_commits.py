"""From which commit an artifact's files are."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.bundle.commits import address_of, commit_of, labels_of

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in a new repository, at a fixed time."""
    identity = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_DATE": "@86400 +0000",
        "GIT_COMMITTER_DATE": "@86400 +0000",
    }
    people = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def run(*words: str) -> str:
        environment = {"PATH": "/usr/bin:/bin", **identity, **people}
        return subprocess.run(
            ["git", "-C", str(tmp_path), *words], env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    run("init", "--quiet")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/main.py").write_text("one\n")
    run("add", ".")
    run("commit", "--quiet", "--message", "one")
    return run


def test_a_commit_of_another_file_is_not_the_images(git: Git, tmp_path: Path):
    """A README makes no other image; an edit that is in no commit says so."""
    revision = git("rev-parse", "HEAD")
    (tmp_path / "app/README.md").write_text("read\n")
    git("add", ".")
    git("commit", "--quiet", "--message", "two")
    commit = commit_of(tmp_path / "app", ["main.py", "made/by/the/bundle"])
    assert commit is not None
    assert (commit.revision, commit.seconds, commit.source) == (revision, 86400, "")
    (tmp_path / "app/main.py").write_text("two\n")
    edited = commit_of(tmp_path / "app", ["main.py"])
    assert edited is not None
    assert edited.revision == f"{revision}-dirty"


def test_the_labels_are_those_of_the_open_container_initiative(git: Git, tmp_path: Path):
    """Title and version always, the rest from the commit."""
    git("remote", "add", "origin", "git@github.com:someone/shop.git")
    commit = commit_of(tmp_path / "app", ["main.py"])
    assert labels_of("shop", "1.2.0", commit) == {
        "org.opencontainers.image.created": "1970-01-02T00:00:00Z",
        "org.opencontainers.image.revision": git("rev-parse", "HEAD"),
        "org.opencontainers.image.source": "https://github.com/someone/shop",
        "org.opencontainers.image.title": "shop",
        "org.opencontainers.image.version": "1.2.0",
    }


def test_a_folder_without_git_has_no_commit(tmp_path: Path):
    """Nor is that an error."""
    assert commit_of(tmp_path, ["main.py"]) is None
    assert len(labels_of("shop", "1.0.0", None)) == 2


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://user:secret@example.com/a/b.git", "https://example.com/a/b"),
        ("ssh://git@example.com:22/a/b", "https://example.com/a/b"),
        ("git@example.com:a/b.git", "https://example.com/a/b"),
        ("/home/me/b", ""),
        ("../b.git", ""),
        ("file:///srv/b.git", ""),
        ("", ""),
    ],
)
def test_an_origin_is_an_address_without_a_login(origin: str, address: str):
    """A folder of one machine would make another image of every clone."""
    assert address_of(origin) == address
