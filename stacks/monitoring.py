"""What watches a stack's containers: the settings of Prometheus."""

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from components.containers.rules import Alertmanager
from stacks import images
from stacks.platforms import Model
from stacks.setting_metadata import number


class Monitoring(Model):
    """A Prometheus beside the containers, which asks every app that names its ``metrics``."""

    image: Annotated[str, AfterValidator(images.image)] = Field(
        default="prom/prometheus:v3.5.0",
        description="Prometheus' image, by digest where the stack is kept. The sandbox brings its own.",
    )
    publish: int = number("port", "The machine's port that it is on.", default=9090, least=1, most=65535)
    scrape_seconds: int = number(
        "seconds",
        "How often it asks. An alert waits for four answers, a rate looks at twenty.",
        default=15,
        least=1,
        most=120,
    )
    alertmanagers: list[str] = Field(
        default_factory=list,
        description="Addresses that alerts are sent to, as http://alerts.example.com:9093, for messages and webhooks.",
    )
    retention_days: int = number("days", "How long it remembers.", default=7, least=1, most=400)
    retention_mb: int = number(
        "MB", "The most that it stores; the oldest data are deleted first.", default=512, least=64, most=100_000
    )
    memory: int = number("MB", "Memory it may use (MB).", default=256, least=64, most=32768)
    error_percent: int = number("%", "Share of requests that may fail before it alerts.", default=5, least=1, most=100)
    latency_ms: int = number(
        "milliseconds",
        "Time in which 95 % of the requests are answered, or it alerts.",
        default=1000,
        least=1,
        most=60_000,
    )
    memory_percent: int = number(
        "%", "Share of its memory limit that an app may use before it alerts.", default=90, least=10, most=100
    )

    @field_validator("alertmanagers")
    @classmethod
    def addresses(cls, urls: list[str]) -> list[str]:
        """Each is an address."""
        for url in urls:
            Alertmanager.at(url)
        return urls
