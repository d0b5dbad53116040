"""Where an app's rows and files go: platforms with a disk, SQLite there, or a PostgreSQL database of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from slipway.bundle.trial import READ_ONLY
from slipway.recognise import Recognised
from slipway.recognise.variables import database_parts, database_variables, kept_paths, sqlite_address, takes_postgres

ON_DISK = ("pythonanywhere", "container")
"""Platforms that keep what an app writes into its folder."""
WITH_POSTGRES = ("cloud-run", "app-engine")
"""Platforms that Slipway makes an app a PostgreSQL database on."""
OF_PLATFORM = "DATABASE_URL"
"""The variable with that database's address."""


class Database(StrEnum):
    """Where an app's database is."""

    none = ""
    sqlite = "sqlite"
    postgres = "postgres"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A platform for an app, and how its state is kept there."""

    platform: str
    database: Database = Database.none
    why: str = ""
    """How the choice is described."""
    env: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    """Variable -> the part of the database's address that it gets."""
    data: tuple[str, ...] = ()
    release: str = ""


def plans(app: Recognised, platforms: Sequence[str], *, has_docker: bool) -> tuple[Plan, ...]:
    """The ways to take an app to some of the ``platforms``, the best first."""
    ordered = [*_with_database(app, platforms, has_docker=has_docker)]
    ordered += [_plain(app, platform) for platform in platforms]
    first: dict[tuple[str, Database], Plan] = {}
    for plan in ordered:
        first.setdefault((plan.platform, plan.database), plan)
    return tuple(first.values())


def _with_database(app: Recognised, platforms: Sequence[str], *, has_docker: bool) -> Iterator[Plan]:
    names = database_variables(app)
    sqlite = sqlite_address(app) if names else None
    disks = [platform for platform in ON_DISK if platform in platforms and (platform != "container" or has_docker)]
    if names and sqlite:
        address, paths = sqlite
        for platform in disks:
            yield Plan(
                platform=platform,
                database=Database.sqlite,
                why=f"{', '.join(names)}: {address}, an SQLite database in its folder, which {platform} keeps",
                env=dict.fromkeys(names, address),
                data=_data(platform, (*paths, *kept_paths(app.keeps))),
                release=app.release,
            )
    parts = database_parts(app)
    if (OF_PLATFORM in names and takes_postgres(app)) or parts:
        filled = ", ".join(parts) or OF_PLATFORM
        # An image runs the command that makes the tables; one that makes them itself needs no image.
        for platform in WITH_POSTGRES if app.release or app.dockerfile else reversed(WITH_POSTGRES):
            if platform in platforms and (platform != "cloud-run" or has_docker):
                yield Plan(
                    platform=platform,
                    database=Database.postgres,
                    why=f"{filled}: a PostgreSQL database of its own",
                    parts=parts,
                    release=app.release if platform not in READ_ONLY else "",
                )
    if not names and app.keeps:
        for platform in disks:
            yield _plain(app, platform)


def _plain(app: Recognised, platform: str) -> Plan:
    """A platform as it is: one with a disk keeps what the app writes."""
    if platform not in ON_DISK or not app.keeps:
        return Plan(platform=platform)
    paths = kept_paths(app.keeps)
    if paths and app.framework == "flask":
        paths = ("instance", *paths)  # Where Flask-SQLAlchemy puts a relative path since its version 3.
    data = _data(platform, paths)
    listed = ", ".join(data) or "what it writes into its folder"
    return Plan(platform=platform, data=data, release=app.release, why=f"{platform} keeps {listed}")


def _data(platform: str, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that a platform keeps: a container's are folders."""
    folders = [path for path in paths if platform != "container" or not PurePosixPath(path).suffix]
    return tuple(dict.fromkeys(folders))
