"""The schedules of apps: the Google API that they need, and their outputs."""

import json
from collections.abc import Mapping

import pulumi

from components.schedules import Request
from slipway.wire.outputs import SchedulesOutput
from stacks.declared import resolved
from stacks.model import Settings
from stacks.platforms.pythonanywhere import CommandSchedule
from stacks.platforms.schedules import EventSchedule, RequestSchedule, Schedule

GOOGLE_API = "cloudscheduler.googleapis.com"


def schedule_apis(settings: Settings) -> tuple[str, ...]:
    """The API that schedules on Google Cloud need; empty if no app has any."""
    on_google = [app for app in settings.apps.values() if app.cloud == "gcp"]
    return (GOOGLE_API,) if any(getattr(app, "schedules", None) for app in on_google) else ()


def requests_of(schedules: Mapping[str, RequestSchedule]) -> dict[str, Request]:
    """Schedules as a component takes them."""
    return {name: Request(timing=one.timing, path=one.path) for name, one in schedules.items()}


def schedule_outputs(schedules: Mapping[str, Schedule], resources: Mapping[str, pulumi.Input[str]]) -> SchedulesOutput:
    """The output of an app's schedules, by name; empty if it has none."""
    if not schedules:
        return {}
    return {
        "schedules": {
            name: {"when": one.timing.words, "does": _does(one), "resource": resolved(resources[name])}
            for name, one in sorted(schedules.items())
        }
    }


def _does(schedule: Schedule) -> str:
    if isinstance(schedule, CommandSchedule):
        return schedule.command
    if isinstance(schedule, RequestSchedule):
        return f"GET {schedule.path}"
    return json.dumps(schedule.event, sort_keys=True) if isinstance(schedule, EventSchedule) else ""
