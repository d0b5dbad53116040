"""The time that an image says it was made at: what the build was told, not the clock's.

BuildKit takes ``SOURCE_DATE_EPOCH`` since 0.11 (Docker 23): https://docs.docker.com/build/ci/github-actions/reproducible-builds/.
An older daemon is handed the same image with another configuration: ``docker load`` asks for no layer that it has.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from slipway.sandbox.docker.client import Docker, unless_gone

EPOCH = "SOURCE_DATE_EPOCH"
EMPTY = frozenset(
    {"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL"}
    | {"STOPSIGNAL", "USER", "VOLUME"}
)
"""Instructions that make no layer."""
CONFIG = (
    *("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Healthcheck", "Volumes", "WorkingDir", "Labels"),
    *("StopSignal", "OnBuild", "Shell"),
)
"""What an image's configuration has of how it runs."""


def with_time(docker: Docker, id: str, name: str, args: Mapping[str, str]) -> str:
    """The id of the image with the time that the build's arguments name, which has ``name`` then.

    The image itself where they name none, or where it has that time already.
    """
    seconds = args.get(EPOCH, "")
    attributes: dict[str, Any] = docker.client.images.get(id).attrs
    if not seconds.isdecimal():
        return id
    moment = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if attributes["Created"].startswith(moment.removesuffix("Z")):
        return id
    config = configuration(attributes, docker.client.api.history(id), moment)
    docker.client.images.load(_archive(config, name, len(attributes["RootFS"]["Layers"])))
    built = unless_gone(lambda: docker.client.images.get(id))
    if built is not None and not built.tags:
        unless_gone(lambda: docker.client.images.remove(id))
    return str(docker.client.images.get(name).id)


def configuration(attributes: Mapping[str, Any], history: Sequence[Mapping[str, Any]], moment: str) -> bytes:
    """An image's configuration with one time, from how the daemon describes it and its history, newest first."""
    layers = attributes["RootFS"]["Layers"]
    steps = [_step(step, moment) for step in reversed(history)]
    document = {
        "architecture": attributes["Architecture"],
        "config": {key: attributes["Config"][key] for key in CONFIG if attributes["Config"].get(key)},
        "created": moment,
        # An instruction that is not known may or may not have made a layer: no history is better than a wrong one.
        **({"history": steps} if sum("empty_layer" not in step for step in steps) == len(layers) else {}),
        "os": attributes["Os"],
        "rootfs": {"type": "layers", "diff_ids": layers},
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _step(step: Mapping[str, Any], moment: str) -> dict[str, Any]:
    by = str(step.get("CreatedBy") or "")
    keyword = by.partition("#(nop)")[2].split()[:1] or by.split()[:1]
    empty = not step.get("Size") and bool(keyword) and keyword[0].upper() in EMPTY
    comment = {"comment": step["Comment"]} if step.get("Comment") else {}
    return {"created": moment, "created_by": by, **comment, **({"empty_layer": True} if empty else {})}


def _archive(config: bytes, name: str, layers: int) -> bytes:
    file = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": file, "RepoTags": [name], "Layers": [f"{number}/layer.tar" for number in range(layers)]}]
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for member, content in ((file, config), ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()
