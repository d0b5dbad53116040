"""Scheduled tasks (daily or hourly, in UTC) and always-on tasks: commands that PythonAnywhere runs by itself."""

from typing import Any

from slipway.providers.protocol.handler import Calls, Handler, Props, creation
from slipway.providers.pythonanywhere.account import Account

INTERVALS = ("daily", "hourly")
SCHEDULED = ("command", "description", "enabled", "interval", "hour", "minute")
ALWAYS_ON = ("command", "description", "enabled")


def check_scheduled(new: Props) -> dict[str, str]:
    """A daily task has hour and minute, an hourly one a minute."""
    wrong = check_always_on(new)
    interval, hour, minute = new.get("interval"), new.get("hour"), new.get("minute")
    if interval is not None and interval not in INTERVALS:
        wrong["interval"] = f"must be one of {', '.join(INTERVALS)}, got {interval!r}"
    if minute is not None and not _whole(minute, 59):
        wrong["minute"] = f"must be a whole number from 0 to 59, got {minute!r}"
    if interval == "daily" and not _whole(hour, 23):
        wrong["hour"] = f"a daily task needs the hour it runs at (UTC), 0 to 23, got {hour!r}"
    if interval == "hourly" and hour is not None:
        wrong["hour"] = f"an hourly task runs in every hour: leave it out, got {hour!r}"
    return wrong


def check_always_on(new: Props) -> dict[str, str]:
    """A command that says something."""
    command = new.get("command")
    return {"command": "must not be empty"} if isinstance(command, str) and not command.strip() else {}


def _whole(value: Any, most: int) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def defaults(new: Props) -> Props:
    """It runs."""
    return {"enabled": True, "description": "", **new}


def _handler(flavor: str, fields: tuple[str, ...], **facts: Any) -> Handler:  # noqa: ANN401
    """The five functions of a kind of task, which the API keeps as a list at ``flavor``."""

    def wanted(props: Props) -> dict[str, Any]:
        return {name: props[name] for name in fields if name in props}

    def create(account: Account, new: Props) -> tuple[str, Props]:
        """Make it. One that is the same in everything, its description too, is this creation's that was cut off."""
        body = wanted(new)
        there: list[dict[str, Any]] = account.find(f"{flavor}/") or []
        same = [task for task in there if all(task.get(key) == value for key, value in body.items())]
        outputs = same[0] if same and creation.get().resumes else account.send("POST", f"{flavor}/", body)
        return str(outputs["id"]), {"logfile": outputs.get("logfile") or ""}

    def read(account: Account, id: str) -> Props | None:
        task = account.find(f"{flavor}/{id}/")
        if task is None:
            return None
        properties = {name: task[name] for name in fields if task.get(name) is not None}
        if task.get("interval") == "hourly":
            properties.pop("hour", None)
        return {**properties, "logfile": task.get("logfile") or ""}

    def update(account: Account, id: str, _old: Props, new: Props) -> Props:
        account.send("PATCH", f"{flavor}/{id}/", wanted(new))
        return {}

    def delete(account: Account, id: str, _old: Props) -> None:
        account.remove(f"{flavor}/{id}/")

    return Handler(
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        computed=frozenset({"logfile"}),
        **facts,
    )


HANDLERS = {
    # From daily to hourly and back the API keeps the other kind's hour.
    "pythonanywhere:index:ScheduledTask": _handler(
        "schedule", SCHEDULED, check=check_scheduled, replace_on=frozenset({"interval"})
    ),
    "pythonanywhere:index:AlwaysOnTask": _handler("always_on", ALWAYS_ON, check=check_always_on),
}
