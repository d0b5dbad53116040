"""Counting words: the pipeline's steps, in a module that workers import by its name."""

import re
import unicodedata
from collections.abc import Iterator

import apache_beam as beam
import regex  # Beam's own requirement: `re` has no classes for letters and marks
from apache_beam.coders import BytesCoder
from apache_beam.io import ReadFromText, WriteToText

WORD = regex.compile(r"[\p{L}\p{M}'\u2019\u200c\u200d]+")
"""A word: letters of any script with their marks, apostrophes, and the joiners inside of Persian and Indic words.

Scripts without spaces, as Chinese and Japanese, have a word from one punctuation mark to the next.
"""
ASCII_WORD = re.compile(r"[A-Za-z']+")
"""The same in a line of plain English, which it reads twice as fast."""


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
        if line.isascii():
            yield from ASCII_WORD.findall(line)
        else:
            # A letter with its accent is one character or two: both are the same word.
            yield from WORD.findall(unicodedata.normalize("NFC", line))


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
