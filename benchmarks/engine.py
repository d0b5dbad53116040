"""How the embedded engine grows with a stack, and what a preview without changes costs beside mocks and the CLI.

    python benchmarks/engine.py                     # both tables
    python benchmarks/engine.py --runs 5 --write    # medians of five; also docs/engine-figures.md and its plot
    python benchmarks/engine.py --demo              # the demo program too, up and down in a folder of its own

Growth: ``up`` of n independent resources on a provider that does nothing, 10 to 1,000, and a preview of the same. Wall
clock and peak memory (resident) of the engine's process as the system counts them. Ratios: the three contestants take
turns, run by run, so that a busy moment hits them alike, and the ratio of each run is what is compared; seconds are for
one machine only. The CLI is left out, and said, where ``pulumi`` is not on the PATH.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine_parts import PROGRAM, PROJECT
from svg import line

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
SIZES = (10, 30, 100, 300, 1_000)
ENGINE = (sys.executable, "-m", "slipway", "engine")
QUIETLY = ("--yes", "--skip-preview", "--non-interactive")

STACK = "figures"
"""The stack of the programs made here."""


@dataclass(frozen=True)
class Cost:
    """One command: wall-clock and processor seconds, and the peak of its resident memory (MB)."""

    seconds: float
    processor: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="how often each figure is measured; the median is shown")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of resources")
    parser.add_argument("--demo", action="store_true", help="measure the demo program's preview as well")
    parser.add_argument("--write", action="store_true", help="write docs/engine-figures.md and docs/engine-figures.svg")
    given = parser.parse_args()
    costs = growth(given.sizes, given.runs)
    with stack(100) as (folder, environment):
        timed((*ENGINE, "up", *QUIETLY), folder, environment)
        ratios = {"100 resources": previews(folder, environment, given.runs)}
    if given.demo:
        with demo() as (folder, environment):
            ratios["the demo program"] = previews(folder, environment, given.runs)
    text = "\n".join([*growth_table(costs), "", *ratio_table(ratios)])
    print(text)
    if given.write:
        publish(text, costs, given.runs)


def growth(sizes: list[int], runs: int) -> dict[int, list[Cost]]:
    """The cost of ``up`` from nothing for each size, a run each; the sizes take turns."""
    found: dict[int, list[Cost]] = {}
    for run in range(runs):
        for size in sizes:
            with stack(size) as (folder, environment):
                cost = timed((*ENGINE, "up", *QUIETLY), folder, environment)
            found.setdefault(size, []).append(cost)
            print(f"  run {run + 1}, {size} resources: {cost.seconds:.2f} s, {cost.megabytes:.0f} MB", file=sys.stderr)
    return found


def previews(folder: Path, environment: dict[str, str], runs: int) -> dict[str, list[float]]:
    """Seconds of a preview without changes, by contestant; those of the same place in the lists are of one run."""
    stack_name = environment.get("PULUMI_STACK", STACK)
    contestants: dict[str, tuple[str, ...]] = {
        "embedded engine": (*ENGINE, "preview", "--non-interactive", "--expect-no-changes"),
        "the SDK's mocks": (
            sys.executable,
            str(HERE / "engine_parts.py"),
            "mocks",
            settings(folder, environment),
            stack_name,
        ),
    }
    if shutil.which("pulumi"):
        contestants["pulumi"] = ("pulumi", "preview", "--non-interactive", "--expect-no-changes")
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for run in range(-1, runs):  # the first one fills the caches of interpreter and system, and does not count
        for name, words in contestants.items():
            seconds = timed(words, folder, environment).seconds
            if run >= 0:
                found[name].append(seconds)
    return found


@contextmanager
def stack(size: int) -> Iterator[tuple[Path, dict[str, str]]]:
    """A program of ``size`` resources with its stack, and a provider that does nothing."""
    with tempfile.TemporaryDirectory(prefix="slipway-figures-") as made:
        folder, port = Path(made), Path(made) / "port"
        (folder / "Pulumi.yaml").write_text(PROJECT)
        (folder / "__main__.py").write_text(PROGRAM)
        (folder / "state").mkdir()
        served = subprocess.Popen([sys.executable, str(HERE / "engine_parts.py"), "serve", str(port)])
        try:
            while not port.exists():
                time.sleep(0.01)
            environment = {
                **os.environ,
                "PULUMI_BACKEND_URL": f"file://{folder}/state",
                "PULUMI_CONFIG_PASSPHRASE": "figures",
                "PULUMI_DEBUG_PROVIDERS": port.read_text(),
                "PULUMI_HOME": str(folder / "home"),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            }
            timed((*ENGINE, "stack", "init", STACK), folder, environment)
            timed((*ENGINE, "config", "set", "count", str(size)), folder, environment)
            yield folder, environment
        finally:
            served.kill()
            served.wait()


@contextmanager
def demo() -> Iterator[tuple[Path, dict[str, str]]]:
    """This checkout's program, up in a sandbox of its own, and what a plain command needs to work on it."""
    slipway = (sys.executable, "-m", "slipway")
    with tempfile.TemporaryDirectory(prefix="slipway-figures-") as home:
        environment = {**os.environ, "SLIPWAY_HOME": home}
        try:
            timed((*slipway, "up", "--stack", "sandbox", "--engine", "embedded"), ROOT, environment)
            words = (*slipway, "sandbox", "env")
            for line in said(words, ROOT, environment).splitlines():
                name, _, value = line.removeprefix("export ").partition("=")
                environment[name] = "".join(shlex.split(value))
            yield ROOT, environment | {"PULUMI_STACK": "sandbox"}
        finally:
            timed((*slipway, "destroy", "--stack", "sandbox", "--engine", "embedded"), ROOT, environment)


