"""The PostgreSQL that the sandbox uses on this machine."""

import os
from collections.abc import Iterator, Mapping

from slipway.wire.variables import POSTGRES as POSTGRES_VARIABLE
from stacks.model import Settings
from stacks.platforms.base import POSTGRES


def postgres_missing(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """A line for each app of the sandbox whose database this machine has no PostgreSQL for."""
    if settings.environment != "sandbox" or environment.get(POSTGRES_VARIABLE) != "":
        return
    for name, app in settings.apps.items():
        if app.database == POSTGRES:
            yield (
                f"slipway:apps.{name}.database: needs a PostgreSQL on this machine, got none: install one, as "
                "`apt-get install postgresql`, or take database out (`slipway doctor` says what is used)"
            )
