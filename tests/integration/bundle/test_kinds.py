"""The kinds, each by what its target needs of it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import uv

from slipway.bundle import (
    Cache,
    beam_package,
)  # fmt: skip


def test_a_pipelines_package_installs_and_requires_what_the_lock_pins(folder, cache: Cache, tmp_path: Path):
    """uv installs the wheel under the name it is to have; its metadata names every pin, its record every file."""
    digest = "sha256:" + "0" * 64
    lock = f'apache-beam[gcp]==2.70.0 --hash={digest}\nwin==1 ; sys_platform == "win32" \\\n    --hash={digest}\n'
    source = folder(
        {"wordcount.py": "N = 7\n", "steps/__init__.py": "", "steps/a.py": "", "requirements.txt": lock}, "word-count"
    )
    artifact = beam_package(source, cache=cache)
    wheel = tmp_path / artifact.file_name
    wheel.write_bytes(artifact.path.read_bytes())
    words = [uv.find_uv_bin(), "pip", "install", "--offline", "--no-deps", "--target", tmp_path / "site", wheel]
    done = subprocess.run([*words, "--python", sys.executable], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    code = "import wordcount, steps.a, importlib.metadata as m; print(wordcount.N, m.requires('word-count'))"
    env = {"PYTHONPATH": str(tmp_path / "site")}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert said.stdout.split(maxsplit=1)[0] == "7", said.stderr
    assert "apache-beam[gcp]==2.70.0" in said.stdout
    assert 'win==1 ; sys_platform == "win32"' in said.stdout.replace("\\", "")
    with zipfile.ZipFile(artifact.path) as inside:
        (record,) = (name for name in inside.namelist() if name.endswith("/RECORD"))
        assert {line.split(",")[0] for line in inside.read(record).decode().splitlines()} == set(inside.namelist())
        (kept,) = (name for name in inside.namelist() if name.endswith("/requirements.txt"))
        assert inside.read(kept).decode() == lock
