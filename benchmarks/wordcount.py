"""Words a second: the packaged wordcount on Beam's own runner, beside the same count in plain Python, in one run.

    python benchmarks/wordcount.py                 # 1, 10 and 100 MB of made text
    python benchmarks/wordcount.py --megabytes 1 5 # other sizes

Each figure is a whole process, from its start to the last byte written, the two taking turns: processor time, which a
busy machine stretches little, the clock's, and its most memory. Both outputs are compared before anything
is shown. The figures are for reading and for comparing two commits on one machine; no test asserts them.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLAIN = """
import re, sys
from collections import Counter
counted = Counter()
with open(sys.argv[1], encoding="utf-8") as text:
    for line in text:
        counted.update(re.findall(r"[A-Za-z']+", line))
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.writelines(f"{word}: {number}\\n" for word, number in counted.items())
"""


@dataclass(frozen=True)
class Took:
    """What a process took (seconds): of the processor, and by the clock."""

    processor: float
    clock: float
    memory: int
    """MB at most, of the largest process."""


@dataclass(frozen=True)
class Row:
    """What one size took."""

    megabytes: int
    words: int
    beam: Took
    plain: Took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[1, 10, 100])
    sizes = parser.parse_args().megabytes
    from slipway.bundle import beam_package
    from slipway.sandbox.dataflow import beam

    python = beam.make(ROOT)
    with tempfile.TemporaryDirectory(prefix="slipway-wordcount-") as folder:
        work = Path(folder)
        with zipfile.ZipFile(beam_package(ROOT / "app_src/wordcount").path) as wheel:
            wheel.extractall(work / "package")
        (work / "empty.txt").touch()
        start = timed([python, "main.py", "--input", work / "empty.txt", "--output", work / "none"], work / "package")
        rows = [measured(work, python, size) for size in sizes]
    show(rows, start)


def measured(work: Path, python: Path, megabytes: int) -> Row:
    """One size, by both."""
    text, ours, theirs = work / f"{megabytes}.txt", work / f"beam-{megabytes}", work / f"plain-{megabytes}"
    words = write(text, megabytes)
    beam = timed([python, "main.py", "--input", text, "--output", ours], work / "package")
    plain = timed([sys.executable, "-c", PLAIN, text, theirs], work)
    lines = [line for shard in work.glob(f"{ours.name}-*") for line in shard.read_text().splitlines()]
    if sorted(lines) != sorted(theirs.read_text().splitlines()):
        raise SystemExit(f"the two counts of {megabytes} MB differ")
    print(
        f"  {megabytes} MB: Beam {beam.processor:.1f} s, plain {plain.processor:.1f} s of the processor",
        file=sys.stderr,
    )
    return Row(megabytes, words, beam, plain)


def write(path: Path, megabytes: int) -> int:
    """A text of so many megabytes, the same each time, with few words that are common and many that are rare."""
    made = random.Random(7)
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    known = ["".join(made.choices(letters, k=made.randint(1, 10))) for _ in range(20_000)]
    weights = [1 / (rank + 1) for rank in range(len(known))]
    block = [" ".join(made.choices(known, weights, k=12)) for _ in range(20_000)]
    written = words = 0
    with path.open("w", encoding="utf-8") as out:
        while written < megabytes * 1_000_000:
            line = made.choice(block)
            written += out.write(line + "\n")
            words += 12
    return words


def timed(words: list[object], where: Path) -> Took:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(list(map(str, words)), cwd=where, env=environment, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{words[1]} failed:\n{output.read()}")
    return Took(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss // 1024)


def show(rows: list[Row], start: Took) -> None:
    """The table, in Markdown."""
    columns = ("text", "words", "wordcount on Beam: processor", "clock", "memory", "words/s")
    print(f"| {' | '.join(columns)} | plain Python: processor | clock | memory | words/s |")
    print("| ---: " * 10 + "|")
    for row in rows:
        cells = [
            f"{took.processor:.1f} s | {took.clock:.1f} s | {took.memory} MB | {row.words / took.processor:,.0f}"
            for took in (row.beam, row.plain)
        ]
        print(f"| {row.megabytes} MB | {row.words:,} | {' | '.join(cells)} |")
    print(
        f"\nOf each figure on Beam its start is {start.processor:.1f} s of the processor: an empty text takes as long."
    )


if __name__ == "__main__":
    main()
