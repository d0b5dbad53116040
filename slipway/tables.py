"""What the command shows: tables on a terminal, the same words in plain lines in a pipe."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from slipway.apps import App
from slipway.probe import Sighting

WIDTH = 170
"""Columns a table may take at the least: on a narrower terminal its lines run on, so that an address stays whole."""


SEEN = 44
"""How much of an answer is shown (characters)."""

FIXED: dict[str, Any] = {
    **{key: {"no_wrap": True} for key in ("app", "runs on", "address", "service", "process")},
    "path": {"max_width": 28},
}
"""How some columns are laid out: names and addresses are copied from the table, so they stay in one piece."""


def console() -> Console:
    """Where results go: standard output, in colour only on a terminal (rich minds NO_COLOR)."""
    found = Console(highlight=False)
    return Console(width=max(found.width, WIDTH), highlight=False) if found.is_terminal else Console(width=WIDTH)


def show(shown: Table) -> None:
    """Print a table, in a pipe without the spaces that only fill its lines up."""
    out = console()
    if out.is_terminal:
        out.print(shown)
        return
    with out.capture() as captured:
        out.print(shown)
    for line in captured.get().splitlines():
        print(line.rstrip())


def table_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table without frames, so that its lines can be copied and grepped."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", header_style="dim", **FIXED.get(column, {}))
    for row in rows:
        table.add_row(*row)
    return table


def apps_table(seen: Iterable[tuple[App, list[Sighting]]]) -> Table:
    """App, where it runs, URL, and what the probe saw there: a row a path."""
    rows = []
    for app, sightings in seen:
        for at, sighting in enumerate(sightings or [Sighting("", 0, "not asked: it has no address", 0.0)]):
            rows.append((*((app.name, app.home, app.url) if at == 0 else ("", "", "")), sighting.path, _said(sighting)))
    return table_of("What is live", ("app", "runs on", "address", "path", "the probe saw"), rows)


def _said(sighting: Sighting) -> str:
    if not sighting.path:
        return sighting.text
    if not sighting.status:
        return f"[red]no answer[/red]: {_escaped(sighting.text)}"
    colour = "green" if sighting.ok else "red"
    text = _escaped(_shortened(sighting.text))
    return f"[{colour}]{sighting.status}[/{colour}] {text}  ({sighting.seconds * 1000:.0f} ms)"


def _shortened(text: str) -> str:
    return text if len(text) <= SEEN else text[: SEEN - 1] + "…"


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
