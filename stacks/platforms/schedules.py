"""What an app does by the clock: its schedules, as a stack's file says them."""

import zoneinfo
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from components.schedules import Timing, refused
from stacks.checks import nearest
from stacks.platforms.model import Model
from stacks.setting_metadata import metadata

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$")]
"""What a schedule is called."""


def known_zone(value: str) -> str:
    """A zone of the IANA's data base, as both clouds take it."""
    allowed = zoneinfo.available_timezones()
    if value not in allowed:
        raise ValueError(f"must be a time zone, as Europe/Berlin or UTC, got {value!r}{nearest(value, allowed)}")
    return value


def address_path(value: str) -> str:
    """What is asked of an app at its address: a path, with or without a query."""
    if not value.startswith("/") or any(c.isspace() for c in value):
        raise ValueError(f"must be a path that begins with '/', as /date, got {value!r}")
    return value


class Schedule(Model):
    """When."""

    cron: str | None = Field(
        default=None,
        description="When, as minute hour day month weekday: '0 3 * * 1-5' is three o'clock on workdays.",
    )
    every: str | None = Field(default=None, description="When, as an interval instead: 15m, 1h, 1d.")
    time_zone: Annotated[str, AfterValidator(known_zone)] = Field(
        default="UTC", description="Whose clock, as Europe/Berlin."
    )

    @model_validator(mode="after")
    def can_be_due(self) -> "Schedule":
        """One way to say when, and one that both clouds take."""
        if wrong := refused(self.cron, self.every):
            raise ValueError(wrong)
        return self

    @property
    def timing(self) -> Timing:
        """When, for a component."""
        return Timing(cron=self.cron, every=self.every, time_zone=self.time_zone)


class RequestSchedule(Schedule):
    """A request to the app when it is due."""

    path: Annotated[str, AfterValidator(address_path)] = Field(default="/", description="The path that is requested.")


class EventSchedule(Schedule):
    """An event for the function when it is due."""

    event: dict[str, Any] = Field(
        default_factory=dict, description="The event that the function gets.", json_schema_extra=metadata("JSON")
    )
