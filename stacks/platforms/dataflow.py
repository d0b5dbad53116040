"""A pipeline on Dataflow."""

import re
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from stacks.platforms.base import AnyApp
from stacks.setting_metadata import metadata, number

REAL = ("dev", "staging", "prod")
"""Environments that are in a cloud."""


def sample_file(value: str) -> str:
    """A file of the app's folder, as a relative path with slashes."""
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts or "\\" in value:
        raise ValueError(f"must be a file of the app's folder, as sample/text.txt, got {value!r}")
    return value


def by_digest(value: str) -> str:
    """An image that stays what it is."""
    if not re.fullmatch(r"[^\s@]+@sha256:[0-9a-f]{64}", value):
        raise ValueError(f"must name the image's digest (REGISTRY/NAME@sha256:…), got {value!r}: a tag may move")
    return value


class DataflowApp(AnyApp):
    """A pipeline on Dataflow."""

    cloud: ClassVar = "gcp"
    title: ClassVar = "Dataflow"
    delivers_sealed: ClassVar = "none: a pipeline has no environment of its own"
    lacks: ClassVar = {
        "release": "a pipeline has no version that waits to serve: make what prepares it a step of its own, and take "
        "release out",
        "data": (
            "a pipeline keeps no files: its workers end with it: write below its bucket's output/, and take data out"
        ),
    }

    platform: Literal["dataflow"] = Field(description="Where the app goes.")
    probe: list[str] = Field(default_factory=list, max_length=0, description="None: a pipeline answers no requests.")
    sample: Annotated[str, AfterValidator(sample_file)] | None = Field(
        default=None, description="A file of its folder that is uploaded to `input/` and read."
    )
    input: str | None = Field(
        default=None, pattern=r"^gs://[^/]+/.+$", description="What is read in place of a sample (gs://…)."
    )
    parameters: dict[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")], str] = Field(
        default_factory=dict, description="Further options of the pipeline, by name."
    )
    image: Annotated[str, AfterValidator(by_digest)] | None = Field(
        default=None,
        description="The image that launches and runs it, by digest. Default: needed; none in the sandbox.",
        json_schema_extra=metadata(only=REAL),
    )
    max_workers: int = number("workers", "Ceiling on workers, and so on the bill.", default=1, least=1, most=1000)
    machine_type: str | None = Field(
        default=None, pattern=r"^[a-z][a-z0-9]*-[a-z0-9-]+$", description="A worker's machine. Default: Dataflow's own."
    )
    subnetwork: str | None = Field(
        default=None,
        pattern=r"^regions/[a-z0-9-]+/subnetworks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="An existing one with private Google access. Default: one that the stack makes.",
    )
    streaming: bool = Field(default=False, description="Whether it never ends.", json_schema_extra=metadata(only=REAL))
    streaming_engine: bool = Field(
        default=True, description="Whether a streaming pipeline's state is kept by the service, not on workers' disks."
    )
    temporary_days: int = number("days", "How long what lies in `staging/` and `temp/` is kept.", default=3, least=1)
    attempt: int = Field(default=1, ge=1, description="Another number runs the same code once more.")
    tries: int = Field(
        default=3, ge=1, le=10, description="How often a run that fails is started in all, once by each `up`."
    )

    @model_validator(mode="after")
    def says_what_to_read(self) -> "DataflowApp":
        """One input; nothing that a pipeline cannot have."""
        if (self.sample is None) == (self.input is None):
            both = "both" if self.sample else "neither"
            raise ValueError(f"needs sample (a file of its folder) or input (gs://…), got {both}: say one")
        if self.env:
            raise ValueError(f"a pipeline gets parameters, not env, got {', '.join(self.env)}: move them there")
        if owners := sorted({"input", "output"} & self.parameters.keys()):
            raise ValueError(f"parameters: {owners[0]} is the stack's to say, got another: use sample or input")
        return self
