"""What the four have in common: the runner of this machine, and mistakes said in a line."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.io import ReadFromText
from apache_beam.options.pipeline_options import PipelineOptions

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
"""Pinned: Beam's `DirectRunner` may fetch a program from the network and run the pipeline in that."""


class BadInputError(Exception):
    """What was given cannot be used; says what, and what to do."""


def options(words: Sequence[str] = (), **more: str) -> PipelineOptions:
    """Beam's options from further words of the command line, on :data:`RUNNER`.

    Raises :class:`BadInputError` for a word that Beam does not know, and would drop.
    """
    chosen = PipelineOptions([*words], runner=RUNNER, **more)
    parsers: list[argparse.ArgumentParser] = []
    chosen.get_all_options(add_extra_args_fn=parsers.append)
    if unknown := parsers[0].parse_known_args(words)[1]:
        raise BadInputError(f"{unknown[0]} is no option of this pipeline or of Beam: take it out, or quote a pattern")
    return chosen


def lines_of(path: Path) -> beam.PTransform:
    """Read the lines of a text as bytes. Raises :class:`BadInputError` where it is not there or not UTF-8."""
    if not path.is_file():
        raise BadInputError(f"there is no file {path}: say the path of a text")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as wrong:
                raise BadInputError(
                    f"{path} is not UTF-8: line {number} has the byte 0x{line[wrong.start]:02x}; convert it, for "
                    "example with iconv -t utf-8"
                ) from None
    if not path.stat().st_size:
        print(f"{path} is empty: so will be what is written", file=sys.stderr)
    return ReadFromText(str(path), coder=BytesCoder())


def new_file(path: Path) -> Path:
    """A file that is to be written. Raises :class:`BadInputError` where it is there already."""
    if path.exists():
        raise BadInputError(f"{path} exists already: remove it, or say another output")
    if not path.parent.is_dir():
        raise BadInputError(f"there is no folder {path.parent} to write {path.name} into: make it first")
    return path


def command(run: Callable[[Sequence[str]], None]) -> int:
    """Run a pipeline with the command line's words; 2 where they cannot be used."""
    try:
        run(sys.argv[1:])
    except BadInputError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    return 0
