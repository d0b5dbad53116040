"""An app as a container on a Docker daemon."""

from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator

from stacks import images
from stacks.platforms.base import SplitsTraffic
from stacks.platforms.image import ImageApp
from stacks.setting_metadata import number


def checked_processors(value: str) -> str:
    """A share of processors, as text: a number of YAML's has surprises of its own (1e3, .5)."""
    if value.replace(".", "", 1).isdecimal() and 0.05 <= float(value) <= 64:
        return value
    raise ValueError(f'must be "0.05" to "64" processors, got {value!r}')


class ContainerApp(ImageApp, SplitsTraffic):
    """An app as a container on a Docker daemon."""

    title: ClassVar = "Docker"
    delivers_sealed: ClassVar = "the container's environment, which `docker inspect` shows on its machine"
    lacks: ClassVar = {
        "domain": (
            "a container answers at a port of its machine: let the web server in front of it answer for the domain, "
            "and take domain out"
        ),
        "database": (
            "Slipway starts no database beside a container yet: seal the address of yours with `slipw"
            "ay secret set APP DATABASE_URL`, and take database out"
        ),
        "bucket": "a container has a disk: say data: [FOLDER], and take bucket out",
        "grants": (
            "a container has no identity that a cloud knows: seal keys of your own with `slipway "
            "secret set APP NAME`, and take grants out"
        ),
        "events": (
            "a container answers requests and takes no messages: take events out, or make it a function on Lambda"
        ),
    }

    platform: Literal["container"] = Field(description="Where the app goes.")
    registry: Literal["gcp", "aws"] | None = Field(
        default=None, description="Where its image goes. Default: the stack's only registry; the sandbox's own."
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64",
        description="The processor of the daemon's machine, which the image is made for; in the sandbox this one.",
    )
    port: int = number("port", "Where it listens, in the container.", least=1, most=65535)
    publish: int | None = number(
        "port", "The machine's port that leads there. Default: the same.", default=None, least=1, most=65535
    )
    address: Literal["127.0.0.1", "0.0.0.0"] = Field(  # noqa: S104 - a choice that is offered, and not the default
        default="127.0.0.1", description="The machine's address that the port is on."
    )
    processors: Annotated[str, AfterValidator(checked_processors)] = Field(
        default="0.5", description="Processors it may use at most, as a share of one or several."
    )
    locked_down: bool = Field(
        default=True,
        description="Its image's files are read-only but for /tmp and data, and root in it has no capability. `false`: "
        "as `docker run` starts it; what it writes is gone with the container.",
    )
    metrics: Annotated[str, Field(pattern=r"^/[\w./-]*$")] | None = Field(
        default=None, description="The path that Prometheus asks. Default: it is not watched."
    )

    proxy: Annotated[str, AfterValidator(images.image)] = Field(
        default="haproxy:3.0.11-alpine",
        description="HAProxy's image, which owns the port; by digest where the stack is kept. "
        "The sandbox takes its own.",
    )

    @field_validator("data")
    @classmethod
    def folders(cls, paths: list[str]) -> list[str]:
        """A volume is a folder."""
        for path in paths:
            if "*" in path or PurePosixPath(path).suffix:
                raise ValueError(
                    f"a container keeps whole folders, got {path!r}: have the app write it below a folder, as "
                    f"data/{PurePosixPath(path).name.replace('*', 'x')}, and say data: [data]"
                )
        return paths

    @property
    def host_port(self) -> int:
        """The machine's port."""
        return self.port if self.publish is None else self.publish
