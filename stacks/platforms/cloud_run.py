"""An app on Google Cloud Run."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from stacks.platforms.base import MaxInstances, MinInstances, SplitsTraffic
from stacks.platforms.image import ImageApp
from stacks.platforms.networks import Subnetwork
from stacks.platforms.schedules import Name, RequestSchedule
from stacks.setting_metadata import number


class CloudRunApp(ImageApp, SplitsTraffic):
    """An app on Cloud Run."""

    cloud: ClassVar = "gcp"
    title: ClassVar = "Cloud Run"
    event_kinds: ClassVar = ("topic", "bucket")
    delivers_sealed: ClassVar = "references to secrets of Secret Manager, which the app's account alone may read"
    lacks: ClassVar = {
        "grants": (
            "Slipway grants nothing on Google Cloud beside an app's own bucket and database yet: take "
            "grants out, or make it a function on Lambda"
        ),
        "data": (
            "Cloud Run keeps no files: what an instance writes is memory and ends with it: keep files in "
            "a bucket and rows in a database, and take data out"
        ),
    }

    platform: Literal["cloud-run"] = Field(description="Where the app goes.")
    port: int = number("port", "Where it listens: what Cloud Run says in $PORT.", default=8080, least=1, most=65535)
    memory: int = number(
        "MB", "Memory of an instance (MB); what needs more is killed.", default=512, least=128, most=32768
    )
    cpu: Literal["1", "2", "4", "6", "8"] = Field(default="1", description="Processors of an instance.")
    concurrency: int = number(
        "requests", "Requests that an instance answers at a time.", default=40, least=1, most=1000
    )
    min_instances: MinInstances = 0
    max_instances: MaxInstances = 1
    timeout: int = number("seconds", "Longest answer (seconds).", default=60, least=1, most=3600)
    schedules: dict[Name, RequestSchedule] = Field(
        default_factory=dict, description="Requests by the clock (Cloud Scheduler), by name."
    )
    subnetwork: Subnetwork = None
    access: Literal["private", "public"] = Field(
        default="private", description="Who may call it: those granted roles/run.invoker, or anybody."
    )

    @property
    def is_open(self) -> bool:
        """A private service answers callers with an identity token: https://cloud.google.com/run/docs/authenticating/overview."""
        return self.access == "public"

    @model_validator(mode="after")
    def in_order(self) -> "CloudRunApp":
        """No more at least than at most, and memory that the processors go with."""
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances must not be over max_instances, got {self.min_instances} and {self.max_instances}"
            )
        # https://cloud.google.com/run/docs/configuring/services/memory-limits
        if self.memory > (most := {"1": 4096, "2": 8192, "4": 16384, "6": 24576, "8": 32768}[self.cpu]):
            raise ValueError(
                f"memory must be {most} MB or less with {self.cpu} processors, got {self.memory}: raise cpu"
            )
        if self.memory < (least := {"1": 128, "2": 128, "4": 2048, "6": 4096, "8": 4096}[self.cpu]):
            raise ValueError(f"memory must be {least} MB or more with {self.cpu} processors, got {self.memory}")
        return self
