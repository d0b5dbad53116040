"""An app on Google App Engine standard."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from components.names import RESERVED_VERSIONS
from stacks import checks
from stacks.platforms.base import MaxInstances, MinInstances, SplitsTraffic
from stacks.platforms.model import Model
from stacks.platforms.networks import Subnetwork
from stacks.platforms.schedules import Name, RequestSchedule
from stacks.setting_metadata import number


def usable_prefix(value: str) -> str:
    """What an App Engine version's id may begin with."""
    if value in RESERVED_VERSIONS or f"{value}-".startswith("ah-"):
        raise ValueError(
            f"a version id may not be 'default' or 'latest' nor begin with 'ah-', got {value!r}: take another, as 'v'"
        )
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", value) or value.endswith("-"):
        raise ValueError(f"must be 1 to 20 characters of a-z, 0-9 and '-', a letter first, got {value!r}")
    return value


class Scaling(Model):
    """How many instances of an App Engine service run."""

    min_instances: MinInstances = 0
    max_instances: MaxInstances = 1

    @model_validator(mode="after")
    def in_order(self) -> "Scaling":
        """No more at least than at most."""
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances must not be over max_instances, got {self.min_instances} and {self.max_instances}"
            )
        return self


class AppEngineApp(SplitsTraffic):
    """An app on App Engine standard."""

    cloud: ClassVar = "gcp"
    title: ClassVar = "App Engine"
    delivers_sealed: ClassVar = "environment variables of the version, which a viewer of the project may read"
    release_by_hand: ClassVar = (
        "App Engine has no place for a command before a version serves: let the app's entry do it when it starts and "
        "`GAE_ENV` is set, as Django's `call_command('migrate')`"
    )
    lacks: ClassVar = {
        "grants": (
            "Slipway grants nothing on Google Cloud beside an app's own bucket and database yet: take "
            "grants out, or make it a function on Lambda"
        ),
        "events": (
            "App Engine answers requests and takes no messages: take events out, or make it a function on Lambda"
        ),
        "data": (
            "App Engine keeps no files: its disk is read-only but for /tmp, which is memory and ends "
            "with the instance: keep files in a bucket and rows in a database, and take data out"
        ),
    }

    platform: Literal["app-engine"] = Field(description="Where the app goes.")
    service: str = Field(
        default="default",
        pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="The App Engine service; one is `default`.",
    )
    entrypoint: Annotated[str, AfterValidator(checks.entrypoint_port)] | None = Field(
        default=None, description="The command that serves, on $PORT. Default: gunicorn, with the app's entry."
    )
    scaling: Scaling = Field(default_factory=Scaling, description="Instances, at least and at most.")
    instance_class: Literal["F1", "F2", "F4", "F4_1G"] = Field(
        default="F1", description="Memory and CPU of an instance."
    )
    keep_versions: int | None = number(
        "versions",
        "Versions kept, the one that serves among them. Default: by kind of stack.",
        default=None,
        least=1,
        most=15,
    )
    subnetwork: Subnetwork = None
    schedules: dict[Name, RequestSchedule] = Field(
        default_factory=dict, description="Requests by the clock (Cloud Scheduler), by name."
    )
    version_prefix: Annotated[str, AfterValidator(usable_prefix)] = Field(
        default="v", description="The beginning of a version's id; a digest follows."
    )
