"""An app on AWS Lambda."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from stacks.platforms.base import SplitsTraffic
from stacks.platforms.schedules import EventSchedule, Name
from stacks.setting_metadata import metadata, number
from stacks.tables import REAL


class LambdaApp(SplitsTraffic):
    """An app on AWS Lambda."""

    cloud: ClassVar = "aws"
    title: ClassVar = "AWS Lambda"
    delivers_sealed: ClassVar = "the function's environment, encrypted by AWS's key for Lambda and secret in the state"
    event_kinds: ClassVar = ("queue", "bucket", "pattern", "stream")
    lacks: ClassVar = {
        "database": (
            "Slipway makes no database for Lambda yet: make one (RDS) and seal its address with `slip"
            "way secret set APP DATABASE_URL`, and take database out"
        ),
        "data": (
            "AWS Lambda keeps no files: its disk is read-only but for /tmp, which ends with the "
            "instance: keep files in a bucket and rows in a database, and take data out"
        ),
    }

    platform: Literal["lambda"] = Field(description="Where the app goes.")
    handler: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$")] | None = Field(
        default=None,
        description="module.function, as lambda_function.lambda_handler. Default: of the app's entry.",
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processor; the wheels are made for it."
    )
    memory: int = number("MB", "Memory (MB).", default=128, least=128, most=10240)
    timeout: int = number("seconds", "Longest run (seconds).", default=10, least=1, most=900)
    url: Literal["iam", "public", "none"] = Field(default="iam", description="Who may call the function's URL.")
    schedules: dict[Name, EventSchedule] = Field(
        default_factory=dict, description="Events by the clock (EventBridge Scheduler), by name."
    )
    snap_start: bool = Field(
        default=False,
        description="Whether a published version starts from a snapshot of itself after its imports, within a second; "
        "AWS charges for keeping and restoring it. Needs Python 3.12 or newer.",
        json_schema_extra=metadata(only=REAL),
    )
    reserved_concurrency: int | None = number(
        "executions", "Executions set aside for this function. Default: it shares the account's.", default=None, least=0
    )

    @model_validator(mode="after")
    def can_be_snapped(self) -> "LambdaApp":
        """SnapStart is for newer Pythons: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html."""
        if self.snap_start and self.python == "3.11":
            raise ValueError("snap_start needs Python 3.12 or newer, got python '3.11': raise python, or leave it out")
        return self

    @property
    def is_open(self) -> bool:
        """A URL of type AWS_IAM answers signed requests: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html."""
        return self.url == "public"

    @model_validator(mode="after")
    def answers_at_its_domain(self) -> "LambdaApp":
        """Visitors of a domain sign nothing, and API Gateway's name has no address of its own for an A record."""
        if self.domain and self.url != "public":
            raise ValueError(
                f"domain needs url: public, because who visits a domain signs no request, got {self.url!r}: say so"
            )
        return self

    @field_validator("serve")
    @classmethod
    def published(cls, serve: str | None) -> str | None:
        """An alias points at what is published alone, which has a number."""
        if serve is not None and not serve.isdecimal():
            raise ValueError(f"serve must be the number of a published version, in quotes, got {serve!r}")
        return serve