def timed(words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Cost:
    """Run a command to its end and count. Leaves with what it said where it fails."""
    with tempfile.TemporaryFile() as heard:
        began = time.monotonic()
        started = subprocess.Popen(words, cwd=folder, env=environment, stdout=heard, stderr=heard)
        _, status, used = os.wait4(started.pid, 0)
        seconds = time.monotonic() - began
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            heard.seek(0)
            raise SystemExit(f"{' '.join(words)} failed:\n{heard.read().decode(errors='replace')}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def said(words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> str:
    """What a command prints."""
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def settings(folder: Path, environment: dict[str, str]) -> str:
    """A file with the stack's settings in clear, for the mocks; the stacks measured here hold nothing secret."""
    shown = said((*ENGINE, "config", "--json", "--show-secrets"), folder, environment)
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False, prefix="slipway-figures-") as file:
        json.dump({key: item["value"] for key, item in json.loads(shown).items()}, file)
    return file.name


def growth_table(costs: dict[int, list[Cost]]) -> list[str]:
    """Seconds, what each resource beyond the fewest took, and memory; by size."""
    rows = [
        "| resources | `up` | each beyond the first row's | of that processor | peak memory |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    fewest = min(costs)
    for size, found in sorted(costs.items()):
        wall, processor, memory = (
            statistics.median(getattr(cost, part) for cost in found) for part in ("seconds", "processor", "megabytes")
        )
        each = work = ""
        if size > fewest:
            less = statistics.median(cost.processor for cost in costs[fewest])
            each = f"{1000 * (wall - seconds(costs, fewest)) / (size - fewest):.1f} ms"
            work = f"{1000 * (processor - less) / (size - fewest):.1f} ms"
        rows.append(f"| {size:,} | {wall:.2f} s | {each} | {work} | {memory:.0f} MB |")
    return rows


def ratio_table(ratios: dict[str, dict[str, list[float]]]) -> list[str]:
    """Medians, and the median of the ratios of each run."""
    rows = [
        "| preview without changes | contestant | median | embedded engine / contestant |",
        "| --- | --- | ---: | ---: |",
    ]
    for program, found in ratios.items():
        own = found["embedded engine"]
        for name, all_seconds in found.items():
            ratio = statistics.median(mine / theirs for mine, theirs in zip(own, all_seconds, strict=True))
            told = "" if name == "embedded engine" else f"{ratio:.2f}"
            rows.append(f"| {program} | {name} | {statistics.median(all_seconds):.2f} s | {told} |")
        if "pulumi" not in found:
            rows.append(f"| {program} | pulumi | not on the PATH here | |")
    return rows


def seconds(costs: dict[int, list[Cost]], size: int) -> float:
    """The median of a size."""
    return statistics.median(cost.seconds for cost in costs[size])


def publish(text: str, costs: dict[int, list[Cost]], runs: int) -> None:
    """Write the page and its plot."""
    busy = f"{os.cpu_count()} cores under a load of {os.getloadavg()[2]:.0f}, medians of {runs} runs"
    machine = f"{busy}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    (ROOT / "docs/engine-figures.md").write_text(
        "# The embedded engine in figures\n\n"
        f"Made by `python benchmarks/engine.py --demo --write` ({machine}). Seconds are for comparing two commits on "
        "one machine; ratios are taken run by run, the contestants taking turns. No test asserts any of them.\n\n"
        "Budgets: 5 ms for each resource more, and 400 MB, at 1,000 resources; 1.3 times the time of the same program "
        "on the SDK's mocks; a quarter of the CLI's.\n\n"
        "![Seconds of up by number of resources](engine-figures.svg)\n\n"
        f"{text}\n\nIndependent resources on a provider that does nothing, each a call of Check and one of Create over "
        "gRPC, and two durable lines in the journal (one before the call, one after it). Processor time is the "
        "engine's own and hardly follows the load, wall-clock time does. The preview of the mocks imports the same SDK "
        "and makes the same resources, but asks no provider.\n"
    )
    points = {size: seconds(costs, size) for size in sorted(costs)}
    (ROOT / "docs/engine-figures.svg").write_text(line("Seconds of `up` by number of resources", points))


if __name__ == "__main__":
    main()
