"""Counting words: the pipeline's steps, in a module that workers import by its name."""

import re
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.io import ReadFromText, WriteToText

WORD = re.compile(r"[A-Za-z']+")


class NotTextError(ValueError):
    """A line of the input is not UTF-8."""


class Words(beam.DoFn):
    """Line, as bytes -> its words. Raises :class:`NotTextError`."""

    def process(self, element: bytes) -> Iterator[str]:
        """Nothing for a line without a word."""
        try:
            line = element.decode("utf-8")
        except UnicodeDecodeError as wrong:
            raise NotTextError(
                f"the input is not UTF-8: the byte 0x{element[wrong.start]:02x} at {wrong.start} of a line that begins "
                f"{element[:20]!r}; convert it, for example with iconv -t utf-8"
            ) from None
        yield from WORD.findall(line)


def line_of(count: tuple[str, int]) -> str:
    """``word: count``."""
    word, number = count
    return f"{word}: {number}"


def count_words(pipeline: beam.Pipeline, input: str, output: str) -> None:
    """Declare the pipeline; ``input`` is a file, a pattern or gs://…, ``output`` how the written files begin."""
    (
        pipeline
        | "Read" >> ReadFromText(input, coder=BytesCoder())
        | "Split" >> beam.ParDo(Words()).with_output_types(str)
        | "Count" >> beam.combiners.Count.PerElement()
        | "Format" >> beam.Map(line_of)
        | "Write" >> WriteToText(output)
    )
