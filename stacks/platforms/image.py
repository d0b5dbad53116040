"""What an app has that goes anywhere as an image."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from stacks import images
from stacks.platforms.base import AnyApp
from stacks.setting_metadata import number


class ImageApp(AnyApp):
    """An app with a Dockerfile."""

    needs_docker: ClassVar = True

    command: str | None = Field(
        default=None,
        description="What serves on $PORT, where a Dockerfile is made; on a Docker daemon also what is started in "
        "the place of an own Dockerfile's CMD. Default: gunicorn, with the entry; the Dockerfile's.",
    )
    version: Annotated[str, AfterValidator(images.version)] = Field(
        default="1.0.0", description="The beginning of its image's tag; a digest of its content follows."
    )
    dockerfile: str = Field(
        default="Dockerfile",
        pattern=r"^\.?[\w-][\w.-]*(/\.?[\w-][\w.-]*)*$",
        description="Its Dockerfile, below source, which is what it copies from; `made`: one that is made, "
        "whatever the folder has. Default: the one that is there alone.",
    )
    target: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$",
        description="The stage of the Dockerfile that is built. Default: the last.",
    )
    base: Annotated[str, AfterValidator(images.image)] | None = Field(
        default=None,
        description="The base image, by digest where the stack is kept. Default: the Dockerfile's; the sandbox's own.",
    )
    memory: int = number(
        "MB", "Memory (MB); what needs more is killed and started again.", default=128, least=64, most=32768
    )
