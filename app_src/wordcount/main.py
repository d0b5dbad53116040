"""Wordcount: how often each word of a text is in it. ``python main.py --input FILE --output PREFIX``.

Every option of Beam is taken beside its own two: --runner, --project, --region, --staging_location, --temp_location,
--job_name and the rest. What Beam does not know is refused.
"""

import argparse
import logging
import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from counting import NotTextError, count_words

LOCAL = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
"""Beam's own runner on this machine. Its `DirectRunner` may fetch a program from the network first, and this not."""


class BadInputError(Exception):
    """What was given cannot be counted, or its counts not be written; says what and what to do."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the pipeline to its end; 0 where it is done, 2 where the input or the output cannot be used."""
    parser = argparse.ArgumentParser(description="Count the words of a text.", allow_abbrev=False)
    parser.add_argument("--input", required=True, help="a file, a pattern as texts/*.txt, or either in gs://BUCKET/…")
    parser.add_argument("--output", required=True, help="how the written files begin: PREFIX-00000-of-00001, …")
    own, rest = parser.parse_known_args(words)
    options = PipelineOptions([*([] if _says_runner(rest) else ["--runner", LOCAL]), *rest])
    try:
        _known(options, rest)
        _usable(own.input, own.output)
        pipeline = beam.Pipeline(options=options)
        count_words(pipeline, own.input, own.output)
        logging.getLogger("apache_beam.runners.common").addFilter(_is_news)
        pipeline.run().wait_until_finish()
    except BadInputError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    except Exception as failed:
        if (said := _not_text(failed)) is None:
            raise
        print(f"error: {said}", file=sys.stderr)
        return 2
    return 0


def _says_runner(words: Sequence[str]) -> bool:
    return any(word == "--runner" or word.startswith("--runner=") for word in words)


def _known(options: PipelineOptions, words: Sequence[str]) -> None:
    """Every word is an option of Beam, which itself would drop the others. Raises :class:`BadInputError`."""
    parsers: list[argparse.ArgumentParser] = []
    options.get_all_options(add_extra_args_fn=parsers.append)
    _, unknown = parsers[0].parse_known_args(words)
    option = next((word for word in unknown if word.startswith("-")), None)
    if option:
        raise BadInputError(f"{option} is no option of this pipeline or of Beam: take it out, or look at its spelling")
    if unknown:
        raise BadInputError(
            f"{unknown[0]} belongs to no option: where the shell has made several files of a pattern, quote it, as in "
            "--input 'texts/*.txt'"
        )


def _usable(input: str, output: str) -> None:
    """Before anything runs: the input is there, the output is not. Raises :class:`BadInputError`."""
    try:
        found = FileSystems.match([input])[0].metadata_list
        taken = FileSystems.match([f"{output}-*-of-*"])[0].metadata_list
    except (BeamIOError, ValueError) as wrong:
        raise BadInputError(f"{input} or {output} cannot be looked for: {wrong}") from None
    if not found:
        raise BadInputError(f"--input {input} names no file: check the path, and quote a pattern")
    if taken:
        raise BadInputError(
            f"--output {output} exists already ({taken[0].path}): say another one, or remove {len(taken)} file(s)"
        )
    if not any(file.size_in_bytes for file in found):
        print(f"{input} is empty: there is nothing to count, and the output will be empty", file=sys.stderr)


def _not_text(failed: BaseException) -> str | None:
    """What :class:`NotTextError` said, where that is why a run failed; runners hand it on in their own way."""
    name = NotTextError.__name__
    line = next((line for line in reversed(str(failed).splitlines()) if name in line), None)
    if isinstance(failed, NotTextError):
        line = str(failed)
    return line and line.rpartition(f"{name}: ")[2].partition(" [while running")[0]


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a runner's message is not the traceback of what :func:`main` says in a line."""
    return NotTextError.__name__ not in record.getMessage() and not (
        record.exc_info and isinstance(record.exc_info[1], NotTextError)
    )


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.INFO)
    sys.exit(main())
