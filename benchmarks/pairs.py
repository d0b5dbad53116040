"""What two trees of this project take, side by side: `up` from nothing, a quiet `preview`, and `destroy`.

    python benchmarks/pairs.py ../before . --runs 7

Each tree needs its environment (`make setup`). The trees take turns, the order changes each time, and a first turn that
is not counted fills the caches of both; so the load of other programs meets both alike. Beside the seconds of a clock,
which such load lengthens, stand those of the processor: of the command, of the sandbox's services, and of all that
either has started. Neither a Docker daemon nor the `pulumi` command is used. Linux only: processes that outlive the
command become this program's own, which is how their time is counted.
"""

import argparse
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

VERBS = ("up", "preview", "destroy")
ADOPT_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of https://man7.org/linux/man-pages/man2/pr_set_child_subreaper.2const.html"""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one command took, in seconds of the clock and of the processor."""

    clock: float
    processor: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs=2, type=Path, help="folders of the two trees, the earlier one first")
    parser.add_argument("--runs", type=int, default=5, help="turns of each tree that are counted")
    given = parser.parse_args()
    if ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0):
        raise SystemExit("this needs Linux")
    trees = [tree.resolve() for tree in given.trees]
    turns: dict[tuple[str, Path], list[Turn]] = {(verb, tree): [] for verb in VERBS for tree in trees}
    for run in range(given.runs + 1):
        for tree in trees if run % 2 else trees[::-1]:
            for verb, turn in journey(tree).items():
                print(f"  {run} {tree} {verb}: {turn.clock:.2f} s, processor {turn.processor:.2f} s", file=sys.stderr)
                if run:
                    turns[verb, tree].append(turn)
    show(turns, trees)


def journey(tree: Path) -> dict[str, Turn]:
    """One turn of a tree: its sandbox is made from nothing, looked at, and destroyed."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SLIPWAY_", "PULUMI_", "VIRTUAL_ENV", "PYTHON"))},
        "DOCKER_HOST": "unix:///nowhere/docker.sock",
    }
    return {verb: timed([str(tree / ".venv/bin/slipway"), verb], tree, environment) for verb in VERBS}


def timed(words: Sequence[str], tree: Path, environment: dict[str, str]) -> Turn:
    """What a command takes. Raises SystemExit where it fails."""
    before, began = spent(), time.monotonic()
    done = subprocess.run([*words, "--engine", "embedded"], cwd=tree, env=environment, capture_output=True, text=True)
    clock = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return Turn(clock=clock, processor=spent() - before)


def spent() -> float:
    """Seconds of the processor that everything below this process has used, ended or not."""
    while any(child.status() == psutil.STATUS_ZOMBIE for child in psutil.Process().children()):
        os.waitpid(-1, os.WNOHANG)
    running = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            running += sum(process.cpu_times()[:4])
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return running + ended.ru_utime + ended.ru_stime


def show(turns: dict[tuple[str, Path], list[Turn]], trees: Sequence[Path]) -> None:
    """The table, in Markdown: medians, the fastest turn, and the median of the pairs' ratios of processor time."""
    print("| | clock, before | clock, now | processor, before | processor, now | of pairs |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for verb in VERBS:
        first, second = (turns[verb, tree] for tree in trees)
        cells: list[str] = []
        for pick in (lambda turn: turn.clock, lambda turn: turn.processor):
            for some in (first, second):
                figures = [pick(turn) for turn in some]
                cells.append(f"{statistics.median(figures):.2f} s ({min(figures):.2f})")
        ratio = statistics.median(b.processor / a.processor for a, b in zip(first, second, strict=True))
        print(f"| {verb} | {' | '.join(cells)} | {100 * (ratio - 1):+.0f}% |")


if __name__ == "__main__":
    main()
