"""Which options of the command line a parser of the pipeline takes; Beam drops the others with a line in the log."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

OTHER_PARSERS = ("absl.flags", "click", "docopt", "fire", "tyro")
"""Modules that read a command line past argparse: where one is loaded nothing is judged."""


class TakenOptions:
    """Watches this process's parsers, Beam's among them."""

    def __init__(self) -> None:
        self._given: list[str] = []
        self._taken: set[str] = set()

    def watch(self, words: Sequence[str]) -> None:
        """Remember the options of every parser that parses from now on, of a command line with these words."""
        self._given = list(dict.fromkeys(word.partition("=")[0] for word in words if word.startswith("--")))
        parse, options = argparse.ArgumentParser.parse_known_args, self._taken
        parsed_by_beam: WeakSet[argparse.ArgumentParser] = WeakSet()

        def parse_known_args(parser: argparse.ArgumentParser, *args: Any, **named: Any) -> Any:  # noqa: ANN401
            if parser not in parsed_by_beam:
                options.update(parser._option_string_actions)
            if type(parser).__module__.startswith("apache_beam."):
                parsed_by_beam.add(parser)  # it then adds whatever it did not know, and parses once more
            return parse(parser, *args, **named)

        argparse.ArgumentParser.parse_known_args = parse_known_args  # type: ignore[method-assign]

    def dropped(self) -> list[str]:
        """The options that no parser has taken; an abbreviation counts as taken, as argparse understands it."""
        if any(name in sys.modules for name in OTHER_PARSERS):
            return []
        return [option for option in self._given if not any(one.startswith(option) for one in self._taken)]


TAKEN = TakenOptions()
"""Of this process."""


def refuse(dropped: Sequence[str]) -> None:
    """End the process with the reason where there are such options."""
    if dropped:
        sys.exit(
            f"neither this pipeline nor Beam has {' and '.join(dropped)}: look at the spelling in parameters, reads "
            "and writes, or take it out"
        )
