"""Apps, wheels and caches to bundle with: all in temporary folders, no package index."""

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from slipway.bundle import Cache

ELF = {"x86_64": 62, "arm64": 183, "i386": 3}


@pytest.fixture(autouse=True)
def _user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of these tests is kept for the user."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))


class Wheelhouse:
    """A folder of wheels that uv finds instead of an index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hashes: dict[str, tuple[str, str]] = {}

    def add(
        self, name: str, version: str = "1.0", files: Mapping[str, bytes] | None = None, *, tag: str = "py3-none-any",
        scripts: Mapping[str, str] | None = None, requires: tuple[str, ...] = ()
    ) -> None:  # fmt: skip
        """Put a wheel of the package there; by default with one module of its name."""
        info = f"{name}-{version}.dist-info"
        inside = dict(files or {f"{name}.py": f"VERSION = {version!r}\n".encode()})
        needs = "".join(f"Requires-Dist: {need}\n" for need in requires)
        inside[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}".encode()
        inside[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
        if scripts:
            lines = "".join(f"{script} = {target}\n" for script, target in scripts.items())
            inside[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}".encode()
        record = io.StringIO()
        rows = csv.writer(record, lineterminator="\n")
        for path, data in inside.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.writerow([path, f"sha256={digest}", len(data)])
        rows.writerow([f"{info}/RECORD", "", ""])
        inside[f"{info}/RECORD"] = record.getvalue().encode()
        wheel = self.folder / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(wheel, "w") as made:
            for path, data in inside.items():
                made.writestr(path, data)
        self.hashes[name] = (version, hashlib.sha256(wheel.read_bytes()).hexdigest())

    def lock(self, *names: str) -> str:
        """The requirements file that pins the packages as they were added last."""
        pins = ((name, *self.hashes[name]) for name in names)
        return "".join(f"{name}=={version} \\\n    --hash=sha256:{digest}\n" for name, version, digest in pins)


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """An empty wheelhouse; uv is offline and has no cache of earlier tests."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return Wheelhouse(folder)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty cache."""
    return Cache(tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """``folder({path: text or bytes}, name="app")`` writes an app and returns where it is."""

    def write(files: Mapping[str, str | bytes], name: str = "app") -> Path:
        root = tmp_path / name
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        root.mkdir(exist_ok=True)
        return root

    return write


@pytest.fixture
def elf() -> Callable[[str], bytes]:
    """``elf(machine)``: the head of a shared library for that machine."""

    def head(machine: str) -> bytes:
        fields = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little") + ELF[machine].to_bytes(2, "little")
        return fields + bytes(44)

    return head
