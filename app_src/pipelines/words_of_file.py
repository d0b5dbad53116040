"""The words of a text file as a named job: ``python words_of_file.py --input FILE --output PREFIX --extension .txt``.

Further options are Beam's own, as ``--job_name``.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.io import WriteToText
from apache_beam.options.pipeline_options import GoogleCloudOptions
from local import command, lines_of, new_file, options

JOB = "words-of-file"


class SplitWords(beam.DoFn):
    """Line, as bytes -> its words."""

    def process(self, element: bytes) -> Iterator[str]:
        """Nothing for a line of spaces."""
        yield from element.decode().split()


def job_options(words: Sequence[str]) -> beam.options.pipeline_options.PipelineOptions:
    """Beam's options, under the job's name unless another is said."""
    found = options(words)
    cloud = found.view_as(GoogleCloudOptions)
    cloud.job_name = cloud.job_name or JOB
    return found


def run(words: Sequence[str]) -> None:
    """Write a line a word, to PREFIX + EXTENSION."""
    parser = argparse.ArgumentParser(description="Write the words of a text, a line each.", allow_abbrev=False)
    parser.add_argument("--input", required=True, type=Path)
    parser.add_argument("--output", required=True, help="the written file without its extension")
    parser.add_argument("--extension", default=".txt")
    own, rest = parser.parse_known_args(words)
    new_file(Path(own.output + own.extension))
    source = lines_of(own.input)
    with beam.Pipeline(options=job_options(rest)) as pipeline:
        _ = (
            pipeline
            | "Read" >> source
            | "Split" >> beam.ParDo(SplitWords())
            | "Write" >> WriteToText(own.output, file_name_suffix=own.extension, shard_name_template="")
        )


if __name__ == "__main__":
    sys.exit(command(run))
