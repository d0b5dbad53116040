"""An app that its own Dockerfile builds: what the stack's file says of it, so that it runs as its author has it run."""

from dataclasses import replace
from typing import Any

from slipway.bundle.dockerfiles import reads_of
from slipway.recognise import Recognised
from slipway.recognise.destinations import IMAGES
from slipway.recognise.in_image import may_write, release_in_image, with_release
from slipway.verbs.app_state import Database, Plan

MEMORY = 512
"""MB, as Cloud Run gives by default."""


def uses_own_dockerfile(recognised: Recognised, platform: str) -> bool:
    """Whether an app is built by its own Dockerfile, and could be taken without it."""
    return platform in IMAGES and bool(recognised.dockerfile) and recognised.interface is not None


def in_own_image(recognised: Recognised, plan: Plan, entry: dict[str, Any]) -> Plan:
    """Complete the settings of an app that its own Dockerfile builds; how its state is kept in that image."""
    text = (recognised.root / recognised.dockerfile).read_text(encoding="utf-8", errors="replace")
    entry["memory"] = MEMORY
    if recognised.target:
        entry["target"] = recognised.target
    if plan.platform == "container":
        entry["locked_down"] = False
    if recognised.image_command and plan.platform == "container":
        entry["command"] = recognised.image_command
    data = tuple(path for path in plan.data if may_write(text, path))
    own_release = _own_release(recognised)
    release = own_release or ("" if recognised.prepares_itself else release_in_image(recognised, text))
    if not release or plan.database is Database.postgres or data:
        return replace(plan, data=data, release=release)
    # Rows in the container's own files: what makes the tables runs where they are.
    command = with_release(recognised, text, release) if recognised.keeps and plan.platform == "container" else ""
    if command and "command" not in entry:
        entry["command"] = command
    return replace(plan, data=data, release="")


def _own_release(recognised: Recognised) -> str:
    """The release command that the app's own files say, as its Procfile."""
    finding = recognised.finding("release")
    return finding.value if finding else ""


def installs_itself(recognised: Recognised) -> bool:
    """Whether an app's own Dockerfile fetches what it needs, on its own Python: no lock of ours has a part in it."""
    if not recognised.dockerfile:
        return False
    text = (recognised.root / recognised.dockerfile).read_text(encoding="utf-8", errors="replace")
    return not any(read.pattern.startswith("package") for read in reads_of(text))
