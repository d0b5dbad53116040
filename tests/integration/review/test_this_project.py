"""The review of this very project: one app edited, every environment, as a stranger's pull request would have it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.stack.project import Project

ROOT = Path(__file__).parents[3]
COMMAND = """
import sys
from pathlib import Path
from slipway.cli.review import review
sys.exit(review(base="HEAD", head="worktree", stack=None, markdown=Path(sys.argv[1] + ".md"),
                json=Path(sys.argv[1] + ".json"), html=Path(sys.argv[1] + ".html")))
"""
ENVIRONMENTS = sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in (ROOT / "stacks").glob("Pulumi.*.yaml"))

CHANGES = {
    "time-service": {
        "gcp:storage/bucketObject:BucketObject": "create",
        "gcp:appengine/standardAppVersion:StandardAppVersion": "create",
        "gcp:appengine/engineSplitTraffic:EngineSplitTraffic": "update",
    },
    "time-service-beanstalk": {
        "aws:s3/bucketObjectv2:BucketObjectv2": "create",
        "aws:elasticbeanstalk/applicationVersion:ApplicationVersion": "create",
        "aws:elasticbeanstalk/environment:Environment": "update",
    },
}
"""What an edit of the time service changes, by the app that a stack makes of it."""
GIVES_UP_INSTANCES = {("gcp:appengine/standardAppVersion:StandardAppVersion", "update")}
"""A version that always has an instance gives it up when another one serves."""


@pytest.fixture
def copy(project: Project, commit: Callable[..., str]) -> Path:
    """A repository with this project's files, the time service edited after the commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (project.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, project.root / name)
    commit({})
    main = project.root / "app_src" / "time_service" / "main.py"
    main.write_text(main.read_text() + "\n# another line\n")
    return project.root


@pytest.mark.slow
def test_one_app_edited(copy: Path, tmp_path: Path):
    """Just what follows from the edit is told, in every environment; no credentials, an empty HOME; twice the same."""
    (tmp_path / "empty").mkdir()
    passed = {
        key: value for key, value in os.environ.items() if key == "PATH" or key.startswith(("UV_", "PIP_", "SSL_"))
    }
    environment = {**passed, "HOME": str(tmp_path / "empty"), "SLIPWAY_HOME": str(tmp_path / "home")}
    for name in ("first", "second"):
        words = [sys.executable, "-c", COMMAND, str(tmp_path / name)]
        done = subprocess.run(words, cwd=copy, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    for form in ("md", "json", "html"):
        assert (tmp_path / f"first.{form}").read_bytes() == (tmp_path / f"second.{form}").read_bytes()
    found = json.loads((tmp_path / "first.json").read_text())
    assert [env["name"] for env in found["environments"]] == ENVIRONMENTS
    for env in found["environments"]:
        assert (env["status"], env["error"]) == ("compared", "")
        assert (env["counts"]["replace"], env["counts"]["delete"]) == (0, 0)
        apps = [app for app in CHANGES if app in {artifact["app"] for artifact in env["artifacts"]}]
        changes = {(item["type"], item["op"]) for item in env["items"] if item["op"] != "same"}
        expected = {change for app in apps for change in CHANGES[app].items()}
        assert changes == (expected | GIVES_UP_INSTANCES if env["name"] == "prod" else expected)
        assert [(one["app"], one["lines"]) for one in env["artifacts"]] == [(app, ["~ main.py"]) for app in apps]
        assert "time-service" in apps
        assert (env["findings"], env["fixed"]) == ([], [])
    everything = "".join((tmp_path / f"first.{form}").read_text() for form in ("md", "json", "html"))
    assert str(tmp_path) not in everything
