"""An app on AWS Lambda."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from stacks.platforms.base import SplitsTraffic
from stacks.platforms.schedules import EventSchedule, Name
from stacks.setting_metadata import metadata


class LambdaApp(SplitsTraffic):
    """An app on AWS Lambda."""

    cloud: ClassVar = "aws"
    title: ClassVar = "AWS Lambda"

    platform: Literal["lambda"] = Field(description="Where the app goes.")
    handler: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$")] | None = Field(
        default=None,
        description="module.function, as lambda_function.lambda_handler. Default: of the app's entry.",
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processor; the wheels are made for it."
    )
    memory: int = Field(default=128, ge=128, le=10240, description="Memory (MB).", json_schema_extra=metadata("MB"))
    timeout: int = Field(
        default=10, ge=1, le=900, description="Longest run (seconds).", json_schema_extra=metadata("seconds")
    )
    url: Literal["iam", "public", "none"] = Field(default="iam", description="Who may call the function's URL.")
    schedules: dict[Name, EventSchedule] = Field(
        default_factory=dict, description="Events by the clock (EventBridge Scheduler), by name."
    )
    reserved_concurrency: int | None = Field(
        default=None,
        ge=0,
        description="Executions set aside for this function. Default: it shares the account's.",
        json_schema_extra=metadata("executions"),
    )

    @field_validator("serve")
    @classmethod
    def published(cls, serve: str | None) -> str | None:
        """An alias points at what is published alone, which has a number."""
        if serve is not None and not serve.isdecimal():
            raise ValueError(f"serve must be the number of a published version, in quotes, got {serve!r}")
        return serve
