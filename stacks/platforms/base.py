"""What every app of a stack has, wherever it goes."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from slipway.bundle.entries import entry_of
from slipway.bundle.errors import BundleError
from stacks import checks
from stacks.platforms.domains import own_domain
from stacks.platforms.events import Event, problem_of
from stacks.platforms.grants import Grant
from stacks.platforms.model import Model
from stacks.setting_metadata import number


def source_folder(value: str) -> str:
    """A folder of this machine, as a path with slashes: from the project's root, or absolute."""
    if not value or "\\" in value or "\0" in value or value.startswith("~"):
        raise ValueError(
            f"must be a folder, from the project's root or absolute, as app_src/NAME or ../shop, got {value!r}"
        )
    return value


def entry_point(value: str) -> str:
    """A way into an app; ``module.application`` is taken for ``module:application``."""
    if ":" not in value and "." in value:
        value = ":".join(value.rsplit(".", 1))
    try:
        return str(entry_of(value))
    except BundleError as mistake:
        raise ValueError(str(mistake)) from None


def data_path(value: str) -> str:
    """A file or folder of the app's, or a pattern of them."""
    path = PurePosixPath(value)
    if not value.strip("/") or path.is_absolute() or ".." in path.parts or "\\" in value or path.parts[:1] == ("~",):
        raise ValueError(f"must be a file or folder of the app's, as uploads or db.sqlite3, got {value!r}")
    return value.removeprefix("./").rstrip("/")


def one_line(value: str) -> str:
    """A command for a shell, on one line."""
    if not value.strip() or "\n" in value or "\0" in value:
        raise ValueError(f"must be a command on one line, as python manage.py migrate, got {value!r}")
    return value.strip()


def probed_path(value: str) -> str:
    """A path of the app's, and the status that it is to answer where that is none of the usual good ones."""
    if " " in value and not re.fullmatch(r"/\S* [1-5]\d\d", value):
        raise ValueError(f"must be a path, as /health, or a path and its status, as /token 401, got {value!r}")
    return value


POSTGRES = "postgres"
"""The one kind of database that an app can have of its own."""
DATABASE_VARIABLE = "DATABASE_URL"
"""The variable that leads an app to its database."""


SOCKET_VARIABLE = "PGHOST"
"""The variable by which PostgreSQL's clients find the folder of its socket."""
Part = Literal["user", "password", "host", "port", "name"]
"""A part of a database's address."""


def database_kind(value: str) -> str:
    """A kind of database that there is."""
    return checks.listed(value, (POSTGRES,), "a kind of database")


Source = Annotated[str, AfterValidator(source_folder)]
Python = Annotated[str, AfterValidator(checks.python)]
Env = Annotated[dict[str, str], AfterValidator(checks.environment_variables)]
MinInstances = Annotated[
    int,
    number("instances", "Instances that always run; 0 costs nothing while no request comes.", least=0),
]
MaxInstances = Annotated[
    int,
    number("instances", "Ceiling on instances, and so on the bill.", least=1),
]


