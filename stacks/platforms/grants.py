"""A grant: one thing that an app's identity may do besides what its own needs bring."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from stacks.platforms.model import Model

NAME = r"[a-z][a-z0-9-]{0,40}"
ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*")
LEAST_REASON = 10
"""Characters of a reason, less than which none can be."""


def _thing(kind: str, value: str) -> str:
    """``bucket APP/NAME`` as it is written."""
    if not re.fullmatch(rf"{kind} {NAME}/{NAME}", value):
        raise ValueError(f"must be `{kind} APP/NAME`, the {kind} NAME of an app of this stack, got {value!r}")
    return value


def bucket(value: str) -> str:
    """A bucket of an app's."""
    return _thing("bucket", value)


def queue(value: str) -> str:
    """A queue of an app's events."""
    return _thing("queue", value)


def actions(values: list[str]) -> list[str]:
    """Single actions: a whole service's are no least privilege."""
    for value in values:
        if not ACTION.fullmatch(value):
            raise ValueError(
                f"must be single actions, as rekognition:DetectLabels, got {value!r}: name each, without *"
            )
        if value.startswith(("iam:", "sts:", "organizations:")):
            raise ValueError(f"must not be actions on rights themselves, got {value!r}: take it out")
    return values


Bucket = Annotated[str, AfterValidator(bucket)]


class Grant(Model):
    """What may be done, to what. Nothing follows from it: who may write may not read."""

    read: Bucket | None = Field(default=None, description="`bucket APP/NAME`: read and list what is in it.")
    write: Bucket | None = Field(default=None, description="`bucket APP/NAME`: write and delete what is in it.")
    publish: Annotated[str, AfterValidator(queue)] | None = Field(
        default=None, description="`queue APP/NAME`: send messages to the queue of an app's event."
    )
    invoke: str | None = Field(
        default=None, pattern=rf"^{NAME}$", description="An app on Lambda of this stack, which it may call."
    )
    allow: Annotated[list[str], AfterValidator(actions)] = Field(
        default_factory=list,
        description="Single actions of AWS, as rekognition:DetectLabels, for what no word here says: with resource and "
        "reason.",
    )
    resource: str | None = Field(
        default=None,
        pattern=r"^(\*|arn:[a-z-]+:\S+)$",
        description="The ARN that they are allowed on, or * for actions that know no resources.",
    )
    reason: str | None = Field(default=None, description="Why they are needed: a sentence for who reviews them.")

    @model_validator(mode="after")
    def says_one_thing(self) -> "Grant":
        """Exactly one kind, and a raw statement with what it needs."""
        kinds = [kind for kind in ("read", "write", "publish", "invoke", "allow") if getattr(self, kind)]
        if len(kinds) != 1:
            names = " and ".join(kinds) or "none"
            raise ValueError(f"must say one of read, write, publish, invoke and allow, got {names}: one grant each")
        if self.allow and not self.resource:
            raise ValueError("resource is needed beside allow, got none: give the ARN that the actions are allowed on")
        if self.allow and len((self.reason or "").strip()) < LEAST_REASON:
            raise ValueError(f"reason is needed beside allow, got {self.reason or ''!r}: say why in a sentence")
        if not self.allow and (self.resource or self.reason):
            raise ValueError(f"resource and reason are for allow, got them beside {kinds[0]}: take them out")
        return self

    @property
    def target(self) -> tuple[str, str]:
        """The app that has what is granted, and what it is called there; ("", "") of a raw statement."""
        app, _, thing = (self.read or self.write or self.publish or self.invoke or "").rpartition(" ")[2].partition("/")
        return app, thing
