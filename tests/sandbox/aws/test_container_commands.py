"""A bundle's container commands: run in order, with the app's environment; one that fails stops the version."""

import sys
from pathlib import Path

import pytest

from slipway.sandbox.aws import container_commands
from slipway.sandbox.running.web import FailedStartError, WebApp


@pytest.fixture
def app(tmp_path: Path) -> WebApp:
    """An app with a folder for configuration files and one variable."""
    (tmp_path / "app" / container_commands.FOLDER).mkdir(parents=True)
    (tmp_path / "installed/bin").mkdir(parents=True)
    (tmp_path / "installed/bin/python").symlink_to(sys.executable)
    return WebApp(
        name="beanstalk:e/i",
        command="",
        said="",
        remedy="",
        source=tmp_path / "app",
        installed=tmp_path / "installed",
        port=1,
        log=tmp_path / "web.log",
        variables={"NAME": "shop"},
    )


def declare(app: WebApp, file: str, text: str) -> None:
    (app.source / container_commands.FOLDER / file).write_text(text)


def test_commands_run_by_the_order_of_their_names(app: WebApp, tmp_path: Path):
    """Files first, then the commands of a file; the packages' environment needs no activation here."""
    declare(app, "20.config", "container_commands:\n  b: {command: echo b >> out}\n  a: {command: echo a >> out}\n")
    line = "source /var/app/venv/*/bin/activate && echo $NAME >> out"
    declare(app, "10.config", f'container_commands: {{first: {{command: "{line}", leader_only: true}}}}')
    container_commands.run(tmp_path, app)
    assert (app.source / "out").read_text().split() == ["shop", "a", "b"]


def test_a_command_that_fails_stops_the_deployment_with_its_output(app: WebApp, tmp_path: Path):
    """Nothing after it runs; what it wrote is in the app's log as well."""
    declare(
        app, "1.config", "container_commands:\n  a: {command: echo no such table; exit 3}\n  b: {command: touch b}\n"
    )
    with pytest.raises(FailedStartError, match=r"container_command a in \.ebextensions/1\.config failed: it ended with "
                       r"status 3\. Its output:\nno such table"):  # fmt: skip
        container_commands.run(tmp_path, app)
    assert not (app.source / "b").exists()
    assert app.log.read_text() == "no such table\n"


def test_a_file_that_is_no_yaml_is_refused(app: WebApp, tmp_path: Path):
    """As Beanstalk refuses it, with the file's name."""
    declare(app, "1.config", "container_commands: [\n")
    with pytest.raises(FailedStartError, match=r"\.ebextensions/1\.config is no YAML"):
        container_commands.run(tmp_path, app)
