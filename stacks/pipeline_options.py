"""Whether a pipeline has the options that its settings name: Beam drops an unknown one, and the run does without it."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from stacks.platforms import DataflowApp

CLOSE = 0.8
"""How like one of the program's options a name is that is taken for it, misspelt (difflib's ratio)."""


def misspelt_option(app: DataflowApp, arguments: Collection[str]) -> str:
    """What is wrong with a name of ``reads``, ``writes`` or ``parameters``, key first; "" where nothing is.

    ``arguments`` are the options that the program's own parsers take. Any other name may be an option of Beam's, whose
    version this machine need not have: in the sandbox a job with one that Beam drops fails before it reads anything.
    """
    named: Mapping[str, Collection[str]] = {"reads": app.reads, "writes": app.writes, "parameters": app.parameters}
    for key, options in named.items():
        for option in options:
            close = get_close_matches(option, arguments, n=1, cutoff=CLOSE)
            if close and option not in arguments:
                own = ", ".join(sorted(arguments))
                return (
                    f"{key}.{option}: {app.source}/{app.main} has no such option (did you mean {close[0]!r}?): it "
                    f"takes {own}, and Beam's own"
                )
    return ""
