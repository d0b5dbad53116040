"""How long a throw-away stack lives: spans of days, the day in its file, and the day's renewal by ``up``.

The program has no clock, or every preview would differ from the one before. So the day stands in the stack's file, and
it is the command that writes a new one there, before the program runs.
"""

import re
from datetime import UTC, date, datetime, timedelta

from slipway.errors import UserError
from slipway.stack.settings_file import SettingsFile

LONGEST = 90
"""Days; what is needed for longer is no throw-away stack."""
EXPIRES = re.compile(
    r"""^(?P<key>[ ]+["']?slipway:expires["']?:[ ]*)(?P<day>"[^"\n]*"|'[^'\n]*'|[\d-]+)""", re.MULTILINE
)


def today() -> date:
    """Today in UTC, which is the same day on every machine."""
    return datetime.now(UTC).date()


def span(text: str) -> timedelta:
    """``3d`` or ``2w`` as a span of whole days. Raises :class:`UserError` for any other form, or over 90 days."""
    match = re.fullmatch(r"([1-9]\d{0,2})([dw])", text)
    days = int(match[1]) * (7 if match[2] == "w" else 1) if match else 0
    if not 1 <= days <= LONGEST:
        raise UserError(f"a stack lives for 1d to {LONGEST}d, or 1w to {LONGEST // 7}w, got {text!r}")
    return timedelta(days=days)


def prolong(settings: SettingsFile, now: date) -> date | None:
    """Write the new last day into a stack's file where it says ``expires_after``; None where nothing changes.

    A day that is later already is left. Raises :class:`UserError` for a file whose day cannot be found.
    """
    path, config = settings.path, settings.config
    if "slipway:expires_after" not in config:
        return None
    until = now + span(str(config["slipway:expires_after"]))
    if str(config.get("slipway:expires", "")) >= until.isoformat():
        return None
    renewed, count = EXPIRES.subn(
        lambda match: f'{match["key"]}"{until.isoformat()}"', path.read_text(encoding="utf-8"), count=1
    )
    if not count:
        raise UserError(
            f"{path} says slipway:expires_after and not slipway:expires on a line of its own: "
            f'write `slipway:expires: "{until.isoformat()}"` below it'
        )
    path.write_text(renewed, encoding="utf-8")
    return until
