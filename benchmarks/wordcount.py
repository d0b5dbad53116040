"""Words a second: the packaged wordcount on Beam's own runner, on Prism and beside plain Python, in one run.

    python benchmarks/wordcount.py                 # 1, 10 and 100 MB of made text
    python benchmarks/wordcount.py --megabytes 1 5 # other sizes

Each figure is a whole process with those that it starts, from its start to the last byte written, one after the other:
processor time, which a busy machine stretches little, the clock's, and the most memory of one process. A tenth of the
lines has letters of other scripts and accents, half of these apart from their letter. All outputs are compared before
anything is shown. The figures are for reading and for comparing two commits on one machine; no test asserts them.
Prism is left out where it cannot be had. It listens on every address of the machine while it runs:
`unshare --map-root-user --net sh -c 'ip link set lo up; …'` keeps it to itself.
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
from unicodedata import normalize

ROOT = Path(__file__).parents[1]
PLAIN = """
import re, sys, unicodedata
from collections import Counter
import regex
ASCII_WORD, WORD = re.compile(r"[A-Za-z']+"), regex.compile(r"[\\p{L}\\p{M}'\\u2019\\u200c\\u200d]+")
counted = Counter()
with open(sys.argv[1], encoding="utf-8") as text:
    for line in text:
        counted.update(
            ASCII_WORD.findall(line) if line.isascii() else WORD.findall(unicodedata.normalize("NFC", line))
        )
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.writelines(f"{word}: {number}\\n" for word, number in counted.items())
"""
"""Counts what the app counts: app_src/wordcount/counting.py."""
LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
OTHERS = "éèàüöñçåαβγδεικλμνοπрстеоинавкл"


@dataclass(frozen=True)
class Took:
    """What a process took (seconds): of the processor, and by the clock."""

    processor: float
    clock: float
    memory: int
    """MB at most, of the largest process."""


@dataclass(frozen=True)
class Way:
    """A way to count: its name, and the command but for the text and the output."""

    name: str
    command: tuple[object, ...]
    options: tuple[str, ...] = ()

    def words(self, text: Path, output: Path) -> list[object]:
        """The whole command."""
        places = ("--input", text, "--output", output) if self.command[1] == "main.py" else (text, output)
        return [*self.command, *places, *self.options]


@dataclass(frozen=True)
class Row:
    """What one size took, by the name of the way."""

    megabytes: int
    words: int
    took: dict[str, Took]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[1, 10, 100])
    sizes = parser.parse_args().megabytes
    from slipway.bundle import beam_package
    from slipway.sandbox.dataflow import beam

    python = beam.make(ROOT)
    ways = [
        Way("Beam's own runner", (python, "main.py")),
        *on_prism(python),
        Way("plain Python", (python, "-c", PLAIN)),
    ]
    with tempfile.TemporaryDirectory(prefix="slipway-wordcount-") as folder:
        work = Path(folder)
        with zipfile.ZipFile(beam_package(ROOT / "app_src/wordcount").path) as wheel:
            wheel.extractall(work / "package")
        empty = work / "empty.txt"
        empty.touch()
        timed(ways[0].words(empty, work / "first"), work / "package")  # Python compiles the modules, once
        starts = {way.name: timed(way.words(empty, work / f"none-{way.name}"), work / "package") for way in ways}
        rows = [measured(work, ways, size) for size in sizes]
    show(rows, starts)


def on_prism(python: Path) -> list[Way]:
    """Nothing where Prism cannot be had, which is said."""
    from slipway.errors import UserError
    from slipway.sandbox.dataflow import prism

    try:
        # Without the last one Beam breaks off a run that takes more than five minutes.
        options = ("--runner=PrismRunner", f"--prism_location={prism.make(ROOT)}", "--job_server_timeout=86400")
    except UserError as error:
        print(f"  without Prism: {error}", file=sys.stderr)
        return []
    return [Way("Prism", (python, "main.py"), options)]


def measured(work: Path, ways: list[Way], megabytes: int) -> Row:
    """One size, by each way."""
    text = work / f"{megabytes}.txt"
    row = Row(megabytes, write(text, megabytes), {})
    counts: dict[str, list[str]] = {}
    for way in ways:
        output = work / f"counts-{megabytes}-{way.name}"
        took = row.took[way.name] = timed(way.words(text, output), work / "package")
        counts[way.name] = sorted(
            line for file in work.glob(f"{output.name}*") for line in file.read_text("utf-8").splitlines()
        )
        print(f"  {megabytes} MB, {way.name}: {took.processor:.1f} s of the processor", file=sys.stderr)
    if different := [name for name, lines in counts.items() if lines != counts[ways[-1].name]]:
        raise SystemExit(f"the counts of {megabytes} MB by {' and '.join(different)} differ from plain Python's")
    return row


def write(path: Path, megabytes: int) -> int:
    """A text of so many megabytes, the same each time, with few words that are common and many that are rare."""
    chance = random.Random(7)

    def lines(letters: str, number: int) -> list[str]:
        vocabulary = ["".join(chance.choices(letters, k=chance.randint(1, 10))) for _ in range(20_000)]
        weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
        return [" ".join(chance.choices(vocabulary, weights, k=12)) for _ in range(number)]

    others = lines(LETTERS + OTHERS, 2_000)
    block = [*lines(LETTERS, 18_000), *others[:1_000], *(normalize("NFD", line) for line in others[1_000:])]
    written = words = 0
    with path.open("wb") as out:
        while written < megabytes * 1_000_000:
            written += out.write(f"{chance.choice(block)}\n".encode())
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
            raise SystemExit(f"{' '.join(map(str, words[:2]))} failed:\n{output.read()}")
    return Took(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss // 1024)


def show(rows: list[Row], starts: dict[str, Took]) -> None:
    """The table, in Markdown."""
    print("| text | words | counted by | processor | clock | memory | words/s |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    for row in rows:
        for name, took in row.took.items():
            figures = f"{took.processor:.1f} s | {took.clock:.1f} s | {took.memory} MB"
            print(f"| {row.megabytes} MB | {row.words:,} | {name} | {figures} | {row.words / took.processor:,.0f} |")
    each = ", ".join(f"{name} {took.processor:.1f} s" for name, took in starts.items())
    print(f"\nOf each figure its start is, of the processor: {each}. An empty text takes as long.")


if __name__ == "__main__":
    main()
