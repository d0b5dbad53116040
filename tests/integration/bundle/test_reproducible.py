"""The same sources give the same bytes, whoever builds them, wherever and when."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from slipway.bundle import Cache, app_engine_zip, deflate_cache, lambda_zip
from slipway.bundle.kinds import KINDS

BUILD = """
import hashlib, json, os, sys
from pathlib import Path
os.umask(int(sys.argv[3], 8))
from slipway.bundle import Cache, KINDS
from slipway.bundle.build import build
made = {}
for name, kind in KINDS.items():
    if name == "beam-package":
        continue  # it is made in an environment with Beam: tests/integration/test_pipelines.py
    artifact = build(kind, Path(sys.argv[1]), cache=Cache(Path(sys.argv[2])))
    made[name] = [artifact.digest, hashlib.sha256(artifact.path.read_bytes()).hexdigest(), artifact.file_name]
print(json.dumps(made))
"""

APP = {
    "lambda_function.py": "def lambda_handler(event, context):\n    return 1\n",
    "main.py": "#!/usr/bin/env python3\napp = None\n",
    "package/__init__.py": "",
    "package/Zebra.py": "Z = 1\n",
    "package/älter.py": "A = 1\n",
    "index.html": "<p>hello</p>\n" * 200,
    "Dockerfile": "FROM scratch\nCOPY . .\n",
}


def clone(files: dict[str, str], folder: Path, *, mode: int, when: int, backwards: bool) -> Path:
    for path in sorted(files, reverse=backwards):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(files[path])
        place.chmod(mode)
        os.utime(place, (when, when))
        if os.geteuid() == 0 and backwards:
            os.chown(place, 12345, 12345)
    return folder


def built(source: Path, cache: Path, umask: str, **env: str) -> dict[str, list[str]]:
    words = [sys.executable, "-c", BUILD, str(source), str(cache), umask]
    done = subprocess.run(words, env=os.environ | env, cwd=source.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_clones_give_the_same_bytes(tmp_path: Path, wheelhouse):
    """Folder, times, owner, modes, umask, locale, time zone, hash seed and order on disk leave no trace."""
    wheelhouse.add(
        "needed", files={"needed/__init__.py": b"", "needed/data.txt": b"x" * 5000}, scripts={"run": "needed:x"}
    )
    files = APP | {"requirements.in": "needed\n", "requirements.txt": wheelhouse.lock("needed")}
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    one = clone(files, tmp_path / "app", mode=0o644, when=1_000_000_000, backwards=False)
    two = clone(files, tmp_path / "elsewhere/deep/app", mode=0o700, when=1_700_000_000, backwards=True)
    first = built(
        one, tmp_path / "c1", "022", PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C", UV_CACHE_DIR=str(tmp_path / "u1")
    )
    other = built(
        two, tmp_path / "c2", "077", PYTHONHASHSEED="2", TZ="Asia/Kathmandu", LC_ALL="C.UTF-8",
        UV_CACHE_DIR=str(tmp_path / "u2"), HOME=str(tmp_path),
    )  # fmt: skip
    assert set(first) == set(KINDS) - {"beam-package"}
    assert first == other
    assert built(one, tmp_path / "c1", "022") == first, "a warm cache answers with other bytes than a cold one"


def test_copied_members_give_the_bytes_deflated_ones_give(folder, cache: Cache, tmp_path: Path, wheelhouse):
    """What is put together from the last artifact and the store is what a cold cache makes."""
    wheelhouse.add("needed")
    source = folder(
        {f"m{i}.py": f"x = {i}\n" * 300 for i in range(9)} | {"requirements.txt": wheelhouse.lock("needed")}
    )
    lambda_zip(source, cache=cache)
    (source / "m4.py").write_text("x = 'edited'\n" * 300)
    warm = lambda_zip(source, cache=cache)
    cold = lambda_zip(source, cache=Cache(tmp_path / "cold"))
    assert warm.path.read_bytes() == cold.path.read_bytes()
    assert warm.digest == cold.digest


def test_the_digest_is_of_the_content_not_of_its_compression(folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A zlib that deflates to other bytes changes the file, and nothing that a resource is compared by."""
    source = folder({"main.py": "".join(f"value_{i} = {zlib.crc32(bytes([i]))}\n" for i in range(200))})
    usual = app_engine_zip(source, cache=Cache(tmp_path / "c1"))
    monkeypatch.setattr(deflate_cache, "LEVEL", 1)
    other = app_engine_zip(source, cache=Cache(tmp_path / "c2"))
    assert usual.path.read_bytes() != other.path.read_bytes()
    assert usual.digest == other.digest


def test_the_digest_is_that_of_the_manifest(folder, cache: Cache):
    """Anyone can compute it: sha256 over the manifest as JSON, keys sorted, no spaces."""
    artifact = app_engine_zip(folder({"main.py": "app = 1\n", "a/b.txt": "ü"}), cache=cache)
    manifest = {
        "a/b.txt": hashlib.sha256("ü".encode()).hexdigest(),
        "main.py": hashlib.sha256(b"app = 1\n").hexdigest(),
    }
    assert artifact.manifest == manifest
    assert artifact.digest == hashlib.sha256(json.dumps(manifest, separators=(",", ":")).encode()).hexdigest()


def test_a_moved_folder_keeps_its_artifact(folder, cache: Cache, tmp_path: Path):
    """Where the app lies is no part of what it is."""
    source = folder({"main.py": "app = 1\n"})
    before = app_engine_zip(source, cache=cache)
    moved = Path(shutil.move(source, tmp_path / "moved"))
    assert app_engine_zip(moved, cache=cache).path == before.path
