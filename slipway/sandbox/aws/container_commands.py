"""A bundle's container commands: what Beanstalk runs in the app's folder before a new version serves.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/customize-containers-ec2.html. Other keys
of ``.ebextensions`` are about the instance's operating system, which this machine is not.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from slipway.sandbox.running import commands
from slipway.sandbox.running.web import FailedStartError, WebApp

FOLDER = ".ebextensions"
KEY = "container_commands"
ACTIVATE = re.compile(r"source\s+/var/app/venv/\*/bin/activate\s*(?:&&|;)\s*")
"""How a command takes the app's packages there; here they are on its path already."""
TIMEOUT = 600.0
"""Seconds for a deployment's commands: the option `Timeout` of `aws:elasticbeanstalk:command`."""


def run(state_folder: Path, app: WebApp) -> None:
    """Run them one after the other, by the names of their files and then their own. Raises ``FailedStartError``."""
    for file, name, command in _declared(app.source):
        ended = commands.run(state_folder, app, ACTIVATE.sub("", command), TIMEOUT)
        if ended.status:
            raise FailedStartError(
                f"container_command {name} in {FOLDER}/{file} failed: {ended.why}. Its output:\n{ended.output}"
            )


def _declared(source: Path) -> Iterator[tuple[str, str, str]]:
    for file in sorted((source / FOLDER).glob("*.config")):
        try:
            document: Any = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as wrong:
            raise FailedStartError(f"The configuration file {FOLDER}/{file.name} is no YAML: {wrong}") from None
        declared = document.get(KEY) if isinstance(document, Mapping) else None
        for name, entry in sorted((declared or {}).items()):
            if not isinstance(entry, Mapping) or not isinstance(entry.get("command"), str):
                raise FailedStartError(f"{FOLDER}/{file.name}: {KEY}.{name} needs a command, as text")
            yield file.name, name, entry["command"]
