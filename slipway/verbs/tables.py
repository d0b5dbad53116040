"""What the command shows: tables on a terminal, the same words in plain lines in a pipe."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from slipway.platforms.probe import Sighting
from slipway.stack.outputs import App

WIDTH = 140
"""Columns a table may take at the least: on a narrower terminal its lines run on, so that an address stays whole."""


SEEN = 60
"""How much of an answer is shown (characters)."""

WHOLE = ("service", "address", "process", "version")
"""Columns that are copied from a table, so they stay in one piece."""


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
        table.add_column(column, overflow="fold", no_wrap=column in WHOLE, header_style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def show_apps(
    seen: Sequence[tuple[App, Sequence[Sighting]]], states: Mapping[str, Sequence[tuple[str, str]]] | None = None
) -> None:
    """App, platform and address; below it what its platform says, and a row a path with what the probe saw there.

    Addresses are copied from here and are long: they stand last on a line of their own, and are never broken.
    """
    out = console()
    out.print("[bold]What is live[/bold]")
    names = max((len(app.name) for app, _ in seen), default=0)
    platforms = max((len(app.platform) for app, _ in seen), default=0)
    for app, sightings in seen:
        address = app.url or "has no address, so nobody asked it"
        out.print(f"{app.name:{names}}   {app.platform:{platforms}}   {escape(address)}", soft_wrap=True)
        for what, words in (states or {}).get(app.name, ()):
            out.print(f"    [dim]{escape(what)}[/dim]   {escape(words)}", soft_wrap=True)
        paths = max((len(sighting.path) for sighting in sightings), default=0)
        for sighting in sightings:
            out.print(f"    {escape(f'{sighting.path:{paths}}')}   {_said(sighting)}", soft_wrap=True)


def _said(sighting: Sighting) -> str:
    text = sighting.text if len(sighting.text) <= SEEN else sighting.text[: SEEN - 1] + "…"
    if not sighting.status:
        return f"[red]no answer[/red]: {escape(text)}"
    colour = "green" if sighting.ok else "red"
    return f"[{colour}]{sighting.status}[/{colour}]  {escape(text)}  [dim]{sighting.seconds * 1000:.0f} ms[/dim]"
