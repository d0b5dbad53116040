"""Where an app's files are in the image of its own Dockerfile, and how what runs before it is said there."""

import posixpath
import re
import shlex

from slipway.bundle.dockerfiles import copies_of, last_stage, last_user, last_workdir, mentions
from slipway.recognise.findings import Recognised

SHELL_WORDS = re.compile(r"[\s;&|(){}<>$`'\"\\*?]")


def place_in_image(dockerfile: str, path: str, target: str = "") -> str:
    """Where the image has a file of the folder, by the last COPY that brings it; "" where none does."""
    place = ""
    for sources, destination in copies_of(dockerfile, target):
        for source in sources:
            source = posixpath.normpath(source.lstrip("/") or ".")
            several = len(sources) > 1 or destination.endswith("/")
            if source == ".":
                place = posixpath.join(destination, path)
            elif path == source:
                place = posixpath.join(destination, posixpath.basename(path)) if several else destination
            elif path.startswith(f"{source}/"):
                place = posixpath.join(destination, path[len(source) + 1 :])
    return posixpath.normpath(place) if place else ""


def release_in_image(app: Recognised, dockerfile: str) -> str:
    """The command that prepares the app's tables, as it is said in the image; "" where that cannot be told."""
    folder = last_workdir(dockerfile)
    words: list[str] = []
    for word in app.release.split(" "):
        path = word.strip("'\"")
        if path.endswith(".py") and not SHELL_WORDS.search(path):
            inside = place_in_image(dockerfile, path, app.target)
            if not inside:
                return ""
            words.append(posixpath.relpath(inside, folder) if inside.startswith(f"{folder.rstrip('/')}/") else inside)
        else:
            words.append(word)
    at_home = place_in_image(dockerfile, "x", app.target) == posixpath.join(folder, "x")
    return " ".join(words) if at_home or ".py" in app.release else ""


def with_release(app: Recognised, dockerfile: str, release: str) -> str:
    """What starts the app in its image after a command before it; "" where the image has an entry point of its own."""
    stage = last_stage(dockerfile, app.target)
    if stage.entrypoint or not stage.cmd:
        return ""
    return shlex.join(["sh", "-c", f"{release} && exec {stage.cmd.removeprefix('exec ')}"])


def may_write(dockerfile: str, path: str) -> bool:
    """Whether the image's user can write a folder that is kept beside the image: root, or one that it is made for."""
    return last_user(dockerfile).partition(":")[0] in ("", "0", "root") or mentions(dockerfile, path)
