"""Folders of a container as files of this machine, and back: the daemon's own archives, as ``docker cp`` uses them."""

import io
import tarfile
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from slipway.sandbox.docker.client import unless_gone
from slipway.sandbox.docker.watch import NoContainerError
from slipway.sandbox.handler import CloudError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

MEMORY = 16 * 1024 * 1024
"""Bytes of an archive that are read at a time."""


def pull(client: "DockerClient", name: str, where: str, folder: Path) -> int:
    """Write what is in the folder ``where`` of a container below ``folder``; how many files.

    Links and devices stay behind: what the app wrote may not lead out of the folder. Raises :class:`CloudError`.
    """
    container = _container(client, name)
    with TemporaryFile() as archive:
        _read(container, where, archive)
        with tarfile.open(fileobj=archive) as tar:
            members = [_below(member) for member in tar if member.isfile() or member.isdir()]
            folder.mkdir(parents=True, exist_ok=True)
            for member in members:
                if member.name:
                    tar.extract(member, folder, filter="data")
    return sum(member.isfile() for member in members)


def push(client: "DockerClient", name: str, folder: Path, where: str) -> int:
    """Write the files below ``folder`` into the folder ``where`` of a container, as its owner; how many.

    Raises :class:`CloudError`.
    """
    container = _container(client, name)
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink()]
    owner = _owner(container, where)
    with TemporaryFile() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for path in sorted({parent for file in files for parent in file.relative_to(folder).parents})[1:]:
                member = tar.gettarinfo(folder / path, arcname=path.as_posix())
                tar.addfile(_owned(member, owner))
            for file in files:
                member = tar.gettarinfo(file, arcname=file.relative_to(folder).as_posix())
                with file.open("rb") as content:
                    tar.addfile(_owned(member, owner), content)
        archive.seek(0)
        if not container.put_archive(where, archive):  # pyright: ignore[reportArgumentType] - it takes a file as well
            raise CloudError(f"the daemon did not take the files for {where} of {name}")
    return len(files)


def _container(client: "DockerClient", name: str) -> "Container":
    container = unless_gone(lambda: client.containers.get(name))
    if container is None:
        raise NoContainerError(f"there is no container {name!r}")
    return container


def _read(container: "Container", where: str, archive: io.BufferedRandom) -> None:
    from docker.errors import NotFound

    try:
        chunks, _ = container.get_archive(where, chunk_size=MEMORY)
    except NotFound:
        raise CloudError(f"{container.name} has no folder {where}") from None
    for chunk in chunks:
        archive.write(chunk)
    archive.seek(0)


def _owner(container: "Container", where: str) -> tuple[int, int]:
    """User and group of the folder: the first member of its archive."""
    chunks, _ = container.get_archive(where, chunk_size=tarfile.BLOCKSIZE)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= tarfile.BLOCKSIZE:
            break
    member = tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    return member.uid, member.gid


def _below(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the folder's own name, which begins every member's."""
    return member.replace(name=member.name.partition("/")[2], deep=False)


def _owned(member: tarfile.TarInfo, owner: tuple[int, int]) -> tarfile.TarInfo:
    return member.replace(uid=owner[0], gid=owner[1], uname="", gname="", deep=False)
