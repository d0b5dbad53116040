"""What passes between the stages of an operation: goals from the program, steps from the planner.

The way of a resource: the monitor makes a :class:`Goal` of what the program registered; the planner compares it with
the old state and makes :class:`Step` s, data that nothing has happened to yet; the executor applies them one after the
other and answers the program.
"""

import concurrent.futures
import copy
import re
from dataclasses import dataclass, field
from typing import Any

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.ops import StepOp
from slipway.engine.providers.protocol import Serves
from slipway.engine.values import urn as urns
from slipway.wire.values import Props


@dataclass(frozen=True)
class Alias:
    """An earlier name of a resource: a whole URN, or the parts that were different."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True)
class ProviderRequest:
    """The default provider that a resource without an explicit one wants."""

    package: str
    version: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """The name of the default provider's resource, as Pulumi makes it: ``default_1_2_0_https_/example.com``."""
        version = re.sub(r"[.+-]", "_", self.version)
        parts = (part for part in self.url.split("/") if part)
        url = "/".join(re.sub(r"[^A-Za-z0-9_.-]", "_", part) for part in parts)
        return "_".join(filter(None, ("default", version, url)))


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What the program wants a resource to be. ``id`` is set where it is to be imported (or read)."""

    type: str
    name: str
    custom: bool
    inputs: Props
    parent: str = ""
    id: str = ""
    protect: bool = False
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    default_provider: ProviderRequest | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    timeouts: dict[str, float] = field(default_factory=dict)
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None
    hide_diffs: tuple[str, ...] = ()
    hooks: dict[str, list[str]] = field(default_factory=dict)
    source_position: str = ""
    read: bool = False
    """Whether the resource is looked at only."""
    adopted: bool = False
    """Whether the command ``import`` adopts it, and not the program."""


@dataclass(eq=False)
class Registration:
    """A goal on its way; ``answer`` is what the program waits for: the resource as it became."""

    goal: Goal
    urn: str
    problem: str = ""
    """What is wrong with it at first sight, known before its turn comes."""
    answer: "concurrent.futures.Future[Answer]" = field(default_factory=concurrent.futures.Future)


@dataclass(frozen=True)
class Answer:
    """What became of a registration: the resource, and whether it failed or was left out because of a failure.

    That happens with ``--continue-on-error`` only; the program sees unknown outputs then, and goes on.
    """

    resource: Resource
    failed: bool = False


@dataclass
class OutputsRegistration:
    """What a component, or the stack, says its outputs are."""

    urn: str
    outputs: Props
    answer: "concurrent.futures.Future[None]" = field(default_factory=concurrent.futures.Future)


@dataclass(frozen=True, eq=False)
class Step:
    """One thing to do to one resource. Raises ValueError where its resources do not fit its kind.

    A step is a decision: the executor carries it out and completes the resource in ``new``; the step stays as it is.
    """

    op: StepOp
    old: Resource | None = None
    new: Resource | None = None
    answers: Registration | None = None
    provider: Serves | None = None
    keys: tuple[str, ...] = ()
    """The properties that make it a replacement."""
    diffs: tuple[str, ...] = ()
    detailed: dict[str, tuple[str, bool]] | None = None
    ignore: tuple[str, ...] = ()
    pending_delete: bool = False
    """For a create-replacement: the old one stays until the deletes at the end."""
    pending_replacement: bool = False
    """For a delete-replaced: it goes before its successor is made."""
    skipped: bool = False
    """For a same: the resource does not exist and is not to be made now."""
    goes_with: bool = False
    """For a delete: the resource in its ``deletedWith`` goes too."""
    outcome: StepOp | None = None
    """For a refresh that has been done: what it makes of the entry in the state (same, update or delete)."""

    def __post_init__(self) -> None:
        traits = self.op.traits
        if traits.needs_old and self.old is None:
            raise ValueError(f"the step {self.op} has no old resource")
        if traits.needs_new and self.new is None:
            raise ValueError(f"the step {self.op} has no new resource")
        if not self.subject.urn or not self.subject.type:
            raise ValueError(f"the resource of the step {self.op} has no URN or no type")
        if self.new is not None and self.new.id and self.op in _MADE:
            raise ValueError(f"the resource {self.urn} of the step {self.op} has the id {self.new.id} already")

    @property
    def subject(self) -> Resource:
        """The resource that the step is about: the new one, or the old one where there is no other."""
        resource = self.new or self.old
        if resource is None:
            raise ValueError(f"the step {self.op} has no resource")
        return resource

    @property
    def before(self) -> Resource:
        """The old resource of a step that has one."""
        if self.old is None:
            raise ValueError(f"the step {self.op} of {self.urn} has no old resource")
        return self.old

    @property
    def after(self) -> Resource:
        """The new resource of a step that has one."""
        if self.new is None:
            raise ValueError(f"the step {self.op} of {self.urn} has no new resource")
        return self.new

    @property
    def urn(self) -> str:
        """The URN of the resource that the step is about."""
        return self.subject.urn

    def calls_provider(self) -> bool:
        """Whether a provider is asked to do something, so that a trace of it must be on disk before."""
        resource = self.subject
        if not self.op.traits.pending or not resource.custom or urns.is_provider_type(resource.type):
            return False
        if self.op in DELETES:
            return not (resource.external or resource.retainOnDelete or self.goes_with)
        return True


_MADE = frozenset({StepOp.CREATE, StepOp.CREATE_REPLACEMENT})
DELETES = frozenset({StepOp.DELETE, StepOp.DELETE_REPLACED})
IMPORTS = frozenset({StepOp.IMPORT, StepOp.IMPORT_REPLACEMENT})
READS = frozenset({StepOp.READ, StepOp.READ_REPLACEMENT})


def resource_of(goal: Goal, urn: str, inputs: Props, old: Resource | None) -> Resource:
    """The resource that a goal asks for, before anything was done about it."""
    return Resource(
        urn=urn,
        type=goal.type,
        custom=goal.custom,
        inputs=copy.copy(inputs),
        parent=goal.parent,
        protect=goal.protect,
        dependencies=list(goal.dependencies),
        provider=goal.provider,
        propertyDependencies=goal.property_dependencies,
        additionalSecretOutputs=list(goal.additional_secret_outputs),
        customTimeouts=goal.timeouts,
        importID=goal.id,
        retainOnDelete=goal.retain_on_delete,
        deletedWith=goal.deleted_with,
        created=old.created if old else "",
        modified=old.modified if old else "",
        sourcePosition=goal.source_position,
        ignoreChanges=list(goal.ignore_changes),
        hideDiff=list(goal.hide_diffs),
        replaceOnChanges=list(goal.replace_on_changes),
        refreshBeforeUpdate=old.refreshBeforeUpdate if old else False,
        replaceWith=list(goal.replace_with),
        replacementTrigger=goal.replacement_trigger,
        resourceHooks=goal.hooks,
    )
