"""What the command shows: tables on a terminal, the same words in plain lines in a pipe."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from slipway.apps import App
from slipway.probe import Sighting

WIDTH_IN_A_PIPE = 160


def console() -> Console:
    """Where results go: standard output, in colour only on a terminal (rich minds NO_COLOR)."""
    probe = Console()
    return probe if probe.is_terminal else Console(width=WIDTH_IN_A_PIPE, no_color=True, highlight=False)


def table_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table without frames, so that its lines can be copied and grepped."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", header_style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def apps_table(seen: Iterable[tuple[App, list[Sighting]]]) -> Table:
    """App, where it runs, URL, and what the probe saw there: a row a path."""
    rows = []
    for app, sightings in seen:
        for at, sighting in enumerate(sightings or [Sighting("", 0, "not asked: it has no address", 0.0)]):
            name, home = (app.name, app.home) if at == 0 else ("", "")
            rows.append((name, home, app.url.rstrip("/") + sighting.path, _said(sighting)))
    return table_of("What is live", ("app", "runs on", "address", "the probe saw"), rows)


def _said(sighting: Sighting) -> str:
    if not sighting.path:
        return sighting.text
    if not sighting.status:
        return f"[red]no answer[/red]: {_escaped(sighting.text)}"
    colour = "green" if sighting.ok else "red"
    return f"[{colour}]{sighting.status}[/{colour}] {_escaped(sighting.text)}  ({sighting.seconds * 1000:.0f} ms)"


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
