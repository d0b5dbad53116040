"""What watches a stack's containers: the settings of Prometheus."""

from typing import Annotated

from pydantic import AfterValidator, Field

from stacks import images
from stacks.platforms import Model
from stacks.setting_metadata import metadata


class Monitoring(Model):
    """A Prometheus beside the containers, which asks every app that names its ``metrics``."""

    image: Annotated[str, AfterValidator(images.image)] = Field(
        default="prom/prometheus:v3.5.0",
        description="Prometheus' image, by digest where the stack is kept. The sandbox brings its own.",
    )
    publish: int = Field(
        default=9090,
        ge=1,
        le=65535,
        description="The machine's port that it is on.",
        json_schema_extra=metadata("port"),
    )
    scrape_seconds: int = Field(
        default=15,
        ge=1,
        le=120,
        description="How often it asks. An alert waits for four answers, a rate looks at twenty.",
        json_schema_extra=metadata("seconds"),
    )
    retention_days: int = Field(
        default=7, ge=1, le=400, description="How long it remembers.", json_schema_extra=metadata("days")
    )
    retention_mb: int = Field(
        default=512,
        ge=64,
        le=100_000,
        description="What it may remember at most: the oldest goes first.",
        json_schema_extra=metadata("MB"),
    )
    memory: int = Field(
        default=256, ge=64, le=32768, description="Memory it may use (MB).", json_schema_extra=metadata("MB")
    )
    error_percent: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Share of requests that may fail before it alerts.",
        json_schema_extra=metadata("%"),
    )
    latency_ms: int = Field(
        default=1000,
        ge=1,
        le=60_000,
        description="Time in which 95 % of the requests are answered, or it alerts.",
        json_schema_extra=metadata("milliseconds"),
    )
    memory_percent: int = Field(
        default=90,
        ge=10,
        le=100,
        description="Share of its memory limit that an app may use before it alerts.",
        json_schema_extra=metadata("%"),
    )
