"""Beam's own windowed_wordcount with its two ends replaced: messages of a TestStream for Pub/Sub's, a file for a table.

``python windowed.py`` with the example's options and the runner's; ``--output_table`` is the file. Messages are text:
the example looks for words in `str`, and fails on the bytes that Pub/Sub hands on, whatever runs it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.examples import windowed_wordcount
from apache_beam.testing.test_stream import TestStream
from apache_beam.transforms.window import TimestampedValue


def messages(_topic: str) -> beam.PTransform:
    """Two in the first two minutes, one after them."""
    stream = (
        TestStream()
        .add_elements([TimestampedValue("to be or not", 1), TimestampedValue("to be", 119)])
        .advance_watermark_to(121)
        .add_elements([TimestampedValue("to see", 130)])
        .advance_watermark_to_infinity()
    )
    return stream.with_output_types(str)


def file(path: str, **_schema: object) -> beam.PTransform:
    """A line of JSON for each row."""

    def write(row: dict[str, Any]) -> None:
        with Path(path).open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")

    return beam.Map(write)


if __name__ == "__main__":
    beam.io.ReadFromPubSub, beam.io.WriteToBigQuery = messages, file
    windowed_wordcount.main(sys.argv[1:])
