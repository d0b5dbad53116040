"""Plays many generated programs through both engines, and keeps those that differ.

    python -m tests.differential.campaign FOLDER [--seconds 3600] [--first 0] [--programs 1000]

A program has a number, which is all that it is made from. What differs is written to FOLDER as ``NUMBER.py`` (the
program) and ``NUMBER.txt`` (the differences); ``agreed.txt`` counts. A program whose first play differed and whose
later play agreed counts as agreed, and its first differences are kept as ``NUMBER.once.txt``: what is under way when
a program fails is by chance, but a difference that comes often is none of chance.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.differential.grammar import Drawn, programs
from tests.differential.play import Engines, differences, engines


def numbered(number: int) -> Drawn:
    """The program of a number."""
    drawn: list[Drawn] = []

    @seed(number)
    @settings(
        max_examples=6,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def collect(program: Drawn) -> None:
        drawn.append(program)

    collect()
    return random.Random(number).choice(drawn[1:] or drawn)


def compared(drawn: Drawn, both: Engines, work: Path) -> list[list[str]]:
    """The differences of each play. Both engines play again where something differs, at most three times."""
    plays: list[list[str]] = []
    for number in range(3):
        got = both.embedded(drawn, work / f"embedded-{number}")
        plays.append(differences(both.pulumi(drawn, work / f"pulumi-{number}"), got))
        if not plays[-1]:
            break
    return plays


def main() -> int:
    """Play until the time or the programs are over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--programs", type=int, default=1000)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="differential-") as folder, engines(Path(folder)) as both:
        return _played(args, both)


def _played(args: argparse.Namespace, both: Engines) -> int:
    until, agreed, differed, again = time.monotonic() + args.seconds, 0, 0, 0
    for number in range(args.first, args.first + args.programs):
        if time.monotonic() > until:
            break
        drawn, work = numbered(number), Path(tempfile.mkdtemp(prefix="differential-"))
        try:
            plays = compared(drawn, both, work)
        except StopIteration:  # something that was never made cannot drift
            continue
        except (Exception, SystemExit) as error:
            plays = [[f"not played: {type(error).__name__}: {error}"]]
        finally:
            shutil.rmtree(work, ignore_errors=True)
        first, last = plays[0], plays[-1]
        agreed, differed, again = agreed + (not last), differed + bool(last), again + (bool(first) and not last)
        if first:
            (args.folder / f"{number}.py").write_text(drawn.text)
            (args.folder / f"{number}{'' if last else '.once'}.txt").write_text("\n".join(last or first) + "\n")
        (args.folder / "agreed.txt").write_text(
            f"{agreed} of {agreed + differed} programs agreed, {again} of them in a second or third play\n"
        )
    print((args.folder / "agreed.txt").read_text(), end="")
    return 1 if differed else 0


if __name__ == "__main__":
    sys.exit(main())
