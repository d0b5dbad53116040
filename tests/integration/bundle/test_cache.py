"""The cache: shared by processes, whole or not there, bounded, quick to answer and never wrong."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from slipway.bundle import Cache, lambda_zip

BUILD = """
import sys
from pathlib import Path
from slipway.bundle import BundleError, Cache, lambda_zip
print(lambda_zip(Path(sys.argv[1]), cache=Cache(Path(sys.argv[2]))).path)
"""


def start(source: Path, cache: Cache) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", BUILD, str(source), str(cache.root)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def big(folder, wheelhouse, name: str = "app") -> Path:
    wheelhouse.add("tool", files={f"tool/m{i}.py": os.urandom(20_000) for i in range(150)})
    mine = {f"data/{i}.bin": os.urandom(20_000) for i in range(150)}
    return folder({"lambda_function.py": "x", "requirements.txt": wheelhouse.lock("tool"), **mine}, name)


def test_builds_at_the_same_time_do_not_disturb_each_other(folder, cache: Cache, wheelhouse):
    """Four processes, one artifact: all get the same whole file, one does the work, no folder is left behind."""
    source = big(folder, wheelhouse)
    running = [start(source, cache) for _ in range(4)]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    (place,) = {out.strip() for out, _ in said}
    with zipfile.ZipFile(place) as made:
        assert made.testzip() is None
        assert len(made.namelist()) == 303
    assert list((cache.root / "tmp").iterdir()) == []
    assert len(list((cache.root / "deps").glob("*.pack"))) == 1


@pytest.mark.parametrize("until", ["site", "pack", "new", "artifact.zip"])
def test_a_killed_build_leaves_no_half_artifact(folder, cache: Cache, wheelhouse, until: str):
    """Killed while it installs, deflates or writes: the cache holds whole files, and the next build succeeds."""
    source = big(folder, wheelhouse)
    for _ in range(10):  # a build may end before the blow falls
        process = start(source, cache)
        while process.poll() is None and not list((cache.root / "tmp").glob(f"*/{until}")):
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            break
        cache.clean()
    assert process.returncode == -signal.SIGKILL
    assert list((cache.root / "tmp").iterdir()) != []
    for made in (cache.root / "artifacts").glob("*.zip"):
        assert zipfile.ZipFile(made).testzip() is None
    artifact = lambda_zip(source, cache=cache)
    assert zipfile.ZipFile(artifact.path).testzip() is None
    assert list((cache.root / "tmp").iterdir()) == [], "the killed build's folder is swept"
    assert artifact.path.read_bytes() == lambda_zip(source, cache=Cache(cache.root.parent / "fresh")).path.read_bytes()


def test_clean_empties_the_cache_and_waits_for_builds(folder, cache: Cache, wheelhouse):
    """It says how much it freed, and a build that runs meanwhile is not disturbed."""
    source = big(folder, wheelhouse)
    process = start(source, cache)
    while process.poll() is None and not list((cache.root / "tmp").glob("*/site")):
        time.sleep(0.001)
    freed = cache.clean()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert freed > 6_000_000
    assert [path for path in cache.root.rglob("*") if path.is_file() and path.name != ".lock"] == []
    assert cache.clean() == 0


def test_a_second_clone_takes_the_dependencies_of_the_first(folder, tmp_path: Path, wheelhouse):
    """They are the user's: neither installed nor deflated again, and the bytes are those of a cache of its own."""
    wheelhouse.add("tool")
    pinned = {"lambda_function.py": "x = 1\n", "requirements.txt": wheelhouse.lock("tool")}
    first = lambda_zip(folder(pinned, "one/app"), cache=Cache.at(tmp_path / "one"))
    alone = lambda_zip(tmp_path / "one/app", cache=Cache(tmp_path / "alone"))
    for wheel in wheelhouse.folder.iterdir():
        wheel.unlink()
    second = lambda_zip(folder(pinned, "two/app"), cache=Cache.at(tmp_path / "two"))
    assert second.path.read_bytes() == first.path.read_bytes() == alone.path.read_bytes()
    assert len(list((tmp_path / "user/slipway/bundle/deps").glob("*.pack"))) == 1
    assert not (tmp_path / "two/cache/bundle/deps").exists()


def test_clean_empties_the_users_part_too(folder, tmp_path: Path, wheelhouse):
    """Both places are said to be empty, and are."""
    wheelhouse.add("tool", files={"tool.bin": os.urandom(50_000)})
    cache = Cache.at(tmp_path / "home")
    lambda_zip(folder({"lambda_function.py": "x", "requirements.txt": wheelhouse.lock("tool")}), cache=cache)
    assert cache.clean() > 100_000
    left = [path.name for place in (cache, cache.store) for path in place.root.rglob("*") if path.is_file()]
    assert left == [".lock", ".lock"]


def test_without_a_home_the_dependencies_lie_in_the_project(
    folder, tmp_path: Path, wheelhouse, monkeypatch: pytest.MonkeyPatch
):
    """A service account's home may not be there, or not be writable: that is no obstacle."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file/below"))
    wheelhouse.add("tool")
    cache = Cache.at(tmp_path / "home")
    lambda_zip(folder({"lambda_function.py": "x", "requirements.txt": wheelhouse.lock("tool")}), cache=cache)
    assert len(list((cache.root / "deps").glob("*.pack"))) == 1
