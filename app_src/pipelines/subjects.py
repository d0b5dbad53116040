"""The words of a text file, a line each, in ``subjects.txt``: ``python subjects.py INPUT``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.io import WriteToText
from local import command, lines_of, new_file, options

OUTPUT = Path("subjects.txt")


def run(words: Sequence[str]) -> None:
    """Write a line a word."""
    parser = argparse.ArgumentParser(description=f"Write the words of a text to {OUTPUT}, a line each.")
    parser.add_argument("input", type=Path)
    source, output = lines_of(parser.parse_args(words).input), new_file(OUTPUT)
    with beam.Pipeline(options=options()) as pipeline:
        _ = (
            pipeline
            | "Read" >> source
            | "Decode" >> beam.Map(bytes.decode)
            | "Split" >> beam.FlatMap(str.split)
            | "Write" >> WriteToText(str(output), shard_name_template="")
        )


if __name__ == "__main__":
    sys.exit(command(run))
