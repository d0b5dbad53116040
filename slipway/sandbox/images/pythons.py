"""A Python of this machine as a layer of an image: below ``/usr/local``, as in the image of Python's maintainers.

the interpreter's prefix -> without tests and packages -> pip of its own -> compiled -> a tar of times 0
"""

import io
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from slipway.sandbox.images.debian import PackagesError

LEFT_OUT = frozenset({"test", "tests", "site-packages", "__pycache__", "idlelib", "turtledemo", "EXTERNALLY-MANAGED"})
SUFFIXES_LEFT_OUT = (".a", ".pyc")
OF_THE_SYSTEM = Path("/usr")
"""The prefix of a Python that is made of the system's packages, which the base has anyway."""
WITH_SETUPTOOLS = 12
"""The first minor version whose images bring no setuptools (https://hub.docker.com/_/python)."""
COMPILES_BELOW = 9
"""Older versions cannot be told another root for what they compile: they do it when they run."""
PIP = """\
#!/usr/local/bin/python{version}
import sys
try:
    from pip._internal.cli.main import main
except ImportError:
    from pip._internal import main
sys.exit(main())
"""


def is_portable(executable: str) -> bool:
    """Whether a Python can be copied: one that is not spread over the system's folders."""
    return Path(executable).resolve().parent.parent != OF_THE_SYSTEM


def layer(executable: str, version: str, libraries: str) -> bytes:
    """The tar. ``libraries`` is where the system looks for them, as ``usr/lib/x86_64-linux-gnu``.

    Raises :class:`PackagesError`.
    """
    prefix = Path(executable).resolve().parent.parent
    with tempfile.TemporaryDirectory(prefix="slipway-python-") as work:
        root = Path(work)
        local = root / "usr/local"
        _copy(prefix / "lib" / f"python{version}", local / "lib" / f"python{version}")
        for folder in sorted((prefix / "include").glob(f"python{version}*")):
            _copy(folder, local / "include" / folder.name)
        _write(local / "bin" / f"python{version}", Path(executable).resolve().read_bytes(), mode=0o755)
        for library in sorted((prefix / "lib").glob(f"libpython{version}*.so*")):
            _write(root / libraries / library.name, library.read_bytes(), mode=0o755)
        packages = local / "lib" / f"python{version}" / "site-packages"
        packages.mkdir()
        for wheel in _bundled(prefix, version):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(packages)  # noqa: S202 - a wheel of that Python itself
        for name in ("pip", "pip3", f"pip{version}"):
            _write(local / "bin" / name, PIP.format(version=version).encode(), mode=0o755)
        for name in ("python", "python3"):
            (local / "bin" / name).symlink_to(f"python{version}")
        if _minor(version) >= COMPILES_BELOW:
            _compile(executable, root)
        return _written(root)


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def _copy(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if LEFT_OUT.isdisjoint(inside.parts) and path.is_file() and path.suffix not in SUFFIXES_LEFT_OUT:
            _write(target / inside, path.read_bytes(), mode=0o755 if path.stat().st_mode & 0o100 else 0o644)


def _write(path: Path, data: bytes, *, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def _bundled(prefix: Path, version: str) -> Iterator[Path]:
    """The wheels that a Python brings for its own first packages: the newest of each name."""
    folder = prefix / "lib" / f"python{version}" / "ensurepip/_bundled"
    names = ("pip", "setuptools") if _minor(version) < WITH_SETUPTOOLS else ("pip",)
    for name in names:
        wheels = sorted(folder.glob(f"{name}-*.whl"), key=lambda path: [int(one) for one in _numbers(path)])
        if wheels:
            yield wheels[-1]


def _numbers(wheel: Path) -> list[str]:
    return [part for part in wheel.name.split("-")[1].split(".") if part.isdecimal()]


def _compile(executable: str, root: Path) -> None:
    words = ["-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/"]
    done = subprocess.run([executable, "-I", "-S", *words, str(root)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagesError(f"the library of {executable} could not be compiled: {done.stdout[-300:]}")


def _written(root: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            info = tar.gettarinfo(path, path.relative_to(root).as_posix())
            info.mtime = info.uid = info.gid = 0
            info.uname = info.gname = ""
            if info.isdir():
                info.mode = 0o755
            with path.open("rb") if info.isfile() else io.BytesIO() as content:
                tar.addfile(info, content if info.isfile() else None)
    return out.getvalue()
