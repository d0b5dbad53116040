"""The databases of apps' own, and what tells the apps where they are."""

from typing import TYPE_CHECKING

import pulumi

from components.gcp import apis
from stacks.model import Settings
from stacks.platforms import AnyApp
from stacks.platforms.base import DATABASE_VARIABLE, POSTGRES, SOCKET_VARIABLE

if TYPE_CHECKING:
    from components.gcp.database import PostgresDatabase
    from components.gcp.project import GcpProject


def google_database(
    settings: Settings, project: "GcpProject", region: str, name: str, app: AnyApp
) -> "PostgresDatabase | None":
    """The database of an app on Google Cloud; None where it has none."""
    if app.database != POSTGRES:
        return None
    from components.gcp.database import PostgresDatabase, PostgresDatabaseArgs

    args = PostgresDatabaseArgs(
        project=project, region=region, labels=settings.labels, ephemeral=settings.policy.ephemeral
    )
    # Called after its stack, so that two stacks in one project have one each.
    return PostgresDatabase(f"{settings.stack}-{name}", args)


def database_apis(settings: Settings) -> tuple[str, ...]:
    """The APIs that the databases on Google Cloud need."""
    used = any(app.cloud == "gcp" and app.database == POSTGRES for app in settings.apps.values())
    return apis.DATABASE if used else ()


def addresses_of(app: AnyApp, database: "PostgresDatabase | None") -> dict[str, pulumi.Output[str]]:
    """What tells the app its database's address: as a whole, and in the parts that it asks for."""
    if database is None:
        return {}
    parts = {variable: database.parts[part] for variable, part in app.database_parts.items()}
    # https://www.postgresql.org/docs/current/libpq-envars.html: where an address names no host.
    socket = {SOCKET_VARIABLE: database.parts["socket"]} if "host" in app.database_parts.values() else {}
    return {DATABASE_VARIABLE: database.url, **parts, **socket}


def has_password(app: AnyApp, variable: str) -> bool:
    """Whether the password is in a variable of :func:`addresses_of`."""
    return variable == DATABASE_VARIABLE or app.database_parts.get(variable) in ("password", "url")
