"""What passes between the stages of an operation: goals from the program, steps from the planner.

The way of a resource: the monitor makes a :class:`Goal` of what the program registered; the planner compares it with
the old state and makes :class:`Step` s, data that nothing has happened to yet; the executor applies them one after the
other and answers the program.
"""

import concurrent.futures
import copy
from dataclasses import dataclass, field
from typing import Any

from slipway.engine.checkpoint.state import Resource
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
        """What the engine calls such a provider."""
        kept = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in self.version)
        url = "".join(letter if letter.isalnum() else "_" for letter in self.url)
        return "_".join(filter(None, ("default", kept, url)))


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


@dataclass
class Registration:
    """A goal on its way; ``answer`` is what the program waits for: the resource as it became."""

    goal: Goal
    urn: str
    problem: str = ""
    """What is wrong with it at first sight, known before its turn comes."""
    answer: "concurrent.futures.Future[Resource]" = field(default_factory=concurrent.futures.Future)


@dataclass
class OutputsRegistration:
    """What a component, or the stack, says its outputs are."""

    urn: str
    outputs: Props
    answer: "concurrent.futures.Future[None]" = field(default_factory=concurrent.futures.Future)


LOGICAL = frozenset({"same", "create", "update", "delete", "replace", "read", "import", "discard"})
"""Steps that a person counts; the others are parts of a replacement."""
PENDING = {
    "create": "creating",
    "create-replacement": "creating",
    "update": "updating",
    "delete": "deleting",
    "delete-replaced": "deleting",
    "read": "reading",
    "read-replacement": "reading",
    "import": "importing",
    "import-replacement": "importing",
}
"""What a step is called while it is going on."""


@dataclass(eq=False)
class Step:
    """One thing to do to one resource."""

    op: str
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
    """For a delete: what it is deleted with goes too."""

    @property
    def subject(self) -> Resource:
        """The resource it is about."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def urn(self) -> str:
        """The name of the resource it is about."""
        return self.subject.urn

    @property
    def logical(self) -> bool:
        """Whether a person counts it."""
        return self.op in LOGICAL

    def calls_provider(self) -> bool:
        """Whether a provider is asked to do something, so that a trace of it must be on disk before."""
        resource = self.subject
        if self.op not in PENDING or not resource.custom or urns.is_provider_type(resource.type):
            return False
        if self.op in ("delete", "delete-replaced"):
            return not (resource.external or resource.retainOnDelete or self.goes_with)
        return True


def wanted(goal: Goal, urn: str, inputs: Props, old: Resource | None) -> Resource:
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
        retainOnDelete=goal.retain_on_delete,
        deletedWith=goal.deleted_with,
        created=old.created if old else "",
        modified=old.modified if old else "",
        sourcePosition=goal.source_position,
        ignoreChanges=list(goal.ignore_changes),
        hideDiff=list(goal.hide_diffs),
        replaceOnChanges=list(goal.replace_on_changes),
        replaceWith=list(goal.replace_with),
        replacementTrigger=goal.replacement_trigger,
        resourceHooks=goal.hooks,
    )
