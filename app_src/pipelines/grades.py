"""Tuples (subject, grade) as lines ``subject<TAB>grade``: ``python grades.py [OUTPUT]``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.io import WriteToText
from local import command, new_file, options

GRADES = (("Maths", 52), ("English", 75), ("Science", 82), ("Computer", 65), ("Maths", 85))


def line_of(grade: tuple[str, int]) -> str:
    """``subject<TAB>grade``."""
    subject, mark = grade
    return f"{subject}\t{mark}"


def run(words: Sequence[str]) -> None:
    """Write a line a tuple."""
    parser = argparse.ArgumentParser(description="Write subjects and grades, a line each.")
    parser.add_argument("output", nargs="?", type=Path, default=Path("grades.txt"))
    output = new_file(parser.parse_args(words).output)
    with beam.Pipeline(options=options()) as pipeline:
        _ = (
            pipeline
            | "Grades" >> beam.Create(GRADES)
            | "Format" >> beam.Map(line_of)
            | "Write" >> WriteToText(str(output), shard_name_template="")
        )


if __name__ == "__main__":
    sys.exit(command(run))
