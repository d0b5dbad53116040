"""The words of a string, a line each: ``python words.py [TEXT]``."""

import argparse
import sys
from collections.abc import Sequence

import apache_beam as beam
from local import command, options

TEXT = "To be, or not to be: that is the question"


def words_of(text: str) -> beam.PTransform:
    """A collection of the words of ``text``: what is between its spaces."""
    return beam.Create([text]) | "Split" >> beam.FlatMap(str.split)


def run(words: Sequence[str]) -> None:
    """Print the words, in no order."""
    parser = argparse.ArgumentParser(description="Print the words of a text, a line each.")
    parser.add_argument("text", nargs="?", default=TEXT)
    text = parser.parse_args(words).text
    with beam.Pipeline(options=options()) as pipeline:
        _ = pipeline | words_of(text) | "Print" >> beam.Map(print)


if __name__ == "__main__":
    sys.exit(command(run))
