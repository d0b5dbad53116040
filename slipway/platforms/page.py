"""The guide's table of what each platform can do; ``python -m slipway.platforms.page`` puts it into its page."""

import sys
from pathlib import Path

from slipway.platforms import PLATFORMS, platform_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "day-two.md"
BEGIN = "<!-- what each platform can do: made by `python -m slipway.platforms.page` -->"
END = "<!-- end of the table -->"
VERBS = ("logs", "versions", "rollback", "canary", "prune", "invoke", "trigger")


def table() -> str:
    """A line a platform; below it why one cannot what the others can."""
    lines = [f"| | {' | '.join(VERBS)} |", f"| --- |{' --- |' * len(VERBS)}"]
    lacks = []
    for name in sorted(PLATFORMS):
        answers = [getattr(platform_of(name), verb) for verb in VERBS]
        lines.append(f"| {name} | {' | '.join('' if isinstance(one, str) else 'yes' for one in answers)} |")
        lacks += [f"- {one}" for one in dict.fromkeys(one for one in answers if isinstance(one, str))]
    return "\n".join([*lines, "", "Where a column is empty, the command prints:", "", *lacks])


def with_table(page: str) -> str:
    """The page with today's table between its marks. Raises :class:`ValueError` where a mark is missing."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"{PAGE.name} needs the two lines {BEGIN} and {END}, with the table's deployment between them")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
