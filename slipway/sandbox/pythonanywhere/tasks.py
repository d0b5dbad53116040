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
                return Answer(200, _of(account, tasks))
            required(body, "command", "interval", "minute")
            fields = _scheduled(account, {"enabled": True, "hour": None, "description": "", **body})
            _room(account, tasks, fields)
            return Answer(201, _kept(world, state, account, "schedule", fields))
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
                return Answer(200, _of(account, tasks))
            required(body, "command")
            if len(_of(account, tasks)) >= account.plan.always_on:
                raise Refusal(403, {"detail": f"{DETAIL} Your account has {account.plan.always_on} always-on tasks."})
            fields = {"enabled": True, "description": "", **body}
            settings = {key: fields[key] for key in ("command", "description", "enabled")}
            return Answer(201, _kept(world, state, account, "always_on", {**settings, "state": "Starting"}))
        task = _one(tasks, id)
        if method == "DELETE":
            del tasks[id]
            return Answer(204)
        if method in ("PATCH", "PUT"):
            task |= {key: body[key] for key in ("command", "description", "enabled") if key in body}
        return Answer(200, task)


def _scheduled(account: Account, fields: dict[str, Any]) -> dict[str, Any]:
    choice("interval", fields["interval"], ("daily", "hourly"))
    minute = between("minute", fields["minute"], 59)
    if fields["interval"] == "daily":
        required(fields, "hour")
        hour = between("hour", fields["hour"], 23)
        printable = f"{hour:02d}:{minute:02d}"
    else:
        if not account.plan.hourly_tasks:
            raise Refusal(403, {"detail": f"{DETAIL} Hourly tasks need a paid account."})
        hour, printable = None, f"{minute:02d} minutes past"
    return {
        "command": fields["command"],
        "description": fields["description"],
        "enabled": fields["enabled"] in (True, "true", "True"),
        "interval": fields["interval"],
        "hour": hour,
        "minute": minute,
        "printable_time": printable,
    }


def _room(account: Account, others: dict[str, Any], task: dict[str, Any]) -> None:
    daily = [one for one in _of(account, others) if one["interval"] == "daily"]
    if task["interval"] == "daily" and len(daily) >= account.plan.daily_tasks:
        raise Refusal(403, {"detail": f"{DETAIL} Your account may have {account.plan.daily_tasks} scheduled tasks."})


def _of(account: Account, tasks: dict[str, Any]) -> list[dict[str, Any]]:
    return [task for task in tasks.values() if task["user"] == account.user]


def _kept(world: World, state: dict[str, Any], account: Account, flavor: str, fields: dict[str, Any]) -> dict[str, Any]:
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
        **fields,
    }
    state[flavor][str(number)] = task
    return task


def _one(tasks: dict[str, Any], id: str) -> dict[str, Any]:
    if id not in tasks:
        raise not_found()
    return tasks[id]
