"""Tables for results: in columns on a terminal, the same words in plain lines in a pipe."""

import re
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from slipway.stack.outputs import App
from slipway.verbs.probe import ProbeResult

WIDTH = 140
"""Columns a table may take at the least: on a narrower terminal its lines run on, so that an address stays whole."""

ANSWER = 60
"""Characters of an answer that are shown."""

FILLING = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$")
"""The spaces that end a line, before the marks that end a colour."""

WHOLE = ("service", "address", "process", "version")
"""Columns that are copied from a table, so they stay in one piece."""


def console() -> Console:
    """Where results go: standard output, in colour only on a terminal (rich minds NO_COLOR)."""
    terminal = Console(highlight=False)
    if not terminal.is_terminal:
        return Console(width=WIDTH, highlight=False)
    return Console(width=max(terminal.width, WIDTH), highlight=False)


def show(table: Table) -> None:
    """Print a table without the spaces that fill up its lines, which would be empty lines on a narrow terminal."""
    out = console()
    with out.capture() as captured:
        out.print(table)
    for line in captured.get().splitlines():
        print(FILLING.sub(r"\1", line))


def table_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table without frames, so that its lines can be copied and grepped."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in WHOLE, header_style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def show_apps(
    results: Sequence[tuple[App, Sequence[ProbeResult]]], reports: Mapping[str, Sequence[tuple[str, str]]] | None = None
) -> None:
    """A block an app: its platform and address; below, its platform's report, and a row for each path that was asked.

    Addresses are copied from here and are long: they stand last on a line, or below it where a terminal is too narrow.
    """
    out = console()
    width = Console().width if out.is_terminal else 0
    out.print("[bold]What is live[/bold]")
    names = max((len(app.name) for app, _ in results), default=0)
    platforms = max((len(app.platform) for app, _ in results), default=0)
    for app, answers in results:
        address = app.url or "has no address, so it was not asked"
        head = f"{app.name:{names}}   {app.platform:{platforms}}"
        separator = "\n    " if 0 < width < len(head) + 3 + len(address) else "   "
        out.print(f"{head}{separator}{escape(address)}", soft_wrap=True)
        for what, words in (reports or {}).get(app.name, ()):
            out.print(f"    [dim]{escape(what)}[/dim]   {escape(words)}", soft_wrap=True)
        paths = max((len(answer.path) for answer in answers), default=0)
        for answer in answers:
            out.print(f"    {escape(f'{answer.path:{paths}}')}   {_in_words(answer)}", soft_wrap=True)


def _in_words(answer: ProbeResult) -> str:
    text = answer.text if len(answer.text) <= ANSWER else answer.text[: ANSWER - 1] + "…"
    if not answer.status:
        return f"[red]no answer[/red]: {escape(text)}"
    colour = "green" if answer.ok else "red"
    return f"[{colour}]{answer.status}[/{colour}]  {escape(text)}  [dim]{answer.seconds * 1000:.0f} ms[/dim]"
