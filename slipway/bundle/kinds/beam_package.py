"""Beam package: a pipeline as a wheel that runners install on their workers, with its requirements pinned."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build, read_app
from slipway.bundle.cache import Cache
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import LOCK, NOT_DEPLOYED, WANTED, lock_of, names_in
from slipway.bundle.plan import App, Kind, Limits, Plan, own_files
from slipway.bundle.tree import LeftOut

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^]]*\])?)\s*==\s*([^\s;\\]+)\s*(;[^\\#]*)?", re.MULTILINE)


MAIN = "main.py"
"""The file that a template runs, where no other one is named."""
ENTRY_POINTS = "slipway.pipeline"
"""The group in which a package names its module: https://packaging.python.org/specifications/entry-points/."""
_TEXTS = re.compile(r"(README|CHANGELOG|CHANGES|LICEN[CS]E|NOTICE|CONTRIBUTING)(\.\w+)?", re.IGNORECASE)
"""Files at the top of a folder that are for people."""
_TESTS = re.compile(r"(?:.*/)?\w+_test\.py")
"""As Beam's own repository names its tests; ``test_*.py`` is in no artifact."""


def beam_package(
    source: Path,
    *,
    python: str = "3.11",
    sample: str = "",
    main: str = MAIN,
    allow_keys_in: Sequence[str] = (),
    cache: Cache | None = None,
) -> Artifact:
    """The wheel of a pipeline, for ``--extra_package`` and for a template's image.

    The app's modules stand at its top. Its metadata (core metadata 2.1) requires exactly what the lock pins, and the
    lock itself lies beside it, for ``--requirements_file``. The version is a digest of the modules, so that a changed
    pipeline is never taken for an installed one; what no worker runs (texts for people, tests, the ``sample`` that is
    read as input) has no part in it. ``sample`` is a file, or a folder with a slash at its end; several are on a line
    each. ``main`` is the file that a template runs; another one than ``main.py`` is an entry point of the package.
    ``file_name`` is the name installers ask for. Raises :class:`BundleError`.
    """
    options = {"python": python, "sample": sample, "main": main if main != MAIN else ""}
    options = {name: value for name, value in options.items() if value}
    return build(KIND, source, cache=cache, allow_keys_in=tuple(allow_keys_in), **options)


def plan(app: App, *, python: str = "3.11", sample: str = "", main: str = MAIN) -> Plan:
    """The app's files at the top, ``.dist-info`` made from the lock."""
    if main != MAIN:
        app.need(main, "a template runs it, says the setting main")
    if not any(path.endswith(".py") for path in app.tree.files):
        raise BundleError(f"{app.tree.root} has no module to make a package of")
    lock = lock_of(app).text
    if "apache-beam" not in names_in(lock):
        raise BundleError(
            f"{app.tree.root} locks no apache-beam: put apache-beam[gcp] into {WANTED}, and run "
            f"`slipway lock {app.tree.root}`"
        )
    unused = [LeftOut(path, "for people") for path in app.tree.files if _TEXTS.fullmatch(path)]
    unused += [LeftOut(path, "tests") for path in app.tree.files if _TESTS.fullmatch(path)]
    samples = tuple(sample.split("\n")) if sample else ()
    unused += [LeftOut(path, "read as input") for path in app.tree.files if path in samples or _below(path, samples)]
    own, left_out = own_files(app, *NOT_DEPLOYED, LeftOut(LOCK, "in the package's .dist-info"), *unused)
    name = re.sub(r"[^A-Za-z0-9]+", "_", app.name).strip("_").lower()
    digests = {inside: app.contents[path].sha256 for inside, path in own.items()}
    version = f"0+{hashlib.sha256(repr(sorted(digests.items())).encode() + lock).hexdigest()[:12]}"
    info = f"{name}-{version}.dist-info"
    temporary = {
        f"{info}/METADATA": _metadata(name, version, lock, python),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: slipway\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/{LOCK}": lock,
    }
    if main != MAIN:
        temporary[f"{info}/entry_points.txt"] = f"[{ENTRY_POINTS}]\nmain = {module_of(main)}\n".encode()
    temporary[f"{info}/RECORD"] = _record(app, own, temporary, f"{info}/RECORD")
    return Plan(own=own, made=temporary, left_out=left_out, file_name=f"{name}-{version}-py3-none-any.whl")


def fits(app: App) -> bool:
    """A folder whose lock pins Beam."""
    return LOCK in app and "apache-beam" in names_in(app.read(LOCK))


def requirements_in(lock: bytes) -> list[str]:
    """What a lock pins, a requirement a package: ``apache-beam[gcp]==2.77.0``, with its marker."""
    return [
        f"{requirement}=={pinned}{' ' + marker.strip() if marker.strip() else ''}"
        for requirement, pinned, marker in _PIN.findall(lock.decode())
    ]


def module_of(main: str) -> str:
    """The module that a file is: ``jobs/count.py`` is ``jobs.count``."""
    return main.removesuffix(".py").replace("/", ".")


def lock_in(source: Path) -> bytes:
    """The lock that a package of this folder carries. Raises :class:`BundleError` where the folder has none."""
    return lock_of(read_app(source, Cache.around(source))).text


def _below(path: str, samples: Sequence[str]) -> bool:
    return any(sample.endswith("/") and path.startswith(sample) for sample in samples)


def _metadata(name: str, version: str, lock: bytes, python: str) -> bytes:
    lines = ["Metadata-Version: 2.1", f"Name: {name.replace('_', '-')}", f"Version: {version}"]
    lines.append(f"Requires-Python: >={python}")
    lines += [f"Requires-Dist: {requirement}" for requirement in requirements_in(lock)]
    return ("\n".join(lines) + "\n").encode()


def _record(app: App, own: Mapping[str, str], generated: Mapping[str, bytes], itself: str) -> bytes:
    """The list of files that installers check ("The binary distribution format", PyPA specifications)."""
    rows = {inside: (app.contents[path].sha256, app.contents[path].size) for inside, path in own.items()}
    rows |= {inside: (hashlib.sha256(data).hexdigest(), len(data)) for inside, data in generated.items()}
    lines = [f"{_field(path)},sha256={_base64(digest)},{size}" for path, (digest, size) in sorted(rows.items())]
    return ("\n".join([*lines, f"{itself},,"]) + "\n").encode()


def _field(path: str) -> str:
    return '"' + path.replace('"', '""') + '"' if "," in path or '"' in path else path


def _base64(digest: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()


KIND = Kind(
    name="beam-package",
    says="Apache Beam pipeline as a wheel",
    suffix=".whl",
    limits=Limits(target="a Beam runner", source="this project's own bound"),
    plan=plan,
    fits=fits,
)
