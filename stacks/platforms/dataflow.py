"""A pipeline on Dataflow."""

import re
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from stacks.platforms.base import AnyApp
from stacks.setting_metadata import metadata, number
from stacks.tables import REAL

"""Environments that are in a cloud."""
FILES = "files"
READABLE = ("gs://BUCKET/OBJECT", "projects/P/topics/T", "projects/P/subscriptions/S", "PROJECT:DATASET.TABLE")
WRITTEN_FORMS = (r"gs://[a-z0-9][a-z0-9._-]*/.+", r"projects/[^/]+/topics/[^/]+", r"[a-z][a-z0-9.:-]*:\w+\.[\w$-]+")
READ_FORMS = (*WRITTEN_FORMS, r"projects/[^/]+/subscriptions/[^/]+")
"""The same forms as those of the component, which is not imported for the settings alone."""
Parameter = Annotated[str, Field(pattern=r"^[A-Za-z_][\w-]*$")]


def sample_file(value: str) -> str:
    """A file of the app's folder, as a relative path with slashes."""
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts or "\\" in value:
        raise ValueError(f"must be a file of the app's folder, as sample/text.txt, got {value!r}")
    return value


def read_name(value: str) -> str:
    """Cloud Storage, Pub/Sub, BigQuery, or something of the app's folder."""
    if value.startswith(("gs://", "projects/")) or ":" in value:
        if not any(re.fullmatch(form, value) for form in READ_FORMS):
            raise ValueError(f"must be {' or '.join(READABLE)}, got {value!r}")
        return value
    return sample_file(value)


def written_name(value: str) -> str:
    """Cloud Storage, Pub/Sub, BigQuery, or ``files`` in the pipeline's own bucket."""
    if value != FILES and not any(re.fullmatch(form, value) for form in WRITTEN_FORMS):
        raise ValueError(
            f"must be files, gs://BUCKET/PREFIX, projects/P/topics/T or PROJECT:DATASET.TABLE, got {value!r}"
        )
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
        "domain": "a pipeline answers no requests: take domain out",
        "database": ("a pipeline is told what it reads and writes by reads and writes: take database out"),
        "grants": ("a pipeline is granted what its reads and writes name: take grants out"),
        "events": ("a pipeline reads its input and takes no messages: take events out"),
        "bucket": "a pipeline has a bucket already, with input/ and output/: take bucket out",
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
        default=None, pattern=r"^gs://[^/]+/.+$", description="The input in place of a sample (gs://…)."
    )
    reads: dict[Parameter, Annotated[str, AfterValidator(read_name)]] = Field(
        default_factory=dict,
        description=(
            "By the pipeline's parameter, what it reads: a file of the app's folder (or a folder, with a slash at its "
            "end), `gs://…`, `projects/P/topics/T`, `projects/P/subscriptions/S` or `PROJECT:DATASET.TABLE`. "
            "Default: `input`, from `sample` or `input`; nothing where there is none of these."
        ),
    )
    writes: dict[Parameter, Annotated[str, AfterValidator(written_name)]] = Field(
        default_factory=dict,
        description=(
            "By the pipeline's parameter, what it writes: `files` in the pipeline's own bucket, `gs://…`, "
            "`projects/P/topics/T` or `PROJECT:DATASET.TABLE`. Default: `output: files`; nothing of a "
            "pipeline that reads nothing and has no such option."
        ),
    )
    main: str = Field(
        default="main.py", pattern=r"^(\w+/)*[A-Za-z_]\w*\.py$", description="The file of its folder that is run."
    )
    parameters: dict[Parameter, str] = Field(
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
        """There is one way to name the input, and no setting that a pipeline cannot have."""
        ways = [name for name in ("sample", "input", "reads") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(
                f"needs one of sample (a file of its folder), input (gs://…) and reads, got {' and '.join(ways)}"
            )
        if self.env:
            raise ValueError(f"a pipeline gets parameters, not env, got {', '.join(self.env)}: move them there")
        named = [*self.all_reads, *self.all_writes, *self.parameters]
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"parameters: {twice[0]} is filled already: take it out of parameters, reads or writes")
        return self

    @property
    def all_reads(self) -> dict[str, str]:
        """What is read, by parameter."""
        place = self.sample or self.input
        return dict(self.reads) or ({"input": place} if place else {})

    @property
    def all_writes(self) -> dict[str, str]:
        """What is written, by parameter."""
        return dict(self.writes) or ({"output": FILES} if self.all_reads else {})

    @property
    def samples(self) -> dict[str, str]:
        """What of that is in the app's folder."""
        return {name: place for name, place in self.all_reads.items() if ":" not in place and "projects/" not in place}

    @property
    def cloud_only(self) -> dict[str, str]:
        """What of reads and writes the sandbox's runner of Beam cannot reach: Pub/Sub (served there) and BigQuery."""
        return {
            name: place
            for name, place in {**self.all_reads, **self.all_writes}.items()
            if place.startswith("projects/") or (":" in place and not place.startswith("gs://"))
        }
