"""Pushing, pulling, and what is in the sandbox's own registry (the registry's HTTP API, version 2)."""

import shutil
import subprocess
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker import daemon, store
from slipway.sandbox.docker.client import Docker, words
from slipway.sandbox.handler import CloudError
from slipway.wire.images import Name

if TYPE_CHECKING:
    import httpx

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MANIFESTS = f"{MANIFEST}, application/vnd.oci.image.manifest.v1+json"
REPOSITORIES = "docker/registry/v2/repositories"
"""Where the registry keeps them below its root."""
UNSWEPT = "unswept"
"""The file that names the removed images whose layers are still on the registry's disk."""
SWEPT_AT = 5
"""Removed images from which on a clean-up is worth its time, which the next deployment waits for."""
FULL = 16
"""Megabytes left on the registry's disk at which another try of a layer that failed is in vain."""
SECOND_TRY = "Retrying in 10 "
"""What the daemon says when it has failed twice: it waits five seconds more each time."""
DOWN = ("connection refused", "EOF", "no such host", "i/o timeout")


def push(docker: Docker, name: Name, login: dict[str, str] | None) -> str:
    """Push a tag; the digest that the registry knows it by. Raises :class:`CloudError`."""
    doing = f"pushing {name.tagged}"
    digest = ""
    with docker.pushing, words(doing, docker.where):
        output: Generator[dict[str, Any], None, None] = docker.client.api.push(
            name.repository, tag=name.tag or "latest", stream=True, decode=True, auth_config=login or {}
        )
        for line in output:
            # The daemon tries five times, for a minute; a disk that was full twice is so the fifth time too. Once may
            # be because an upload that was cut off has not given its space back.
            if _is_ours(docker, name) and line.get("status", "").startswith(SECOND_TRY) and _free(docker) < FULL:
                output.close()
                raise _refused(docker, doing, name, "the registry could not keep a layer")
            if "error" in line:
                raise _refused(docker, doing, name, line["error"])
            digest = (line.get("aux") or {}).get("Digest", digest)
    if not digest:
        raise daemon.NoDaemonError(docker.where, f"{doing}: it ended before the push was done")
    return digest


def pull(docker: Docker, name: Name, login: dict[str, str] | None = None, platform: str = "") -> None:
    """Pull an image by digest or tag. Raises :class:`CloudError`."""
    doing = f"pulling {name.reference}"
    with words(doing, docker.where):
        output: Iterator[dict[str, Any]] = docker.client.api.pull(
            name.repository,
            tag=name.digest or name.tag or "latest",
            stream=True,
            decode=True,
            auth_config=login or docker.login(name.host) or {},
            platform=platform or None,
        )
        for line in output:
            if "error" in line:
                raise _refused(docker, doing, name, line["error"])


def digest_of(docker: Docker, name: Name, reference: str = "") -> str | None:
    """The digest behind a tag (or another ``reference``) in the sandbox's registry; None where it has none.

    Raises :class:`CloudError` where the registry does not answer.
    """
    with _registry(docker) as client:
        reference = reference or name.tag or "latest"
        response = client.head(f"/v2/{name.path}/manifests/{reference}", headers={"Accept": MANIFESTS})
        if response.status_code == 404:
            return None
        return response.raise_for_status().headers["Docker-Content-Digest"]


def tags(docker: Docker) -> list[str]:
    """Every ``PATH:TAG`` in the sandbox's registry."""
    with _registry(docker) as client:
        paths = client.get("/v2/_catalog", params={"n": 1000}).raise_for_status().json()["repositories"]
        return [f"{path}:{tag}" for path in paths for tag in _tags(client, path)]


def forget(docker: Docker, path: str) -> None:
    """Remove a repository of the sandbox's registry with all its images; what nothing else uses goes from the disk."""
    with docker.pushing, _registry(docker) as client:
        for tag in _tags(client, path):
            response = client.head(f"/v2/{path}/manifests/{tag}", headers={"Accept": MANIFESTS})
            if response.status_code == 200:
                client.delete(f"/v2/{path}/manifests/{response.headers['Docker-Content-Digest']}")
        # The registry's API has no word for removing an empty repository, nor for what no manifest names any more.
        place = store.files(docker.state_folder)
        shutil.rmtree(place / "images" / REPOSITORIES / path, ignore_errors=True)
        _sweep(place)


