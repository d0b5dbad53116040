"""Images in the place of bases that cannot be pulled: this machine's own, with the Python and programs they bring.

the own base of Debian -> a layer with a Python of this machine -> a layer with programs of the other system's
"""

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from slipway.bundle.interpreters import interpreter
from slipway.bundle.known_bases import KnownBase, nearest_python
from slipway.sandbox.images import alpine, bases, debian, machine, pythons

if TYPE_CHECKING:
    from docker import DockerClient

FORMAT = 1
"""Goes up when the same Python is to give another image."""
NAME = "slipway/python-in-place"
OLDER = tuple(f"3.{minor}" for minor in range(6, 11))
"""Pythons that no platform runs any more, and Dockerfiles still name."""
LATER = tuple(f"3.{minor}" for minor in range(11, 16))
LIBRARY_FOLDER = "usr/lib/{}"


def standing_in(client: "DockerClient", base: KnownBase) -> str:
    """The name of the image that stands in for a base, made where the daemon lacks it.

    Raises :class:`PackagesError`.
    """
    own = bases.have(client, machine.WHICH, machine.recipe()).reference
    version = python_in_place_of(base)
    executable = interpreter(version)
    # The base has its own Python and pip; another of the same version would lie in the folders that it links.
    if base.python and version != machine.PYTHON and executable and pythons.is_portable(executable):
        libraries = LIBRARY_FOLDER.format(debian.TRIPLETS[debian.architecture()])
        facts = [own, executable, _says(executable)]
        own = _with_layer(client, own, version, facts, lambda: pythons.layer(executable, version, libraries))
    if base.alpine:
        texts, links = alpine.programs(), alpine.links()
        own = _with_layer(client, own, "alpine", [own, texts, links], lambda: _programs(texts, links))
    return own


def python_in_place_of(base: KnownBase) -> str:
    """The Python that the image in the place of ``base`` has: the same where this machine has it."""
    if not base.python or base.python == machine.PYTHON:
        return machine.PYTHON
    if _is_there(base.python):
        return base.python
    return nearest_python(base.python, [version for version in (*OLDER, *LATER) if _is_there(version)])


def _is_there(version: str) -> bool:
    if version == machine.PYTHON:
        return True
    executable = interpreter(version)
    return executable is not None and pythons.is_portable(executable)


def _says(executable: str) -> str:
    return subprocess.run([executable, "-IVV"], capture_output=True, text=True, check=True).stdout


def _with_layer(
    client: "DockerClient", base: str, suffix: str, facts: Sequence[object], make_layer: Callable[[], bytes]
) -> str:
    """The name of ``base`` with a layer on it, built where the daemon lacks it."""
    from docker.errors import ImageNotFound  # takes its time, and most sandboxes build on their own base

    digest = hashlib.sha256(json.dumps([FORMAT, *facts], sort_keys=True).encode()).hexdigest()[:12]
    name = f"{NAME}:{suffix}-{digest}"
    try:
        client.images.get(name)
    except ImageNotFound:
        dockerfile = f"FROM {base}\nADD layer.tar /\n".encode()
        context = _tar({"Dockerfile": dockerfile, "layer.tar": make_layer()})
        client.images.build(fileobj=io.BytesIO(context), custom_context=True, tag=name, rm=True, forcerm=True)
    return name


def _programs(texts: Mapping[str, str], links: Mapping[str, str]) -> bytes:
    return _tar({path: text.encode() for path, text in texts.items()}, links, mode=0o755)


def _tar(files: Mapping[str, bytes], links: Mapping[str, str] | None = None, *, mode: int = 0o644) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), mode
            tar.addfile(info, io.BytesIO(data))
        for path, target in (links or {}).items():
            info = tarfile.TarInfo(path)
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, target, 0o777
            tar.addfile(info)
    return out.getvalue()
