"""What the decisions of an operation are made from: its setting, and how far its planning has come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.graph import Graph
from slipway.engine.plan.targets import Options
from slipway.engine.providers.registry import Registry
from slipway.wire.values import Props

Tell = Callable[[str, str, str], None]
"""Report a diagnostic: severity, URN, text."""


@dataclass
class Progress:
    """What has been planned so far, and the state that it started from."""

    old: list[Resource]
    """The resources of the last operation, or of a refresh since."""
    interrupted: Mapping[str, Props] = field(default_factory=dict)
    """URN -> the inputs of a creation that was cut off: the state knows no more of it."""
    seen: set[str] = field(default_factory=set)
    """URNs that the program has registered, and old ones that stay without it."""
    kept: set[str] = field(default_factory=set)
    """URNs that are the same, updated, replaced or read: in the end every other old resource is deleted."""
    created: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    """URNs whose deletion is planned; one that is registered after that is made again."""
    deleted_first: set[int] = field(default_factory=set)
    """Old resources (by identity) that are deleted before their replacement."""
    skipped: set[str] = field(default_factory=set)
    """URNs that would be created, but are outside of what the options include."""
    aliased: dict[str, str] = field(default_factory=dict)
    """Old URN -> the new one that says it is the same."""
    old_names: dict[str, str] = field(default_factory=dict)
    """New URN -> the old one that it continues."""
    replace_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """URN -> why it is deleted first along with something that it depends on."""
    targeted: set[str] = field(default_factory=set)
    """With ``--target-dependents``: URNs that are included because of what they depend on."""
    excluded: set[str] = field(default_factory=set)
    """With ``--exclude-dependents``: URNs that are excluded because of what they depend on."""
    providers: dict[str, Resource] = field(default_factory=dict)
    """The providers of this operation, by URN."""
    to_delete: list[Resource] = field(default_factory=list)
    """With ``destroy --run-program``: what the program registered, and is to be deleted all the same."""
    failed: bool = False
    """Whether something was refused that a preview goes on after."""
    olds: dict[str, Resource] = field(init=False)
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        self.rebase(self.old)

    def rebase(self, old: list[Resource]) -> None:
        """Take the resources of the last operation (or of a refresh) as those to start from."""
        self.old = old
        self.olds = {resource.urn: resource for resource in old if not resource.delete}
        self.graph = Graph(old)

    def touched(self) -> set[str]:
        """The URNs that something is planned for: they depend on nothing that comes later."""
        return self.kept | self.created | self.deleted | self.skipped


@dataclass(frozen=True, kw_only=True)
class Planning:
    """One operation, as its decisions see it."""

    stack: str
    project: str
    options: Options
    providers: Registry
    tell: Tell
    progress: Progress

    def refuse(self, urn: str, problem: str) -> None:
        """Refuse something: a preview goes on to find the rest of what is wrong.

        Raises :class:`EngineError` in any other operation.
        """
        self.progress.failed = True
        if not self.options.preview:
            raise EngineError(problem)
        self.tell("error", urn, problem)

    def is_included(self, resource: Resource) -> bool:
        """Whether the options let the operation change the resource."""
        options, progress = self.options, self.progress
        if options.targets:
            return options.is_target(resource, progress.targeted)
        return not (options.excludes and options.is_excluded(resource, progress.excluded))
