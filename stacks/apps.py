"""The apps of a stack: what each one is and where it goes."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from components.names import RESERVED_VERSIONS
from stacks import checks
from stacks.marks import told
from stacks.tables import PYTHONS


class Model(BaseModel):
    """Read as it is written: nothing is converted, nothing ignored, nothing changed afterwards."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)


def source_folder(value: str) -> str:
    """A folder of this repository, as a relative path with slashes."""
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts or "\\" in value:
        raise ValueError(f"must be a folder below the project's root, as app_src/NAME, got {value!r}")
    return value


def usable_prefix(value: str) -> str:
    """What an App Engine version's id may begin with."""
    if value in RESERVED_VERSIONS or f"{value}-".startswith("ah-"):
        raise ValueError(
            f"a version id may not be 'default' or 'latest' nor begin with 'ah-', got {value!r}: take another, as 'v'"
        )
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", value) or value.endswith("-"):
        raise ValueError(f"must be 1 to 20 characters of a-z, 0-9 and '-', a letter first, got {value!r}")
    return value


Source = Annotated[str, AfterValidator(source_folder)]
Python = Annotated[str, AfterValidator(lambda value: checks.listed(value, PYTHONS, "a Python both clouds run"))]
Env = Annotated[dict[str, str], AfterValidator(checks.environment_variables)]


class Scaling(Model):
    """How many instances of an App Engine service run."""

    min_instances: int = Field(
        default=0,
        ge=0,
        description="Instances that always run; 0 costs nothing while nobody asks.",
        json_schema_extra=told("instances"),
    )
    max_instances: int = Field(
        default=1, ge=1, description="Ceiling on instances, and so on the bill.", json_schema_extra=told("instances")
    )

    @model_validator(mode="after")
    def in_order(self) -> "Scaling":
        """No more at least than at most."""
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances must not be over max_instances, got {self.min_instances} and {self.max_instances}"
            )
        return self


class AnyApp(Model):
    """What every app has."""

    source: Source = Field(description="Its folder, from the project's root.")
    python: Python | None = Field(
        default=None, description="Its Python, as 3.13. Default: needed; the machine's own in the sandbox."
    )
    env: Env = Field(default_factory=dict, description="Environment variables that anyone may read.")
    probe: list[str] = Field(default_factory=lambda: ["/"], description="Paths that answer when the app is up.")


class AppEngineApp(AnyApp):
    """An app on App Engine standard."""

    home: Literal["app-engine"] = Field(description="Where the app goes: app-engine or lambda.")
    service: str = Field(
        default="default",
        pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="The App Engine service; one is `default`.",
    )
    entrypoint: Annotated[str, AfterValidator(checks.entrypoint_port)] = Field(
        default="gunicorn -b :$PORT -w 1 main:app", description="The command that serves, on $PORT."
    )
    scaling: Scaling = Field(default_factory=Scaling, description="Instances, at least and at most.")
    instance_class: Literal["F1", "F2", "F4", "F4_1G"] = Field(
        default="F1", description="Memory and CPU of an instance."
    )
    keep_versions: int | None = Field(
        default=None,
        ge=1,
        le=15,
        description="Versions kept, the one that serves among them. Default: by kind of stack.",
        json_schema_extra=told("versions"),
    )
    version_prefix: Annotated[str, AfterValidator(usable_prefix)] = Field(
        default="v", description="What a version's id begins with; a digest follows."
    )


class LambdaApp(AnyApp):
    """An app on AWS Lambda."""

    home: Literal["lambda"] = Field(description="Where the app goes: app-engine or lambda.")
    handler: str = Field(
        pattern=r"^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$", description="module.function, as lambda_function.lambda_handler."
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processor; the wheels are made for it."
    )
    memory: int = Field(default=128, ge=128, le=10240, description="Memory (MB).", json_schema_extra=told("MB"))
    timeout: int = Field(
        default=10, ge=1, le=900, description="Longest run (seconds).", json_schema_extra=told("seconds")
    )
    url: Literal["iam", "public", "none"] = Field(default="iam", description="Who may call the function's URL.")
    reserved_concurrency: int | None = Field(
        default=None,
        ge=0,
        description="Executions set aside for this function. Default: it shares the account's.",
        json_schema_extra=told("executions"),
    )


App = Annotated[AppEngineApp | LambdaApp, Field(discriminator="home")]
HOMES = ("app-engine", "lambda")
