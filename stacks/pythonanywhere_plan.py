"""Whether the apps of a stack fit into the kind of account on PythonAnywhere that the settings name."""

from collections.abc import Iterator, Mapping

from slipway.catalog.pythonanywhere_plans import PAID, PLANS, Plan
from stacks.platforms.pythonanywhere import PythonAnywhereAccount, PythonAnywhereApp


def misfit(account: PythonAnywhereAccount, apps: Mapping[str, PythonAnywhereApp]) -> str:
    """The first thing that the account has no room for, as a sentence; empty if all fits or the kind is not said."""
    if account.plan is None:
        return ""
    plan = PLANS[account.plan]
    for place, has in (*_lacking(plan, account, apps), *_too_many(plan, apps)):
        return f"{place}: {plan.words} has {has}: leave it out, or set pythonanywhere:plan to the kind it is"
    return ""


def _lacking(
    plan: Plan, account: PythonAnywhereAccount, apps: Mapping[str, PythonAnywhereApp]
) -> Iterator[tuple[str, str]]:
    """The setting, and what the account has in its place."""
    for name, app in apps.items():
        hours = [schedule.at[0] for schedule in app.schedules.values()]
        if hours and not plan.daily_tasks:
            yield f"apps.{name}.schedules", "no scheduled tasks"
        if None in hours and not plan.hourly_tasks:
            yield f"apps.{name}.schedules", "daily tasks, no hourly ones"
        if app.always_on and not plan.always_on:
            yield f"apps.{name}.always_on", "no always-on tasks"
        if app.database and not plan.mysql:
            yield f"apps.{name}.database", "no MySQL database"
        if app.domain not in (None, account.domain) and not plan.own_domains:
            yield f"apps.{name}.domain", f"no domain but {account.domain}"


def _too_many(plan: Plan, apps: Mapping[str, PythonAnywhereApp]) -> Iterator[tuple[str, str]]:
    """The setting, and how many of it the account has room for; a paid account may be one of more."""
    if plan is PAID:
        return
    tasks = sum(len(app.schedules) for app in apps.values())
    if tasks > plan.daily_tasks:
        yield "apps", f"room for {plan.daily_tasks} daily task, got {tasks}"
    if len(apps) > plan.web_apps:
        yield "apps", f"room for {plan.web_apps} web app, got {len(apps)}"
