"""What rules read and what they say: resources, the stack's circumstances, rules, findings."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

from policy.values import Value, at, decoded, plain, readable

Level = Literal["advisory", "mandatory"]

ENVIRONMENTS = ("sandbox", "dev", "staging", "prod")

EUROPE = (
    *("eu", "eur3", "eur4", "europe", "europe-west", "europe-north1", "europe-central2", "europe-southwest1"),
    *(f"europe-west{number}" for number in (1, 2, 3, 4, 6, 8, 9, 10, 12)),
    *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
    *("eu-west-1", "eu-west-2", "eu-west-3"),
)
"""Where stacks may run unless their file says otherwise: Google's and Amazon's regions in Europe."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as its stack declares it; `props` are plain data (see `policy.values`)."""

    type: str
    name: str
    urn: str
    props: Mapping[str, Value]
    protect: bool = False
    parent: str | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Property → URNs it was computed from: what links two resources while ids are unknown."""
    provider: Mapping[str, Value] = field(default_factory=dict)
    """The properties of its provider: region, default tags."""

    @classmethod
    def from_wire(
        cls, *, props: Mapping[str, Value], provider: Mapping[str, Value] | None = None, **rest: Value
    ) -> "Resource":
        """A resource whose properties are in Pulumi's wire format."""
        return cls(props=plain(props), provider=plain(provider or {}), **rest)

    def get(self, path: str, default: Value = None) -> Value:
        """The value at a dotted path, `default` where nothing stands there."""
        value = at(self.props, path)
        return default if value is None else value

    def may_belong_to(self, other: "Resource", prop: str) -> bool:
        """Whether `prop` names `other`: by dependency where one is recorded, else by name or id.

        True also where that cannot be told yet, for what is unknown is no fault.
        """
        if recorded := self.property_dependencies.get(prop):
            return other.urn in recorded
        actual = self.get(prop)
        names = [other.props[key] for key in ("bucket", "id", "name", "arn") if key in other.props]
        return not all(readable(value) for value in (actual, *names)) or actual in names


@dataclass(frozen=True, kw_only=True)
class Context:
    """The circumstances of the stack that a rule may depend on."""

    stack: str
    environment: str
    """`sandbox`, `dev`, `staging` or `prod`."""
    today: date
    ephemeral: bool = False
    """Made to be destroyed: carries an expiry, needs no protection."""
    allowed_regions: frozenset[str] = frozenset(EUROPE)
    max_instances: int = 20
    """The most instances or workers one service may scale to."""

    @property
    def sandbox(self) -> bool:
        """Nothing of it leaves this machine, so nothing of it costs."""
        return self.environment == "sandbox"

    @property
    def production(self) -> bool:
        """Whether users and their data depend on it."""
        return self.environment == "prod"

    @classmethod
    def from_config(cls, stack: str, config: Mapping[str, Value], today: date) -> "Context":
        """The context of `stack` by its configuration: full keys, structures as such or as the JSON Pulumi passes on.

        Without `slipway:environment` the stack's name says it; a throw-away copy (`demo-anna`) is judged as `dev` is.
        """
        environment = config.get("slipway:environment", stack if stack in ENVIRONMENTS else "dev")
        regions = decoded(config.get("policy:allowedRegions"))
        return cls(
            stack=stack,
            environment=environment,
            today=today,
            ephemeral=config.get("slipway:kind", "kept") == "ephemeral",
            allowed_regions=frozenset(EUROPE if regions is None else regions),
            max_instances=int(config.get("policy:maxInstances", cls.max_instances)),
        )


@dataclass(frozen=True, kw_only=True)
class About:
    """What every rule says of itself; the page `docs/guide/policy.md` is made of it."""

    id: str
    title: str
    rationale: str
    level: Level = "mandatory"
    source: str
    """Where the rule comes from: Checkov's id, or the page of this repository."""
    remedy: str
    """What to do, the last sentence of each of its findings."""
    worst: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """A pattern for a property's name → what it could be at worst while it is not known yet, or a secret."""


@dataclass(frozen=True, kw_only=True)
class Rule(About):
    """A rule about one resource; `check` yields what is wrong with it."""

    types: tuple[str, ...]
    """Resource types it speaks of; a `*` at the end stands for any."""
    check: "Check"


StackFault: TypeAlias = tuple[Resource | None, str]


@dataclass(frozen=True, kw_only=True)
class StackRule(About):
    """A rule about resources together; `check` yields faults with the resource they are about, or None: the stack."""

    check: Callable[["tuple[Resource, ...]", Context], Iterator[StackFault]]


AnyRule: TypeAlias = Rule | StackRule

Check: TypeAlias = Callable[[Resource, Context], Iterable[str]]
StackCheck: TypeAlias = Callable[[tuple[Resource, ...], Context], Iterator[StackFault]]


def rule(id: str, **about: Any) -> Callable[[Check], Rule]:  # noqa: ANN401 - Rule's own
    """Makes a rule of the function below it, whose docstring has its title and, as second paragraph, its rationale.

    ``about`` are the other fields of :class:`Rule`.
    """
    return lambda check: Rule(id=id, check=check, **_texts_of(check), **about)


def stack_rule(id: str, **about: Any) -> Callable[[StackCheck], StackRule]:  # noqa: ANN401 - StackRule's own
    """Makes a rule about a stack of the function below it, as :func:`rule` does one about a resource."""
    return lambda check: StackRule(id=id, check=check, **_texts_of(check), **about)


def _texts_of(check: Check | StackCheck) -> dict[str, str]:
    """The title and the rationale of a rule, of the first two paragraphs of its function's docstring."""
    title, rationale, *_ = inspect.cleandoc(check.__doc__ or "").split("\n\n")
    return {"title": title.removesuffix("."), "rationale": " ".join(rationale.split())}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault: which rule, how grave, of what (an empty URN is the stack itself), and what to do."""

    rule: str
    level: Level
    urn: str
    message: str
