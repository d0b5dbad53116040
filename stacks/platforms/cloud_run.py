"""An app on Google Cloud Run."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from stacks.platforms.base import MaxInstances, MinInstances, SplitsTraffic
from stacks.platforms.image import ImageApp
from stacks.platforms.schedules import Name, RequestSchedule
from stacks.setting_metadata import metadata


class CloudRunApp(ImageApp, SplitsTraffic):
    """An app on Cloud Run."""

    cloud: ClassVar = "gcp"
    title: ClassVar = "Cloud Run"

    platform: Literal["cloud-run"] = Field(description="Where the app goes.")
    port: int = Field(
        default=8080,
        ge=1,
        le=65535,
        description="Where it listens: what Cloud Run says in $PORT.",
        json_schema_extra=metadata("port"),
    )
    memory: int = Field(
        default=512,
        ge=128,
        le=32768,
        description="Memory of an instance (MB); what needs more is killed.",
        json_schema_extra=metadata("MB"),
    )
    cpu: Literal["1", "2", "4", "8"] = Field(default="1", description="Processors of an instance.")
    concurrency: int = Field(
        default=40,
        ge=1,
        le=1000,
        description="Requests that an instance answers at a time.",
        json_schema_extra=metadata("requests"),
    )
    min_instances: MinInstances = 0
    max_instances: MaxInstances = 1
    timeout: int = Field(
        default=60, ge=1, le=3600, description="Longest answer (seconds).", json_schema_extra=metadata("seconds")
    )
    schedules: dict[Name, RequestSchedule] = Field(
        default_factory=dict, description="Requests by the clock (Cloud Scheduler), by name."
    )
    access: Literal["private", "public"] = Field(
        default="private", description="Who may call it: those granted roles/run.invoker, or anybody."
    )

    @model_validator(mode="after")
    def in_order(self) -> "CloudRunApp":
        """No more at least than at most, and memory that the processors go with."""
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances must not be over max_instances, got {self.min_instances} and {self.max_instances}"
            )
        # https://cloud.google.com/run/docs/configuring/services/memory-limits
        if self.memory > (most := {"1": 4096, "2": 8192, "4": 16384, "8": 32768}[self.cpu]):
            raise ValueError(
                f"memory must be {most} MB or less with {self.cpu} processors, got {self.memory}: raise cpu"
            )
        if self.memory < (least := {"1": 128, "2": 128, "4": 2048, "8": 4096}[self.cpu]):
            raise ValueError(f"memory must be {least} MB or more with {self.cpu} processors, got {self.memory}")
        return self
