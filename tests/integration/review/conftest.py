"""Small projects under git."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from slipway.stack.project import Project

Commit = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project with a home of its own."""
    root = tmp_path / "project"
    (root / "stacks").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text("name: small\nruntime: python\nstackConfigDir: stacks\n")
    return Project(root, tmp_path / "home")


@pytest.fixture
def commit(project: Project) -> Commit:
    """``commit({path: text})`` writes files (None removes one) and commits them; the commit's id."""
    run(project.root, "init", "--quiet", "--initial-branch=main")

    def make(changes: Mapping[str, str | None]) -> str:
        write(project.root, changes)
        run(project.root, "add", "--all")
        run(project.root, "commit", "--quiet", "--allow-empty", "--message=a change")
        return run(project.root, "rev-parse", "HEAD")

    return make


def write(root: Path, changes: Mapping[str, str | None]) -> None:
    """Write files below ``root``; None removes one."""
    for path, text in changes.items():
        if text is None:
            (root / path).unlink()
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)


def run(root: Path, *words: str) -> str:
    """What git says. It sees no settings of this machine."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment = {**kept, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *identity, *words], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
