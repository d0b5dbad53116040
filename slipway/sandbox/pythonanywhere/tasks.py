"""Scheduled and always-on tasks, as the API keeps them."""

from typing import Any

from slipway.sandbox.pythonanywhere.accounts import Account
from slipway.sandbox.pythonanywhere.answers import Answer, Refusal, between, choice, not_found, required
from slipway.sandbox.pythonanywhere.world import World

DETAIL = "You do not have permission to perform this action."


def scheduled(world: World, account: Account, method: str, id: str, body: dict[str, Any]) -> Answer:
    """Scheduled tasks: all of them (``id`` "") or one."""
    with world.changed() as state:
        tasks = state["schedule"]
        if not id:
            if method == "GET":
                return Answer(200, list(tasks.values()))
            required(body, "command", "interval", "minute")
            made = _scheduled(account, {"enabled": True, "hour": None, "description": "", **body})
            _room(account, tasks, made)
            return Answer(201, _kept(world, state, account, "schedule", made))
        task = _one(tasks, id)
        if method == "DELETE":
            del tasks[id]
            return Answer(204)
        if method in ("PATCH", "PUT"):
            tasks[id] = task = {**task, **_scheduled(account, {**task, **body})}
            _room(account, {key: value for key, value in tasks.items() if key != id}, task)
        return Answer(200, task)


def always_on(world: World, account: Account, method: str, id: str, body: dict[str, Any]) -> Answer:
    """Always-on tasks: all of them (``id`` "") or one."""
    with world.changed() as state:
        tasks = state["always_on"]
        if not id:
            if method == "GET":
                return Answer(200, list(tasks.values()))
            required(body, "command")
            if len(tasks) >= account.plan.always_on:
                raise Refusal(403, {"detail": f"{DETAIL} Your account has {account.plan.always_on} always-on tasks."})
            made = {"enabled": True, "description": "", **body}
            kept = {key: made[key] for key in ("command", "description", "enabled")}
            return Answer(201, _kept(world, state, account, "always_on", {**kept, "state": "Starting"}))
        task = _one(tasks, id)
        if method == "DELETE":
            del tasks[id]
            return Answer(204)
        if method in ("PATCH", "PUT"):
            task |= {key: body[key] for key in ("command", "description", "enabled") if key in body}
        return Answer(200, task)


def _scheduled(account: Account, given: dict[str, Any]) -> dict[str, Any]:
    choice("interval", given["interval"], ("daily", "hourly"))
    minute = between("minute", given["minute"], 59)
    if given["interval"] == "daily":
        required(given, "hour")
        hour = between("hour", given["hour"], 23)
        shown = f"{hour:02d}:{minute:02d}"
    else:
        if not account.plan.hourly_tasks:
            raise Refusal(403, {"detail": f"{DETAIL} Hourly tasks need a paid account."})
        hour, shown = None, f"{minute:02d} minutes past"
    return {
        "command": given["command"],
        "description": given["description"],
        "enabled": given["enabled"] in (True, "true", "True"),
        "interval": given["interval"],
        "hour": hour,
        "minute": minute,
        "printable_time": shown,
    }


def _room(account: Account, others: dict[str, Any], task: dict[str, Any]) -> None:
    daily = [one for one in others.values() if one["interval"] == "daily"]
    if task["interval"] == "daily" and len(daily) >= account.plan.daily_tasks:
        raise Refusal(403, {"detail": f"{DETAIL} Your account may have {account.plan.daily_tasks} scheduled tasks."})


def _kept(world: World, state: dict[str, Any], account: Account, flavor: str, made: dict[str, Any]) -> dict[str, Any]:
    number = world.number(state)
    word = "schedule-log" if flavor == "schedule" else "alwayson-log"
    task = {
        "id": number,
        "url": f"/api/v0/user/{account.user}/{flavor}/{number}/",
        "user": account.user,
        "logfile": f"/var/log/{word}-{number}.log",
        **(
            {"expiry": None, "can_enable": True, "extend_url": f"/user/{account.user}/schedule/task/{number}/extend"}
            if flavor == "schedule"
            else {}
        ),
        **made,
    }
    state[flavor][str(number)] = task
    return task


def _one(tasks: dict[str, Any], id: str) -> dict[str, Any]:
    if id not in tasks:
        raise not_found()
    return tasks[id]
