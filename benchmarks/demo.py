"""How long a newcomer waits: the demo on a fresh clone, and each verb after it, as a table.

    python benchmarks/demo.py            # every row; clones HEAD into a temporary folder
    python benchmarks/demo.py --runs 3   # medians of three
    python benchmarks/demo.py --docker   # with what needs a Docker daemon; the budgets are for a bare machine

The rows are wall-clock seconds on this machine, with the budget each was given for two cores. They are for reading and
for comparing two commits on one machine; no test asserts them. Needs git, make and the package registries.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1, help="how often each row is measured; the median is shown")
    parser.add_argument("--docker", action="store_true", help="let the demo find this machine's Docker daemon")
    given = parser.parse_args()
    rows: dict[str, tuple[float, list[float]]] = {}
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory(prefix="slipway-benchmark-") as folder:
            for name, budget, seconds in journey(Path(folder), docker=given.docker):
                rows.setdefault(name, (budget, []))[1].append(seconds)
                print(f"  {name}: {seconds:.2f} s", file=sys.stderr)
    show(rows)


def journey(work: Path, *, docker: bool) -> list[tuple[str, float, float]]:
    """One pass over every row: (what, budget in seconds, seconds it took)."""
    clone, caches = work / "clone", work / "caches"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SLIPWAY_", "PULUMI_", "VIRTUAL_ENV", "PYTHON"))},
        **({} if docker else {"DOCKER_HOST": "unix:///nowhere/docker.sock"}),
        "UV_CACHE_DIR": str(caches / "uv"),
        "PIP_CACHE_DIR": str(caches / "pip"),
    }

    def timed(*words: str) -> float:
        began = time.monotonic()
        done = subprocess.run(words, cwd=clone, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return time.monotonic() - began

    slipway = str(clone / ".venv/bin/slipway")
    found = [("make demo, fresh clone, empty caches", 60.0, timed("make", "demo"))]
    try:
        found.append(("preview without changes", 2.0, timed(slipway, "preview", "--engine", "embedded")))
        found.append(("destroy", 5.0, timed(slipway, "destroy", "--engine", "embedded")))
        found.append(("up from nothing", 10.0, timed(slipway, "up", "--engine", "embedded")))
        timed(slipway, "destroy", "--engine", "embedded")
        for name in (".venv", ".slipway"):
            shutil.rmtree(clone / name)
        found.append(("make demo, fresh clone, warm caches", 20.0, timed("make", "demo")))
        found.append(("rebuild of unchanged artifacts, in-process", 0.05, rebuilt(clone, environment)))
    finally:
        subprocess.run([slipway, "destroy", "--engine", "embedded"], cwd=clone, env=environment, capture_output=True)
    return found


def rebuilt(clone: Path, environment: dict[str, str]) -> float:
    """Seconds to build both apps' artifacts again when nothing changed, without the interpreter's start."""
    program = (
        "import time\nfrom pathlib import Path\nfrom slipway.bundle import app_engine_zip, lambda_zip\n"
        "build = lambda: (lambda_zip(Path('app_src/hello_function')), app_engine_zip(Path('app_src/time_service')))\n"
        "build(); began = time.perf_counter(); build(); print(time.perf_counter() - began)"
    )
    words = [str(clone / ".venv/bin/python"), "-c", program]
    done = subprocess.run(words, cwd=clone, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def show(rows: dict[str, tuple[float, list[float]]]) -> None:
    """The table, in Markdown."""
    figure: Callable[[float], str] = lambda s: f"{s:.2f} s" if s >= 0.2 else f"{s * 1000:.0f} ms"  # noqa: E731
    print("| what | median | fastest | slowest | budget |\n| --- | ---: | ---: | ---: | ---: |")
    for name, (budget, seconds) in rows.items():
        cells = (figure(f) for f in (statistics.median(seconds), min(seconds), max(seconds), budget))
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
