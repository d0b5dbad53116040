"""When something runs: one way to say it for every cloud, and each cloud's own words for it.

A stack says ``cron`` (five fields, from the minute to the day of the week) or ``every`` (``15m``), and a time zone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIELDS: Mapping[str, tuple[int, int]] = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day of the month": (1, 31),
    "month": (1, 12),
    "day of the week": (0, 7),
}
"""The fields of a cron expression and what each may be; the week's 0 and 7 are Sunday."""
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
EVERY: Mapping[str, tuple[int, ...]] = {
    "m": (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30),
    "h": (1, 2, 3, 4, 6, 8, 12),
    "d": (1,),
}
"""Intervals that divide an hour or a day, so that every cloud means the same by them."""
UNITS = {"m": "minute", "h": "hour", "d": "day"}
ITEM = re.compile(r"(?:\*|(\d+|[A-Za-z]{3})(?:-(\d+|[A-Za-z]{3}))?)(?:/(\d+))?")


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When a schedule is due: ``cron`` or ``every``, one of them, in a time zone."""

    cron: str | None = None
    every: str | None = None
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if wrong := refused(self.cron, self.every):
            raise ValueError(wrong)

    @property
    def unix_cron(self) -> str:
        """As Cloud Scheduler takes it: https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules."""
        if self.cron is not None:
            return " ".join(self.cron.split())
        number, unit = _interval(self.every or "")
        step = "*" if number == 1 else f"*/{number}"
        return {"m": f"{step} * * * *", "h": f"0 {step} * * *", "d": "0 0 * * *"}[unit]

    @property
    def eventbridge(self) -> str:
        """As EventBridge takes it: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html."""
        if self.every is not None:
            number, unit = _interval(self.every)
            return f"rate({number} {UNITS[unit]}{'s' * (number > 1)})"
        minute, hour, day, month, weekday = (self.cron or "").split()
        days = "?" if weekday == "*" else ",".join(DAYS[number] for number in sorted(_days(weekday)))
        return f"cron({minute} {hour} {'?' if weekday != '*' else day} {month.upper()} {days} *)"

    @property
    def words(self) -> str:
        """As ``status`` shows it."""
        return f"every {self.every}" if self.every is not None else f"{self.unix_cron} {self.time_zone}"


@dataclass(frozen=True, kw_only=True)
class Call:
    """When a function is called, and with what JSON event."""

    timing: Timing
    event: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """When an app is asked, and for what path."""

    timing: Timing
    path: str


def refused(cron: str | None, every: str | None) -> str:
    """What is wrong with a timing; "" where nothing is."""
    if (cron is None) == (every is None):
        return f"needs either cron or every, got {'both' if cron else 'neither'}"
    return refused_cron(cron) if cron is not None else refused_every(every or "")


def refused_cron(text: str) -> str:
    """Why a cron expression is none that every cloud takes; "" where it is one."""
    fields = text.split()
    if len(fields) != len(FIELDS):
        return f"cron has five fields ({', '.join(FIELDS)}), as '0 3 * * 1-5', got {len(fields)} in {text!r}"
    for (name, (least, most)), field in zip(FIELDS.items(), fields, strict=True):
        for item in field.split(","):
            if not _item(item, name, least, most):
                allowed = f"{least} to {most}, *, a list, a range or */step"
                return f"cron: the {name} must be {allowed}, got {field!r} in {text!r}"
    if fields[2] != "*" and fields[4] != "*":
        return f"cron takes a day of the month or of the week, as AWS does, got both in {text!r}: make two schedules"
    return ""


def refused_every(text: str) -> str:
    """Why an interval is none; "" where it is one."""
    match = re.fullmatch(r"([1-9]\d*)([mhd])", text)
    if match and int(match[1]) in EVERY[match[2]]:
        return ""
    allowed = ", ".join(f"{number}{unit}" for unit, numbers in EVERY.items() for number in numbers)
    return f"every must be one of {allowed}, got {text!r}: for another time say cron"


def _interval(text: str) -> tuple[int, str]:
    return int(text[:-1]), text[-1]


def _item(item: str, name: str, least: int, most: int) -> bool:
    match = ITEM.fullmatch(item)
    if match is None:
        return False
    first, last = (_number(part, name) if part else None for part in match.group(1, 2))
    if any(part is not None and not least <= part <= most for part in (first, last)):
        return False
    in_order = first is None or last is None or first <= last
    return in_order and (match[3] is None or (int(match[3]) >= 1 and (first is None or last is not None)))


def _number(text: str, name: str) -> int:
    """The number of a field's part, or of a day's or month's name; -1 for a name that is none."""
    if text.isdecimal():
        return int(text)
    names = {"month": ("", *MONTHS), "day of the week": DAYS}.get(name, ())
    return names.index(text.upper()) if text.upper() in names else -1


def _days(field: str) -> set[int]:
    """The days (0 is Sunday) that a field of days of the week names."""
    result: set[int] = set()
    for item in field.split(","):
        match = ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f"not a day of the week: {item!r}")
        first = _number(match[1], "day of the week") if match[1] else 0
        last = _number(match[2], "day of the week") if match[2] else (first if match[1] else 6)
        result |= {day % 7 for day in range(first, last + 1, int(match[3] or 1))}
    return result
