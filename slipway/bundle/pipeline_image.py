"""The image of a pipeline: what launches its template and what runs on its workers, in one.

As Google's samples have it:
https://cloud.google.com/dataflow/docs/guides/templates/configuring-flex-templates#use_custom_container_images

It ends in the boot program of Beam's SDK, which workers start; the launcher lies beside it, and Dataflow starts that by
its path. The user is root: a worker's boot program writes below ``/var/opt/google``, which is root's.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.errors import BundleError
from slipway.bundle.kinds.beam_package import MAIN

LAUNCHER = "/opt/google/dataflow/python_template_launcher"
BOOT = "/opt/apache/beam/boot"
PACKAGE = "/template"
_BEAM = re.compile(r"^apache-beam(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Bases:
    """The images that an image is made of, each by its digest where it can be pulled."""

    python: str
    """Python on Debian."""
    sdk: str = ""
    """Beam's own, which has the boot program; "" where that lies in the context, as ``boot``."""
    launcher: str = ""
    """Google's, which has the launcher; "" where it cannot be had: such an image runs workers and launches nothing."""


def bases_named(lock: bytes, python: str) -> Bases:
    """The bases for what a lock pins and a Python (``3.11``), by their tags. Raises :class:`BundleError`."""
    match = _BEAM.search(lock.decode())
    if match is None:
        raise BundleError("the package's lock pins no apache-beam: lock the app again")
    return Bases(
        python=f"python:{python}-slim",
        sdk=f"apache/beam_python{python}_sdk:{match[1]}",
        launcher=f"gcr.io/dataflow-templates-base/python{python.replace('.', '')}-template-launcher-base:latest",
    )


def beam_version(lock: bytes) -> str:
    """The version of Beam that a lock pins. Raises :class:`BundleError`."""
    return bases_named(lock, "3.11").sdk.rpartition(":")[2]


def dockerfile(bases: Bases, *, main: str = MAIN) -> str:
    """The Dockerfile: the lock's packages with their hashes, the app's files, the two programs."""
    boot = f"COPY --from={bases.sdk} /opt/apache/beam /opt/apache/beam" if bases.sdk else f"COPY boot {BOOT}"
    lines = [
        f"FROM {bases.python}",
        *([f"COPY --from={bases.launcher} {LAUNCHER} {LAUNCHER}"] if bases.launcher else []),
        boot,
        f"COPY requirements.txt {PACKAGE}/requirements.txt",
        # The lock is complete: nothing is to be resolved again.
        f"RUN pip install --no-cache-dir --no-deps --require-hashes -r {PACKAGE}/requirements.txt",
        f"COPY app/ {PACKAGE}/",
        f"WORKDIR {PACKAGE}",
        # The launcher runs the file; workers find its modules, and install nothing when they start.
        f"ENV PYTHONPATH={PACKAGE} FLEX_TEMPLATE_PYTHON_PY_FILE={PACKAGE}/{main} "
        "RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1",
        f'ENTRYPOINT ["{BOOT}"]',
    ]
    return "\n".join(lines) + "\n"


def write_context(package: Artifact, folder: Path, text: str) -> None:
    """Write a build context: the Dockerfile ``text``, the package's lock, its own files below ``app/``."""
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(package.path) as inside:
        for name in inside.namelist():
            top, _, rest = name.partition("/")
            if top.endswith(".dist-info"):
                if rest == "requirements.txt":
                    (folder / rest).write_bytes(inside.read(name))
                continue
            file = folder / "app" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(inside.read(name))


def lock_of_package(package: Artifact) -> bytes:
    """The lock that a package carries. Raises :class:`BundleError` where it has none."""
    with zipfile.ZipFile(package.path) as inside:
        for name in inside.namelist():
            if name.endswith(".dist-info/requirements.txt"):
                return inside.read(name)
    raise BundleError(f"{package.path} carries no lock: it is no package of a pipeline")
