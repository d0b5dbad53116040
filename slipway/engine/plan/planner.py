"""Decides what to do to each resource. Nothing is changed here: the result is steps, and what was seen so far.

The planner asks providers only what may be asked without an effect (Check and Diff), in the order in which the program
registered its resources.
"""

from collections.abc import Callable, Mapping

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan import aliases, diffs, opinions, replacement
from slipway.engine.plan.graph import Graph
from slipway.engine.plan.steps import Goal, Registration, Step, wanted
from slipway.engine.plan.targets import Options
from slipway.engine.providers.protocol import Serves
from slipway.engine.providers.registry import Registry
from slipway.engine.values import urn as urns
from slipway.wire.values import Props

Tell = Callable[[str, str, str], None]
"""Report a diagnostic: severity, URN, text."""


class Planner:
    """What an operation knows of its resources, and the decisions made from it."""

    def __init__(
        self,
        stack: str,
        project: str,
        old: list[Resource],
        providers: Registry,
        options: Options,
        tell: Tell,
        interrupted: Mapping[str, Props],
    ) -> None:
        self.stack, self.project, self.options, self.tell = stack, project, options, tell
        self.providers = providers
        self.rebase(old)
        self.interrupted = interrupted
        """URN -> the inputs of a creation that was cut off: the state knows no more of it."""
        self.seen: set[str] = set()
        self.kept: set[str] = set()
        """URNs that were found the same, updated, replaced or read: what is not among them in the end is deleted."""
        self.created: set[str] = set()
        self.replaced: set[str] = set()
        self.deleted: dict[str, bool] = {}
        self.deleted_first: set[int] = set()
        """Old resources (by identity) that were deleted before their replacement."""
        self.skipped: set[str] = set()
        """URNs that would be created, but are not among the targets."""
        self.aliased: dict[str, str] = {}
        """Old URN -> the new one that says it is the same."""
        self.was: dict[str, str] = {}
        """New URN -> the old one it was found under."""
        self.targeted: set[str] = set()
        self.current: dict[str, Resource] = {}
        """The providers of this operation, by URN."""
        self.failed = False

    def rebase(self, old: list[Resource]) -> None:
        """Take the resources of the last operation (or of a refresh) as those to start from."""
        self.old = old
        self.olds = {resource.urn: resource for resource in old if not resource.delete}
        self.graph = Graph(old)

    def steps_for(self, registration: Registration) -> list[Step]:
        """What to do for one registration. Raises :class:`EngineError`, and then the operation stops."""
        goal, urn = registration.goal, registration.urn
        if registration.problem:
            raise EngineError(registration.problem)
        if goal.parent and goal.parent not in self.seen:
            raise EngineError(f"could not find parent resource {goal.parent}")
        self.seen.add(urn)
        steps = self._read_steps(registration) if goal.read else self._register_steps(registration)
        self._refuse_skipped_dependencies(steps)
        return steps

    def _read_steps(self, registration: Registration) -> list[Step]:
        goal, urn = registration.goal, registration.urn
        new = Resource(
            urn=urn,
            type=goal.type,
            custom=True,
            id=goal.id,
            inputs=goal.inputs,
            parent=goal.parent,
            external=True,
            dependencies=list(goal.dependencies),
            provider=goal.provider,
            additionalSecretOutputs=list(goal.additional_secret_outputs),
            sourcePosition=goal.source_position,
        )
        old = self.olds.get(urn)
        served = self.providers.get(goal.provider)
        self.kept.add(urn)
        if old and not old.external and old.id != goal.id:
            self.replaced.add(urn)
            return [
                Step("read-replacement", old, new, registration, served),
                Step("replace", old, new, pending_delete=True),
            ]
        return [Step("read", old, new, registration, served)]

    def _register_steps(self, registration: Registration) -> list[Step]:
        goal, urn = registration.goal, registration.urn
        old, alias = self._find_old(goal, urn)
        inputs = diffs.ignoring(goal.inputs, old.inputs, goal.ignore_changes) if old else goal.inputs
        new = wanted(goal, urn, inputs, old)
        if alias:
            self.aliased[alias] = urn
            self.was[urn] = alias
            self.providers.alias(urn, alias)
        served = self.providers if urns.is_provider_type(goal.type) else None
        if served:
            self.current[urn] = new
        if goal.custom and served is None:
            served = self.providers.get(goal.provider)
        again = urn in self.deleted
        if goal.custom and goal.id and self._is_import(goal, old):
            return self._import_steps(registration, old if not again else None, new, served)
        targeted = self._is_targeted(new)
        external = old is not None and old.external
        if served is not None and targeted:
            from_nothing = again or external or old is None or self.options.replace.contains(urn)
            opinions.check(self, new, served, goal.inputs if from_nothing else inputs, None if from_nothing else old)
        elif served is not None and old is not None:
            new.inputs = old.inputs
        if again:
            self.deleted.pop(urn)
            self.replaced.add(urn)
            self.kept.add(urn)
            return [Step("replace", old, new), Step("create-replacement", old, new, registration, served)]
        if old is not None and external:
            self.created.add(urn)
            self.kept.add(urn)
            return [
                Step("create-replacement", old, new, registration, served, pending_delete=True),
                Step("replace", old, new, pending_delete=True),
            ]
        if targeted and self.options.is_target(new, self.targeted):
            self.targeted.add(urn)
        if old is None:
            return [self._create(registration, new, served, targeted=targeted)]
        self.kept.add(urn)
        if not targeted:
            return [*self._untargeted(old, registration)]
        return self._change(registration, old, new, served)

    def _create(self, registration: Registration, new: Resource, served: Serves | None, *, targeted: bool) -> Step:
        if not targeted:
            self.kept.add(new.urn)
            self.skipped.add(new.urn)
            return Step("same", None, new, registration, skipped=True)
        self.created.add(new.urn)
        return Step("create", None, new, registration, served)

    def _change(self, registration: Registration, old: Resource, new: Resource, served: Serves | None) -> list[Step]:
        """An old resource is there: the same, an update, or a replacement."""
        goal = registration.goal
        diff = opinions.difference(self, goal, old, new, served)
        if old.pendingReplacement or (diff.some and diff.replaces()):
            return replacement.steps(self, registration, old, new, served, diff)
        if diff.some or old.initErrors:
            return [
                Step(
                    "update",
                    old,
                    new,
                    registration,
                    served,
                    diffs=diff.changed if diff.some else (),
                    detailed=diff.detailed if diff.some else None,
                    ignore=goal.ignore_changes,
                )
            ]
        return [Step("same", old, new, registration, served)]

    def _import_steps(
        self, registration: Registration, old: Resource | None, new: Resource, served: Serves | None
    ) -> list[Step]:
        goal = registration.goal
        new.id = new.importID = goal.id
        self.kept.add(new.urn)
        if old is None:
            return [Step("import", None, new, registration, served, ignore=goal.ignore_changes)]
        self.replaced.add(new.urn)
        return [
            Step("import-replacement", old, new, registration, served, ignore=goal.ignore_changes),
            Step("replace", old, new, pending_delete=True),
        ]

    @staticmethod
    def _is_import(goal: Goal, old: Resource | None) -> bool:
        return old is None or old.external or (old.importID or old.id) != goal.id

    def _find_old(self, goal: Goal, urn: str) -> tuple[Resource | None, str]:
        """The resource of the last operation that this one continues, and the other name it was found under."""
        if urn in self.aliased:
            raise EngineError(f"Duplicate resource alias '{urn}': it was claimed by {self.aliased[urn]} already")
        if urn in self.olds:
            return self.olds[urn], ""
        for alias in aliases.names(goal, self.stack, self.project, self.was):
            if alias in self.olds:
                if alias in self.seen or alias in self.aliased:
                    taken = self.aliased.get(alias, alias)
                    raise EngineError(f"Duplicate resource alias '{alias}' applied to {urn}: {taken} has it already")
                return self.olds[alias], alias
        return None, ""

    def _is_targeted(self, new: Resource) -> bool:
        if urns.is_provider_type(new.type) or urns.is_root(new.urn):
            return True
        return self.options.is_target(new, self.targeted)

    def _untargeted(self, old: Resource, registration: Registration | None) -> list[Step]:
        """Leave a resource as it was; what it needs and the program no longer has must stay before it."""
        if old.delete:
            return []
        self.seen.add(old.urn)
        self.kept.add(old.urn)
        steps = []
        for what, other in old.relations():
            if other in self.kept or other in self.created or other in self.deleted:
                continue
            needed = self.olds.get(other)
            if needed is None:
                raise EngineError(f"{what} {other} of untargeted resource {old.urn} has no old state")
            steps += self._untargeted(needed, None)
        return [*steps, Step("same", old, old, registration)]

    def _refuse_skipped_dependencies(self, steps: list[Step]) -> None:
        for step in steps:
            if step.new is None or step.skipped or not self.skipped:
                continue
            needed = [other for _, other in step.new.relations()]
            if step.new.provider:
                needed.append(urns.provider_urn(step.new.provider))
            for other in needed:
                if other in self.skipped:
                    self.refuse(
                        step.urn,
                        f"Resource '{step.urn}' depends on '{other}' which was was not specified in --target list.",
                    )
                    self.skipped.discard(other)

    def refuse(self, urn: str, told: str) -> None:
        """Something that must not be done: a preview goes on to find the rest of what is wrong; a run stops."""
        self.failed = True
        if not self.options.preview:
            raise EngineError(told)
        self.tell("error", urn, told)
