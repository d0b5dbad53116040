"""An app on PythonAnywhere, and the account that it is in."""

import re
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from stacks.platforms.base import AnyApp
from stacks.platforms.domains import own_domain
from stacks.platforms.model import Model
from stacks.platforms.schedules import Name, Schedule

EU = "eu.pythonanywhere.com"
DAILY = re.compile(r"(\d+) (\d+|\*) \* \* \*")
"""A cron expression that PythonAnywhere can do: a minute, of an hour or of each."""


def below(value: str) -> str:
    """A folder of the app's."""
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"must be a folder of the app's, as static, got {value!r}")
    return value


def url_path(value: str) -> str:
    """The beginning of the paths that a folder is served at."""
    if not re.fullmatch(r"/([\w.~-]+/)*", value):
        raise ValueError(f"must begin and end with a slash, as /static/, got {value!r}")
    return value


def there_or_own(value: str) -> str:
    """A domain of one's own, or an account's: a web app has to have one."""
    if re.fullmatch(r"[a-z0-9]{1,30}\.(eu\.)?pythonanywhere\.com", value):
        return value
    return own_domain(value)


class PythonAnywhereAccount(Model):
    """Whose account it is. The token is sealed: pythonanywhere:token."""

    user: str = Field(pattern=r"^[A-Za-z0-9]{1,30}$", description="The account's user name: pythonanywhere:user.")
    host: Literal["www.pythonanywhere.com", "eu.pythonanywhere.com"] = Field(
        default="www.pythonanywhere.com", description="The system the account is on, or the European one."
    )
    plan: Literal["free", "free-before-2026", "paid"] | None = Field(
        default=None,
        description="The kind of account, whose limits are then checked here: free is one made since 15 January 2026. "
        "Default: the account itself says what it has no room for.",
    )

    @property
    def home(self) -> str:
        """The account's folder."""
        return f"/home/{self.user}"

    @property
    def domain(self) -> str:
        """The domain of the account's own web app."""
        return f"{self.user.lower()}.{self.host.removeprefix('www.')}"


class CommandSchedule(Schedule):
    """A command that runs when it is due."""

    command: str = Field(min_length=1, description="The command, run in the app's folder with its packages.")

    @model_validator(mode="after")
    def can_be_done_there(self) -> "CommandSchedule":
        """PythonAnywhere has daily and hourly tasks, and its clock is UTC."""
        if self.time_zone != "UTC":
            raise ValueError(f"PythonAnywhere's clock is UTC, got the time zone {self.time_zone!r}: leave it out")
        if self.every not in (None, "1h", "1d") or (self.cron and not DAILY.fullmatch(self.timing.unix_cron)):
            raise ValueError(
                f"PythonAnywhere runs tasks daily or hourly: say cron as '30 3 * * *' or '15 * * * *', or every as 1d "
                f"or 1h, got {self.cron or self.every!r}"
            )
        return self

    @property
    def at(self) -> tuple[int | None, int]:
        """Hour and minute; no hour is each of them."""
        minute, hour, *_ = self.timing.unix_cron.split()
        return (int(hour) if hour.isdecimal() else None), int(minute)


class PythonAnywhereApp(AnyApp):
    """An app on PythonAnywhere."""

    cloud: ClassVar = "pythonanywhere"
    title: ClassVar = "PythonAnywhere"
    delivers_sealed: ClassVar = "the web app's WSGI file, which the account alone reads"
    lacks: ClassVar = {
        "bucket": "PythonAnywhere has a disk and no buckets: say data: [FOLDER], and take bucket out",
        "grants": (
            "an app on PythonAnywhere has no identity that a cloud knows: seal keys of your own with "
            "`slipway secret set APP NAME`, and take grants out"
        ),
        "events": (
            "PythonAnywhere answers requests and takes no messages: take events out, or make it a function on Lambda"
        ),
    }

    platform: Literal["pythonanywhere"] = Field(description="Where the app goes.")
    domain: Annotated[str, AfterValidator(there_or_own)] | None = Field(
        default=None,
        description="Its domain, which may be your own on a paid account. Default: USER.pythonanywhere.com.",
    )
    virtualenv: str | None = Field(
        default=None,
        pattern=r"^/home/[^/]+/.+[^/]$",
        description="A virtual environment that you made there, as /home/USER/.virtualenvs/hello. "
        "Default: the dependencies are uploaded with the app.",
    )
    changed: Literal["refuse", "keep", "overwrite"] = Field(
        default="refuse",
        description="Of other files that were changed there and here: stop, keep those there, or take those here.",
    )
    static: dict[Annotated[str, AfterValidator(url_path)], Annotated[str, AfterValidator(below)]] = Field(
        default_factory=dict, description="Paths that are served from a folder of the app's, as /static/: static."
    )
    schedules: dict[Name, CommandSchedule] = Field(default_factory=dict, description="The app's schedules, by name.")
    always_on: dict[Name, str] = Field(
        default_factory=dict, description="Commands that are started again whenever they end; paid accounts only."
    )
    database: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]{0,30}$",
        description="A MySQL database that the app uses; you make it by hand, the API has none. A free account made "
        "since 15 January 2026 has no database.",
    )

    @field_validator("database")
    @classmethod
    def is_mysql(cls, name: str | None) -> str | None:
        """PostgreSQL is made by hand: https://help.pythonanywhere.com/pages/PostgresGettingStarted/."""
        if name in ("postgres", "postgresql"):
            raise ValueError(
                f"PythonAnywhere's API makes no PostgreSQL, got {name!r}: start one on the account's page Databases "
                "(paid accounts), seal its address with `slipway secret set APP DATABASE_URL`, and take database out"
            )
        return name