class AnyApp(Model):
    """What every app has."""

    cloud: ClassVar[Literal["gcp", "aws", "pythonanywhere"] | None] = None
    """Whose settings the platform needs beside the app's own; None where it needs no cloud's."""
    title: ClassVar[str] = ""
    """The platform in words, as ``App Engine``."""
    delivers_sealed: ClassVar[str] = ""
    """How the platform hands sealed variables to the app, and who may read them there."""
    lacks: ClassVar[Mapping[str, str]] = {}
    """Settings that every app has and this platform cannot serve -> why, and what to use instead, in a sentence."""
    release_by_hand: ClassVar[str] = ""
    """Why the platform runs no release command, and what to do instead; "" where it runs one."""
    event_kinds: ClassVar[tuple[str, ...]] = ()
    """Where its events come from."""
    needs_docker: ClassVar[bool] = False
    """Whether there is a Docker daemon in it: the sandbox leaves the app out where the machine has none."""

    source: Source = Field(description="Its folder, anywhere on the machine; from the project's root.")
    entry: Annotated[str, AfterValidator(entry_point)] | None = Field(
        default=None,
        description="The way in: module:application, module:factory(), or src/package:application. "
        "Default: what the folder shows (`slipway add` says).",
    )
    interface: Literal["wsgi", "django", "asgi", "function", "chalice", "command"] | None = Field(
        default=None,
        description="How the entry is called; `django` is WSGI with a Django site's static files served beside it. "
        "Default: what the folder shows.",
    )
    python: Python | None = Field(
        default=None, description="Its Python, as 3.13. Default: needed; the machine's own in the sandbox."
    )
    env: Env = Field(default_factory=dict, description="Environment variables that anyone may read.")
    allow_keys_in: list[str] = Field(
        default_factory=list, description="Files of the app that may hold what looks like a key."
    )
    data: list[Annotated[str, AfterValidator(data_path)]] = Field(
        default_factory=list,
        description="Files and folders that the app writes itself, as db.sqlite3 or uploads: never packed, written "
        "over or deleted by `up`.",
    )
    release: Annotated[str, AfterValidator(one_line)] | None = Field(
        default=None,
        description="A command that runs once for each version before it serves, as python manage.py migrate, with the "
        "app's environment; one that fails stops the deployment. Default: `release` of a Procfile.",
    )
    bucket: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$",
        description="A private bucket of the app's own, as uploads: its whole name is in the variable UPLOADS_BUCKET, "
        "and the app alone may use it.",
    )
    database: Annotated[str, AfterValidator(database_kind)] | None = Field(
        default=None,
        description="`postgres`: a PostgreSQL database of the app's own, whose address with its password is in the "
        "variable DATABASE_URL. Its rows stay until `slipway destroy`.",
    )
    database_parts: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], Part] = Field(
        default_factory=dict,
        description="Variables that get a part of the database's address each, for code that puts it together itself, "
        "as DB_USER: user; of user, password, host, port and name. The host is empty: clients find it by PGHOST.",
    )
    events: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$")], Event] = Field(
        default_factory=dict,
        description="The app's events by name: messages, and changes elsewhere.",
    )
    grants: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$")], Grant] = Field(
        default_factory=dict,
        description="Further rights of the app's identity, by name.",
    )
    domain: Annotated[str, AfterValidator(own_domain)] | None = Field(
        default=None,
        description="A domain of your own that leads to it, as shop.example.com: `slipway status APP` shows the "
        "records to set. Default: the platform's address alone.",
    )
    optional: bool = Field(
        default=False,
        description="Left out until `slipway up --with NAME` brings it in; it stays until `--without NAME`.",
    )
    probe: list[Annotated[str, AfterValidator(probed_path)]] = Field(
        default_factory=lambda: ["/"],
        description="Paths that answer when the app is up; /token 401 where that status is the right answer.",
    )

    @field_validator("data", "release", "bucket", "database", "events", "grants", "domain")
    @classmethod
    def served_there(cls, value: object, info: ValidationInfo) -> object:
        """What the platform has nothing for is refused, with what to use instead."""
        if value and (why := cls.lacks.get(info.field_name or "")):
            raise ValueError(why)
        return value

    @property
    def is_open(self) -> bool:
        """Whether a request without a signature is answered; one that is not gets 403 from the platform itself."""
        return True

    @property
    def probed(self) -> list[str]:
        """The paths that are asked after an `up`: none of an app that answers signed requests alone."""
        return self.probe if self.is_open else []

    @property
    def bucket_variable(self) -> str:
        """The variable that tells the app its bucket's name; "" without one."""
        return f"{self.bucket.upper().replace('-', '_')}_BUCKET" if self.bucket else ""

    @model_validator(mode="after")
    def tells_the_bucket_once(self) -> "AnyApp":
        """The variable of the bucket's name is not the app's to set."""
        if self.bucket and self.bucket_variable in self.env:
            raise ValueError(
                f"env.{self.bucket_variable} is the name of the bucket {self.bucket!r}, got another: take it out, or "
                "call the bucket something else"
            )
        return self

    @model_validator(mode="after")
    def has_events_apart(self) -> "AnyApp":
        """Each from a source that the platform has and that is the app's own, and none twice."""
        if problem := problem_of(self.events, self.event_kinds, self.title, self.bucket):
            raise ValueError(f"events.{problem}")
        return self

    @model_validator(mode="after")
    def tells_the_database_once(self) -> "AnyApp":
        """The variables of the database's address are not the app's to set."""
        if self.database_parts and self.database != POSTGRES:
            raise ValueError("database_parts are of the database that `database: postgres` makes, got no database")
        if twice := sorted({*self.database_parts} & {*self.env}):
            raise ValueError(
                f"env.{twice[0]} is a part of the database's address by database_parts, got another: take one of the "
                "two out"
            )
        if self.database == POSTGRES and DATABASE_VARIABLE in self.env:
            raise ValueError(
                f"env.{DATABASE_VARIABLE} is the address of the database that `database: postgres` makes, got another: "
                "take it out, or take database out and seal your own address with `slipway secret set`"
            )
        return self


class KeepsVersions(AnyApp):
    """An app whose platform keeps earlier versions, so that there is a way back."""

    serve: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$",
        description="The kept version that serves; `slipway rollback` writes it. Default: the newest.",
    )


class SplitsTraffic(KeepsVersions):
    """An app whose platform can send a share of the requests to a new version."""

    canary: int | None = number(
        "%",
        "Share of the requests that goes to the newest version beside `serve`; `slipway up --canary` writes it.",
        default=None,
        least=1,
        most=99,
    )

    @model_validator(mode="after")
    def beside_something(self) -> "SplitsTraffic":
        """A share for the new one, the rest for the one named."""
        if self.canary is not None and self.serve is None:
            raise ValueError("canary needs serve, the version that gets the other requests, got none: take canary out")
        return self
