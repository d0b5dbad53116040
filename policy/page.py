"""The table of rules as Markdown; `python -m policy.page` puts it into the guide's page."""

import sys
from pathlib import Path

from policy.model import AnyRule
from policy.table import RULES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "policy.md"
BEGIN, END = "<!-- the table of rules: made by `python -m policy.page` -->", "<!-- end of the table -->"


def table() -> str:
    """Every rule, a line each, in the order findings come."""
    lines = ["| rule | level | what it holds, and why | after |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *map(_line, RULES)])


def with_table(page: str) -> str:
    """The page with today's table between its two marks.

    Raises:
        ValueError: a mark is missing.
    """
    if BEGIN not in page or END not in page:
        raise ValueError(f"{PAGE} needs the two lines {BEGIN} and {END}, with the table's place between them")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _line(rule: AnyRule) -> str:
    return f"| `{rule.id}` | {rule.level} | **{rule.title}.** {rule.rationale} | {rule.source} |"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
    sys.stdout.write(f"{PAGE}: {len(RULES)} rules\n")