def remove_but(docker: Docker, path: str, digests: Collection[str]) -> list[str]:
    """Remove the images of a repository of the sandbox's registry but those of ``digests``; ``HOST/PATH:TAG`` each.

    What they alone used stays on the disk until :func:`sweep`.
    """
    going: list[str] = []
    with _registry(docker) as client:
        for tag in _tags(client, path):
            response = client.head(f"/v2/{path}/manifests/{tag}", headers={"Accept": MANIFESTS})
            digest = response.headers.get("Docker-Content-Digest", "")
            if response.status_code == 200 and digest not in digests:
                client.delete(f"/v2/{path}/manifests/{digest}")
                going.append(f"{docker.registry}/{path}:{tag}")
    if going:
        with (store.files(docker.state_folder) / UNSWEPT).open("a", encoding="utf-8") as file:
            file.writelines(f"{name}\n" for name in going)
    return going


def sweep(docker: Docker) -> None:
    """Free the registry's disk of what :func:`remove_but` left, some images at a time; no push may be under way."""
    place = store.files(docker.state_folder)
    try:
        removed = (place / UNSWEPT).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    if len(removed) >= SWEPT_AT:
        _sweep(place)
        (place / UNSWEPT).unlink(missing_ok=True)


def _sweep(place: Path) -> None:
    if (place / "images" / REPOSITORIES).is_dir():
        words_ = [store.BINARY, "garbage-collect", "--delete-untagged", str(place / "config.json")]
        subprocess.run(words_, capture_output=True, check=False)


def _tags(client: "httpx.Client", path: str) -> list[str]:
    response = client.get(f"/v2/{path}/tags/list")
    return sorted(response.json().get("tags") or ()) if response.status_code == 200 else []


@contextmanager
def _registry(docker: Docker) -> "Iterator[httpx.Client]":
    import httpx

    login = docker.login(docker.registry)
    if login is None:
        raise CloudError(f"the sandbox has no image registry: {daemon.REMEDY}")
    auth = (login["username"], login["password"])
    try:
        with httpx.Client(base_url=f"http://{docker.registry}", auth=auth, trust_env=False, timeout=30.0) as client:
            yield client
    except httpx.HTTPError as error:
        raise CloudError(f"the sandbox's registry at {docker.registry} does not answer ({error}): {_AGAIN}") from None


_AGAIN = "the next `slipway up` starts it again"


def _refused(docker: Docker, doing: str, name: Name, output: str) -> CloudError:
    output = output.removeprefix("Error response from daemon: ").strip()
    local = _is_ours(docker, name)
    if local and any(word in output for word in DOWN):
        return CloudError(f"{doing}: the sandbox's registry at {name.host} does not answer ({output}): {_AGAIN}")
    if local and "unauthorized" in output:
        return CloudError(f"{doing}: {output}: the registry has a new password since; {_AGAIN}")
    if local and doing.startswith("pushing"):
        place, free = store.files(docker.state_folder) / "images", _free(docker)
        # What was half uploaded stays otherwise, and keeps a disk full that has room for something smaller.
        shutil.rmtree(place / REPOSITORIES / name.path / "_uploads", ignore_errors=True)
        return CloudError(f"{doing}: {output}; the registry's disk has {free} MB left ({place})")
    return CloudError(f"{doing}: {output}")


def _is_ours(docker: Docker, name: Name) -> bool:
    return bool(name.host) and name.host == docker.registry


def _free(docker: Docker) -> int:
    """Megabytes that are left where the registry keeps its images."""
    place = store.files(docker.state_folder) / "images"
    return shutil.disk_usage(place if place.exists() else docker.state_folder).free >> 20
