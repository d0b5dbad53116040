"""What a row of the catalog says of a resource type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from slipway.catalog.price import FREE, Free, Price
from slipway.wire.signatures import SIGNATURE, UNKNOWNS

NOTHING, UNKNOWN_COST = "nothing", "unknown"
"""What something costs while it lingers."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition on one input of a resource."""

    path: str
    """The input's dotted path."""
    values: tuple[Any, ...]
    """The values for which the condition holds."""
    default: Any = None
    """The value that the provider takes if the input is not set."""

    def holds(self, inputs: Mapping[str, Any]) -> bool | None:
        """Whether the condition holds; None if the input is a secret or not known yet."""
        value = value_at(inputs, self.path)
        if not is_readable(value):
            return None
        return (self.default if value is None else value) in self.values


@dataclass(frozen=True, kw_only=True)
class Block:
    """What stops a destroy."""

    when: Condition
    why: str
    """The second half of a sentence about the resource."""
    certain: bool = True
    """Whether the destroy stops for certain, or only if something is in the resource."""


@dataclass(frozen=True, kw_only=True)
class Linger:
    """What is left of a resource after its destroy."""

    until: str
    """How long; ``{days:g}`` stands for the days."""
    cost: str = NOTHING
    """What it costs until then, in words."""
    when: Condition | None = None
    """Only if this condition holds."""
    days: "Days | None" = None
    """The days of ``until``; 0 days linger not at all."""
    what: str = ""
    """What lingers, if it is not the resource itself; ``{id}`` stands for the resource's id."""
    retained_too: bool = False
    """Whether the sentence is true as well of a resource that the stack only forgets."""
    counted: str = ""
    """Words for several of them: "APIs, on in the project". Such resources of one project are told in one line."""


@dataclass(frozen=True, kw_only=True)
class Days:
    """A number of days that an input decides."""

    path: str
    default: float
    """The provider's default, in the input's unit."""
    per_day: float = 1
    """How many of the input's units make a day."""

    def of(self, inputs: Mapping[str, Any]) -> float:
        """The days; by the default if the input is not set, is no number, or is not known yet."""
        value = value_at(inputs, self.path)
        if isinstance(value, str) and is_readable(value):
            value = value.removesuffix("s")  # Google writes durations as "86400s"
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float(self.default)
        return number / self.per_day


@dataclass(frozen=True, kw_only=True)
class GoogleUrl:
    """A REST address that answers 404 if the resource is not there."""

    url: str
    """``{id}`` stands for the resource's id, which in Google Cloud is its path."""


@dataclass(frozen=True, kw_only=True)
class AwsCall:
    """An operation of AWS that describes the resource."""

    service: str
    operation: str
    """boto3's name of the operation."""
    arguments: Mapping[str, Any]
    """``{id}`` stands for the id; ``{0}`` and ``{1}`` for its parts at ``separator``."""
    key: str
    """Where the answer has the resource, or a list to look for it in."""
    separator: str = ""


@dataclass(frozen=True, kw_only=True)
class DockerCollection:
    """A collection of the Docker SDK's client that knows the object by its id."""

    name: str


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """A place where a person looks: the cloud cannot be asked without opening the stack's secrets."""

    where: str


Ask: TypeAlias = GoogleUrl | AwsCall | DockerCollection | ByHand
"""How a cloud is asked whether a resource is still there."""


@dataclass(frozen=True, kw_only=True)
class AwsListing:
    """The operation that lists everything of the type that the sandbox's AWS has."""

    service: str
    operation: str
    key: str
    """Where the answer has the list."""
    name: str
    """The field of an entry that names it; "" where an entry is the name."""
    words: str
    global_service: bool = False
    """Whether the service has no regions."""


@dataclass(frozen=True, kw_only=True)
class StoreKinds:
    """The kinds of records that the sandbox's own store keeps for the type."""

    store: Literal["google", "beanstalk"]
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Actions:
    """The permissions that a provider needs for resources of a type, as the cloud spells them."""

    create: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


LabelKey: TypeAlias = Literal["", "labels", "tags", "userLabels"]


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """All that Slipway knows of a resource type."""

    type: str
    """Pulumi's name of the type."""
    words: str
    """What it is called in a sentence, without the cloud: "bucket"."""
    holds_data: bool = False
    """Whether it holds something that no ``up`` brings back."""
    data_expires: bool = False
    """Whether that ends by itself after a time, so that production need not protect it: logs, measurements."""
    stops_destroy: tuple[Block, ...] = ()
    lingers: tuple[Linger, ...] = ()
    deletion_policy: Literal["", "DELETE", "PREVENT", "ABANDON"] = ""
    """The provider's default of the input ``deletionPolicy``; empty if the type has no such input."""
    empty_first: str = ""
    """The input that lets the provider empty the resource; its cloud deletes it only when it is empty."""
    belongs_to: str = ""
    """What the resource goes with, or why its cloud is not asked for it: the rest of "it belongs to"."""
    goes_with_project: bool = False
    """Whether the deletion of its Google project ends it, whatever its own destroy leaves."""
    ask: Ask | None = None
    listing: AwsListing | StoreKinds | None = None
    """How the sandbox lists all resources of the type; None if the listing of another type shows them."""
    labels: LabelKey = ""
    """The input that takes labels."""
    price: Free | tuple[Price, ...] = FREE
    """The rows of the price table, the first that fits counts; empty if the price is not known."""
    actions: Actions = field(default_factory=Actions)

    def __post_init__(self) -> None:
        if self.ask and self.belongs_to:
            raise ValueError(f"{self.type}: a resource is either asked for or belongs to another, not both")

    @property
    def cloud(self) -> str:
        """The name of the cloud in words, or an empty text."""
        return CLOUDS.get(self.type.partition(":")[0], "")

    @property
    def title(self) -> str:
        """Cloud and words: "Google Cloud bucket"."""
        return f"{self.cloud} {self.words}".strip()


CLOUDS: Mapping[str, str] = {
    "gcp": "Google Cloud",
    "aws": "AWS",
    "pythonanywhere": "PythonAnywhere",
}
"""Package of a type → the cloud's name."""


def value_at(inputs: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    """The value at a dotted path; None if nothing stands there; an unreadable value as it is."""
    value: Any = inputs
    for step in path.split("."):
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        if value is None or not is_readable(value):
            return value
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def is_readable(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a value is neither unknown nor marked by Pulumi as a secret or an output."""
    return not (isinstance(value, str) and value in UNKNOWNS) and not (
        isinstance(value, Mapping) and SIGNATURE in value
    )
