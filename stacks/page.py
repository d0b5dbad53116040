"""The guide's tables of settings and of kinds of stack; ``python -m stacks.page`` puts them into their pages."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from slipway.wire.settings import Setting
from stacks.explain import NEEDED, NONE, settings
from stacks.kinds import ALWAYS, KINDS, StackKind
from stacks.platforms import PLATFORMS
from stacks.platforms.base import AnyApp
from stacks.tables import ENVIRONMENTS

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
END = "<!-- end of the table -->"
GUIDES: Mapping[str, str] = {"container": "containers"}
"""The page of a platform that is not called as the platform."""

DIFFERENCES: Mapping[str, Callable[[StackKind], str]] = {
    "deletion policy of the project and of registries": lambda kind: "DELETE" if kind.ephemeral else "PREVENT",
    "project, App Engine, buckets, registries protected in the state": lambda kind: _yes(not kind.ephemeral),
    "buckets and registries go with what is in them": lambda kind: _yes(kind.ephemeral),
    "a bucket's deleted objects can be brought back, and are paid for": lambda kind: _yes(not kind.ephemeral),
    "`slipway destroy` asks for the stack's name": lambda kind: _yes(not kind.ephemeral),
    "`slipway reap` takes it down when it has expired": lambda kind: _yes(kind.ephemeral),
    "log retention (days)": lambda kind: str(kind.log_retention_days),
    "App Engine versions kept, unless the app says": lambda kind: str(kind.keep_versions),
    "images kept, unless the registry says": lambda kind: str(kind.keep_images),
    "ceiling of `max_instances`": lambda kind: str(kind.max_instances),
    "alarms on a function's errors, throttles and duration": lambda _kind: "yes",
    "budget alerts at (%), and at 100 % of the forecast": lambda kind: ", ".join(map(str, kind.budget_alerts_percent)),
    "environments": lambda kind: ", ".join(
        name for name in ENVIRONMENTS if KINDS[ALWAYS.get(name, "kept")] is kind or name not in ALWAYS
    ),
}


def kinds_table() -> str:
    """What differs between the kinds of stack, a line each."""
    lines = [f"| | {' | '.join(KINDS)} |", f"| --- |{' --- |' * len(KINDS)}"]
    lines += [f"| {what} | {' | '.join(map(text, KINDS.values()))} |" for what, text in DIFFERENCES.items()]
    return "\n".join(lines)


def settings_tables() -> str:
    """Every setting, a line each: a table for each part of a stack's file and for each platform."""
    return "\n\n".join(
        f"### {heading}\n\n{_table([row for row in settings() if _part(row) == part])}"
        for part, heading in PARTS.items()
    )


def _title(platform: str) -> str:
    return cast("type[AnyApp]", PLATFORMS[platform][()]).title


APP = "slipway:apps.NAME"
PARTS: Mapping[str, str] = {
    "": "The stack",
    "gcp": "Google Cloud",
    "aws": "AWS",
    "pythonanywhere": "An account on PythonAnywhere",
    "registries": "Registries",
    "monitoring": "Monitoring of containers",
    APP: f"Every app: `{APP}.…`",
    **{
        f"{APP} {name}": f"An app on [{_title(name)}]({GUIDES.get(name, name)}.md): `platform: {name}`"
        for name in PLATFORMS
    },
}
"""Which part of a stack's file a setting is in → the heading over its table."""


TABLES: Mapping[str, tuple[str, Callable[[], str]]] = {
    "settings.md": ("<!-- the settings: made by `python -m stacks.page` -->", settings_tables),
    "environments.md": ("<!-- the kinds of stack: made by `python -m stacks.page` -->", kinds_table),
}
"""Page → the mark its table follows, and the table."""


def with_table(name: str, page: str) -> str:
    """The page with today's table after its mark.

    Raises:
        ValueError: a mark is missing.
    """
    begin, table = TABLES[name]
    if begin not in page or END not in page:
        raise ValueError(f"{name} needs the two lines {begin} and {END}, with the table's place between them")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{table()}\n{END}{rest.partition(END)[2]}"


def _part(row: Setting) -> str:
    """Of ``PARTS``."""
    if row.platform or row.key.startswith(f"{APP}."):
        return f"{APP} {row.platform}".rstrip()
    first, _, rest = row.key.removeprefix("slipway:").replace(":", ".").partition(".")
    return first if first in PARTS and rest else ""


COLUMNS: Mapping[str, Callable[[Setting], str]] = {
    "setting": lambda row: f"`{row.key.removeprefix(f'{APP}.')}`",
    "what it is": lambda row: row.what,
    "unit": lambda row: row.unit,
    "default": lambda row: _default(row.default),
    "changed in": lambda row: "" if row.environments == "all" else row.environments,
}
"""A column that no line of a table fills is left out; a setting is changed in all environments unless it says where."""


def _table(rows: Sequence[Setting]) -> str:
    columns = {heading: [of(row) for row in rows] for heading, of in COLUMNS.items()}
    filled = {heading: cells for heading, cells in columns.items() if any(cells)}
    lines = [tuple(filled), ("---",) * len(filled), *zip(*filled.values(), strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _default(text: str) -> str:
    if text == NEEDED:
        return "**needed**"
    return "" if text == NONE else text if " " in text and "<" not in text else f"`{text}`"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


if __name__ == "__main__":
    for name in TABLES:
        path = GUIDE / name
        path.write_text(with_table(name, path.read_text()))
        sys.stdout.write(f"{path}\n")
