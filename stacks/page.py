"""The guide's tables of settings and of kinds of stack; ``python -m stacks.page`` puts them into their pages."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from slipway.wire.settings import Setting
from stacks.explain import settings
from stacks.kinds import ALWAYS, KINDS, StackKind
from stacks.tables import ENVIRONMENTS

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
END = "<!-- end of the table -->"

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


def settings_table() -> str:
    """Every setting, a line each."""
    return "\n".join(
        [
            "| key | what it is | unit | default | changed in |",
            "| --- | --- | --- | --- | --- |",
            *map(_setting, settings()),
        ]
    )


TABLES: Mapping[str, tuple[str, Callable[[], str]]] = {
    "settings.md": ("<!-- the settings: made by `python -m stacks.page` -->", settings_table),
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


def _setting(row: Setting) -> str:
    platform = f" ({row.platform})" if row.platform else ""
    default = "" if row.default in ("needed", "none") else f"`{row.default}`" if " " not in row.default else row.default
    text = "**needed**" if row.default == "needed" else default
    return f"| `{row.key}`{platform} | {row.what} | {row.unit} | {text} | {row.environments} |"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


if __name__ == "__main__":
    for name in TABLES:
        path = GUIDE / name
        path.write_text(with_table(name, path.read_text()))
        sys.stdout.write(f"{path}\n")
