"""Memory stays flat while an app grows to what Lambda takes at most."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = """
import resource, sys
from pathlib import Path
from slipway.bundle import Cache, container_context, lambda_zip
kinds = {"zip": lambda_zip, "tar": container_context}
kinds[sys.argv[1]](Path(sys.argv[2]), cache=Cache(Path(sys.argv[3])))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak_mb(kind: str, source: Path, cache: Path) -> int:
    words = [sys.executable, "-c", BUILD, kind, str(source), str(cache)]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_memory_stays_flat(kind: str, folder, tmp_path: Path):
    """240 MB, half of it in one file and half of it incompressible, take at most 40 MB more than a single line does."""
    start = {"lambda_function.py": "x = 1\n", "Dockerfile": "FROM scratch\nCOPY . .\n"}
    small, large = folder(start, "small"), folder(start, "large")
    with (large / "one.bin").open("wb") as file:
        for _ in range(6):
            file.write(os.urandom(10 << 20) + bytes(10 << 20))
    for i in range(30):
        (large / f"part{i}.bin").write_bytes(os.urandom(2 << 20) + bytes(2 << 20))
    assert peak_mb(kind, large, tmp_path / "c1") - peak_mb(kind, small, tmp_path / "c2") < 40
