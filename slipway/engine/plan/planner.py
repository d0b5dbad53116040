"""Decides what to do to each resource. Nothing is changed here: the result is steps, and what was seen so far.

The planner asks providers only what may be asked without an effect (Check and Diff), in the order in which the program
registered its resources. Each decision has a file of its own beside this one; what they share is :class:`Progress`.
"""

import secrets

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan import diffs
from slipway.engine.plan.aliases import old_resource
from slipway.engine.plan.checks import checked_inputs
from slipway.engine.plan.difference import difference, is_replaced_on_demand
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planning import Planning, Progress
from slipway.engine.plan.replacement import replaced_again, replacement_steps
from slipway.engine.plan.steps import Goal, Registration, Step, resource_of
from slipway.engine.plan.targets import needs_of
from slipway.engine.plan.untargeted import needed_before, untargeted_steps
from slipway.engine.providers.protocol import Serves
from slipway.engine.values import urn as urns
from slipway.wire.values import Props


class Planner:
    """The order of the decisions about one registration after the other."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning

    @property
    def planning(self) -> Planning:
        """The setting of the operation."""
        return self._planning

    @property
    def progress(self) -> Progress:
        """What has been planned so far."""
        return self._planning.progress

    def steps_for(self, registration: Registration) -> list[Step]:
        """What to do for one registration. Raises :class:`EngineError`, and then the operation stops."""
        goal, urn = registration.goal, registration.urn
        if registration.problem:
            raise EngineError(registration.problem)
        if goal.parent and goal.parent not in self.progress.seen:
            raise EngineError(f"could not find parent resource {goal.parent}")
        self.progress.seen.add(urn)
        steps = self._read_steps(registration) if goal.read else self._register_steps(registration)
        self._refuse_skipped_dependencies(steps)
        return steps

    def steps_after_import(self, registration: Registration, imported: Resource) -> list[Step]:
        """What remains to be done to a resource that was read, so that it is as the program wants it."""
        goal = registration.goal
        new = resource_of(goal, registration.urn, goal.inputs, imported)
        served = self._served(goal)
        new.inputs = self._with_ignored(registration, imported)
        if served is not None:
            new.inputs = checked_inputs(self._planning, new, served, new.inputs, imported)
        self._plan_goal(registration, imported, imported.inputs, new.inputs)
        return self._planned(self._change(registration, imported, new, served))

    def _read_steps(self, registration: Registration) -> list[Step]:
        goal, urn = registration.goal, registration.urn
        if not goal.id:
            raise EngineError(f"Expected an ID for {urn}")
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
        old = self.progress.olds.get(urn)
        served = self._planning.providers.get(goal.provider)
        self.progress.kept.add(urn)
        if old and not old.external and old.id != goal.id:
            self.progress.replaced.add(urn)
            return [
                Step(StepOp.READ_REPLACEMENT, old, new, registration, served),
                Step(StepOp.REPLACE, old, new, pending_delete=True),
            ]
        if self._planning.options.destroys:
            self.progress.to_delete.append(new)
        return [Step(StepOp.READ, old, new, registration, served)]

    def _register_steps(self, registration: Registration) -> list[Step]:
        goal, urn, progress = registration.goal, registration.urn, self.progress
        old, alias = old_resource(self._planning, goal, urn)
        new = resource_of(goal, urn, goal.inputs, old)
        if alias:
            progress.aliased[alias] = urn
            progress.old_names[urn] = alias
            self._planning.providers.alias(urn, alias)
        if urns.is_provider_type(goal.type):
            progress.providers[urn] = new
        if self._planning.options.destroys:
            steps = self._destroy_steps(registration, old, new)
            if steps is not None:
                return steps
        served = self._served(goal)
        again = urn in progress.deleted
        if goal.custom and goal.id and self._is_import(goal, old):
            steps = self._import_steps(registration, old if not again else None, new, served)
            if self._planning.options.plan_to_make:
                self._planning.options.plan_to_make.note_goal(urn, goal, {}, {}, b"")
            return self._planned(steps)
        new.inputs = self._with_ignored(registration, old) if old else goal.inputs
        is_targeted = self._is_targeted(new)
        anew = again or old is None or old.external or is_replaced_on_demand(self._planning, urn, old)
        seed = self._seed(urn)
        if served is not None and is_targeted:
            inputs = goal.inputs if anew else new.inputs
            new.inputs = checked_inputs(self._planning, new, served, inputs, None if anew else old, seed)
        elif served is not None and old is not None:
            new.inputs = old.inputs
        before = needed_before(self._planning, new) if is_targeted else []
        self._plan_goal(registration, old, old.inputs if old and not anew else {}, new.inputs, seed)
        return self._planned([*before, *self._steps(registration, old, new, served, is_targeted=is_targeted)])

    def _seed(self, urn: str) -> bytes:
        """What a provider draws a name from: the plan's seed; a fresh one for a plan; otherwise any."""
        options = self._planning.options
        planned = options.plan_to_follow.seed_of(urn) if options.plan_to_follow else b""
        return planned or (secrets.token_bytes(32) if options.plan_to_make else b"")

    def _plan_goal(
        self, registration: Registration, old: Resource | None, before: Props, inputs: Props, seed: bytes = b""
    ) -> None:
        """Write the goal into the plan that is made, and hold it against the plan that is followed."""
        options, goal, urn = self._planning.options, registration.goal, registration.urn
        if options.plan_to_make:
            options.plan_to_make.note_goal(urn, goal, before, inputs, seed)
        if options.plan_to_follow:
            options.plan_to_follow.check_goal(urn, goal, old, inputs)

    def _planned(self, steps: list[Step]) -> list[Step]:
        """The steps, written into the plan that is made, and allowed by the plan that is followed."""
        options = self._planning.options
        if options.plan_to_follow:
            options.plan_to_follow.check_steps(steps)
        if options.plan_to_make:
            options.plan_to_make.note_steps(steps, self.progress.aliased)
        return steps

    def _steps(
        self,
        registration: Registration,
        old: Resource | None,
        new: Resource,
        served: Serves | None,
        *,
        is_targeted: bool,
    ) -> list[Step]:
        """The steps of a resource whose inputs have been checked."""
        progress, urn = self.progress, registration.urn
        if old is not None and urn in progress.deleted:
            return replaced_again(self._planning, registration, old, new)
        if old is not None and old.external:
            progress.created.add(urn)
            progress.kept.add(urn)
            return [
                Step(StepOp.CREATE_REPLACEMENT, old, new, registration, served, pending_delete=True),
                Step(StepOp.REPLACE, old, new, pending_delete=True),
            ]
        self._remember_included(new, is_targeted=is_targeted)
        if old is None:
            return [self._create(registration, new, served, is_targeted=is_targeted)]
        if not is_targeted:
            return untargeted_steps(self._planning, registration, old)
        progress.kept.add(urn)
        return self._change(registration, old, new, served)

    def _remember_included(self, new: Resource, *, is_targeted: bool) -> None:
        """Keep what ``--target-dependents`` and ``--exclude-dependents`` follow from."""
        options = self._planning.options
        if options.excludes and not is_targeted:
            self.progress.excluded.add(new.urn)
        elif is_targeted and options.targets and options.is_target(new, self.progress.targeted):
            self.progress.targeted.add(new.urn)

    def _create(self, registration: Registration, new: Resource, served: Serves | None, *, is_targeted: bool) -> Step:
        if not is_targeted:
            self.progress.kept.add(new.urn)
            self.progress.skipped.add(new.urn)
            return Step(StepOp.SAME, None, new, registration, skipped=True)
        self.progress.created.add(new.urn)
        return Step(StepOp.CREATE, None, new, registration, served)

    def _change(self, registration: Registration, old: Resource, new: Resource, served: Serves | None) -> list[Step]:
        """An old resource is there: the same, an update, or a replacement."""
        goal = registration.goal
        diff = difference(self._planning, goal, old, new, served)
        if old.pendingReplacement or (diff.some and diff.replaces()):
            return replacement_steps(self._planning, registration, old, new, served, diff)
        if diff.some or old.initErrors:
            return [
                Step(
                    StepOp.UPDATE,
                    old,
                    new,
                    registration,
                    served,
                    diffs=diff.changed if diff.some else (),
                    detailed=diff.detailed if diff.some else None,
                    ignore=goal.ignore_changes,
                )
            ]
        return [Step(StepOp.SAME, old, new, registration)]

    def _import_steps(
        self, registration: Registration, old: Resource | None, new: Resource, served: Serves | None
    ) -> list[Step]:
        """The steps that read what is to be imported; the registration is answered when what follows is done."""
        goal = registration.goal
        self.progress.kept.add(new.urn)
        self.progress.imported.add(new.urn)
        if old is None:
            answers = registration if goal.adopted else None
            return [Step(StepOp.IMPORT, None, new, answers, served, ignore=goal.ignore_changes)]
        return [
            Step(StepOp.IMPORT_REPLACEMENT, old, new, None, served, ignore=goal.ignore_changes),
            Step(StepOp.REPLACE, old, new, pending_delete=True),
        ]

    def _destroy_steps(self, registration: Registration, old: Resource | None, new: Resource) -> list[Step] | None:
        """With ``destroy --run-program``: nothing is made but providers and components; None for those."""
        progress = self.progress
        if not progress.skipped.isdisjoint(needs_of(new)):
            new.outputs = old.outputs if old else {}
            progress.skipped.add(new.urn)
            return [Step(StepOp.SAME, None, new, registration, skipped=True)]
        if not new.custom or urns.is_provider_type(new.type):
            progress.to_delete.append(new)
            return None
        if old is None:
            progress.skipped.add(new.urn)
            return [Step(StepOp.SAME, None, new, registration, skipped=True)]
        progress.kept.add(new.urn)
        new.inputs = old.inputs
        progress.to_delete.append(new)
        return [Step(StepOp.SAME, old, new, registration)]

    def _with_ignored(self, registration: Registration, old: Resource) -> Props:
        """The inputs of a goal with what ``ignore_changes`` names as it was."""
        inputs, impossible = diffs.ignoring(registration.goal.inputs, old.inputs, registration.goal.ignore_changes)
        if impossible:
            text = f'cannot ignore changes in added or removed elements of the path: "{", ".join(impossible)}"'
            self._planning.tell("info", registration.urn, text)
        return inputs

    def _served(self, goal: Goal) -> Serves | None:
        """The provider of a goal; None for a component. Raises :class:`EngineError` where there is none."""
        if not goal.custom:
            return None
        if urns.is_provider_type(goal.type):
            return self._planning.providers
        return self._planning.providers.get(goal.provider)

    @staticmethod
    def _is_import(goal: Goal, old: Resource | None) -> bool:
        return old is None or old.external or (old.importID or old.id) != goal.id

    def _is_targeted(self, new: Resource) -> bool:
        if urns.is_provider_type(new.type) or urns.is_root(new.urn):
            return True
        return self._planning.is_included(new)

    def _refuse_skipped_dependencies(self, steps: list[Step]) -> None:
        skipped = self.progress.skipped
        if self._planning.options.destroys:
            return
        for step in steps:
            if step.new is None or step.skipped or not skipped:
                continue
            for urn in needs_of(step.new):
                if urn in skipped:
                    option = "was excluded by --exclude" if self._planning.options.excludes else _NOT_TARGETED
                    self._planning.refuse(step.urn, f"Resource '{step.urn}' depends on '{urn}' which {option}")
                    skipped.discard(urn)


_NOT_TARGETED = "was was not specified in --target list."  # as Pulumi spells it
