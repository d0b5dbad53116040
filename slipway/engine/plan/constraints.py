"""Update plans: what a preview would do, written down (`preview --save-plan`), and an `up` held to it (`--plan`).

A plan names for each resource its options, what changes of its inputs and outputs, and the kinds of its steps. The
operation may do less: nothing in the place of an update, an update in the place of a replacement. What is unknown in
the plan may become anything. The form is Pulumi's (``apitype.DeploymentPlanV1``), so that each engine takes the plans
of the other; this module knows it as JSON with its secrets opened.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Alias, Goal, Step
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWNS
from slipway.wire.values import Props, same

Row = dict[str, Any]
"""A goal, as a plan's file has it."""

_ALLOWED = {
    StepOp.CREATE: {StepOp.SAME, StepOp.CREATE},
    StepOp.UPDATE: {StepOp.SAME, StepOp.UPDATE},
    StepOp.REPLACE: {StepOp.SAME, StepOp.UPDATE, StepOp.REPLACE},
    StepOp.CREATE_REPLACEMENT: {StepOp.SAME, StepOp.UPDATE, StepOp.CREATE_REPLACEMENT},
    StepOp.DELETE_REPLACED: {StepOp.SAME, StepOp.UPDATE, StepOp.DELETE_REPLACED},
}
"""Kind of step in a plan -> what may be done in its place; any other kind is done as it is planned."""


@dataclass
class PlannedResource:
    """What a plan says of one resource: ``goal`` is None for one that is only deleted."""

    goal: Row | None = None
    steps: list[str] = field(default_factory=list)
    outputs: Props | None = None
    seed: bytes = b""
    """What the provider drew names from."""


@dataclass
class UpdatePlan:
    """The resources of a plan by URN. It is filled in by a preview, and used up by the operation that it binds."""

    resources: dict[str, PlannedResource] = field(default_factory=dict)

    def seed_of(self, urn: str) -> bytes:
        """What the provider drew names from; empty for a resource that the plan does not name."""
        return self.resources[urn].seed if urn in self.resources else b""

    def note_goal(self, urn: str, goal: Goal, old_inputs: Props, inputs: Props, seed: bytes) -> None:
        """Write down what the program wants of a resource."""
        planned = self.resources.setdefault(urn, PlannedResource())
        planned.goal, planned.seed = _goal_row(goal, _change(old_inputs, inputs)), seed

    def note_steps(self, steps: Iterable[Step], aliased: Mapping[str, str]) -> None:
        """Write down what would be done."""
        for step in steps:
            urn = aliased.get(step.urn, step.urn)
            if urn in self.resources or step.op != StepOp.SAME:
                self.resources.setdefault(urn, PlannedResource()).steps.append(step.op.value)

    def note_outputs(self, urn: str, old: Props, new: Props) -> None:
        """Write down the outputs of a component or of the stack."""
        planned = self.resources.get(urn)
        if planned is not None and planned.goal is not None:
            planned.goal["outputDiff"], planned.outputs = _change(old, new), new

    def check_goal(self, urn: str, goal: Goal, old: Resource | None, inputs: Props) -> None:
        """Raise :class:`EngineError` where the program wants something else than it did when the plan was made."""
        planned = self.resources.get(urn)
        if planned is None and old is None:
            return  # its creation is refused as a step
        row = _row_of(old) if planned is None and old is not None else planned.goal if planned else None
        problem = _violation(row, goal, old.inputs if old else {}, inputs)
        if problem:
            raise EngineError(f"resource {urn} violates plan: {problem}")

    def check_steps(self, steps: Iterable[Step]) -> None:
        """Take the steps off the plan. Raises :class:`EngineError` for one that it does not allow."""
        for step in steps:
            planned = self.resources.get(step.urn)
            if planned is None:
                if step.op != StepOp.SAME:
                    raise EngineError(f"{step.op} is not allowed by the plan: no steps were expected for this resource")
                continue
            if not planned.steps:
                raise EngineError(
                    f"{step.op} is not allowed by the plan: no more steps were expected for this resource"
                )
            constraint = planned.steps.pop(0)
            if step.op not in _ALLOWED.get(StepOp(constraint), {constraint}):
                raise EngineError(f"{step.op} is not allowed by the plan: this resource is constrained to {constraint}")

    def check_outputs(self, urn: str, old: Props, new: Props) -> None:
        """Raise :class:`EngineError` where the outputs of a component or of the stack change in another way."""
        planned = self.resources.get(urn)
        if planned is None or planned.goal is None:
            raise EngineError(f"no plan for resource {urn}")
        problem = _changed_otherwise(old, new, planned.goal.get("outputDiff") or {})
        if problem:
            raise EngineError(f"resource violates plan: {problem}")

    def missing(self, known: Mapping[str, Resource]) -> list[str]:
        """The URNs of which a planned step was not seen; a deletion of what is gone already is not missed."""
        return [
            urn
            for urn, planned in self.resources.items()
            if planned.steps and (planned.steps != [StepOp.DELETE.value] or urn in known)
        ]

    def written(self, seal: Callable[[Any, str], Any], manifest: Mapping[str, str]) -> Row:
        """The plan as its file holds it; ``seal`` takes secrets out of the values of a resource.

        The settings that Pulumi writes into it are left out: no engine reads them back.
        """
        return {
            "manifest": dict(manifest),
            "resourcePlans": {urn: _written(urn, planned, seal) for urn, planned in sorted(self.resources.items())},
        }

    @classmethod
    def read(cls, document: Any, unseal: Callable[[Any, str], Any]) -> "UpdatePlan":  # noqa: ANN401 - any JSON
        """The plan of a file. Raises KeyError, TypeError, AttributeError or ValueError for something else."""
        return cls(
            {
                urn: PlannedResource(
                    goal=unseal(row["goal"], urn) if row.get("goal") else None,
                    steps=[StepOp(op).value for op in row.get("steps") or []],
                    outputs=unseal(row.get("state"), urn),
                    seed=base64.b64decode(row.get("seed") or ""),
                )
                for urn, row in (document.get("resourcePlans") or {}).items()
            }
        )


def _written(urn: str, planned: PlannedResource, seal: Callable[[Any, str], Any]) -> Row:
    row: Row = {"state": seal(planned.outputs, urn) if planned.outputs else None}
    if planned.goal is not None:
        row["goal"] = seal(planned.goal, urn)
    if planned.steps:
        row["steps"] = planned.steps
    if planned.seed:
        row["seed"] = base64.b64encode(planned.seed).decode()
    return row


def _goal_row(goal: Goal, change: Row) -> Row:
    optional = {
        "parent": goal.parent,
        "dependencies": list(goal.dependencies),
        "provider": goal.provider,
        "propertyDependencies": goal.property_dependencies,
        "deleteBeforeReplace": goal.delete_before_replace,
        "ignoreChanges": list(goal.ignore_changes),
        "additionalSecretOutputs": list(goal.additional_secret_outputs),
        "structuredAliases": [_alias_row(alias) for alias in goal.aliases],
        "id": goal.id,
    }
    return {
        "type": goal.type,
        "name": goal.name,
        "custom": goal.custom,
        "inputDiff": change,
        "outputDiff": {},
        "protect": goal.protect,
        "customTimeouts": dict(goal.timeouts),
        **{key: value for key, value in optional.items() if value not in ("", None, [], {})},
    }


def _alias_row(alias: Alias) -> Row:
    names = {"urn": "URN", "no_parent": "NoParent"}
    return {names.get(key, key.capitalize()): value for key, value in asdict(alias).items()}


def _row_of(old: Resource) -> Row:
    """What a plan without the resource says of it: it stays as it is."""
    goal = Goal(
        type=old.type,
        name=urns.name_of(old.urn),
        custom=old.custom,
        inputs=old.inputs,
        parent=old.parent,
        protect=old.protect,
        dependencies=tuple(old.dependencies),
        property_dependencies=old.propertyDependencies,
        provider=old.provider,
        additional_secret_outputs=tuple(old.additionalSecretOutputs),
        timeouts=old.customTimeouts,
    )
    return _goal_row(goal, {})


def _violation(planned: Row | None, goal: Goal, old_inputs: Props, inputs: Props) -> str:
    """How the program's goal differs from the planned one; empty where it does not."""
    if planned is None:
        return "resource unexpectedly not deleted"
    row = _goal_row(goal, {})
    if planned.get("custom") != row["custom"]:
        return f"resource kind changed (expected {'custom' if planned.get('custom') else 'component'})"
    if not _same_provider(planned.get("provider", ""), goal.provider):
        return f"provider changed (expected {planned.get('provider', '')})"
    for key, word, absent in _EXACT:
        if planned.get(key, absent) != row.get(key, absent):
            return f"{word} changed (expected {_shown(planned.get(key, absent))})"
    for moment in ("create", "update", "delete", "read"):
        before = (planned.get("customTimeouts") or {}).get(moment, 0)
        if before != goal.timeouts.get(moment, 0):
            return f"{moment} timeout changed (expected {before})"
    for key, word in _SETS:
        if difference := _sets_differ(planned.get(key) or [], row.get(key) or []):
            return f"{word} changed: {difference}"
    if problem := _changed_otherwise(old_inputs, inputs, planned.get("inputDiff") or {}):
        return problem
    for key, needs in (planned.get("propertyDependencies") or {}).items():
        if key in goal.property_dependencies:
            difference = _sets_differ(needs or [], goal.property_dependencies[key])
            if difference:
                return f"dependencies for {key} changed: {difference}"
    return ""


_EXACT = (
    ("parent", "parent", ""),
    ("protect", "protect", False),
    ("deleteBeforeReplace", "deleteBeforeReplace", None),
    ("id", "importID", ""),
)
"""Keys of a goal that have to be the same, what a message calls them, and what their absence means."""
_SETS = (
    ("ignoreChanges", "ignoreChanges"),
    ("additionalSecretOutputs", "additionalSecretOutputs"),
    ("dependencies", "dependencies"),
    ("structuredAliases", "aliases"),
)
"""Keys of a goal that have to hold the same things in any order, and what a message calls them."""


def _shown(value: object) -> str:
    return "no value" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _same_provider(planned: str, provider: str) -> bool:
    """Whether it is the same provider; the id of one that the preview would have made was not known."""
    if planned == provider:
        return True
    if not planned or not provider:
        return False
    return urns.provider_urn(planned) == urns.provider_urn(provider) and planned.rsplit("::", 1)[1] in UNKNOWNS


def _sets_differ(before: Iterable[Any], after: Iterable[Any]) -> str:
    old, new = ({str(item) for item in items} for items in (before, after))
    added, deleted = sorted(new - old), sorted(old - new)
    parts = [f"{word} {', '.join(names)}" for word, names in (("added", added), ("deleted", deleted)) if names]
    return "; ".join(parts)


def _change(old: Props, new: Props) -> Row:
    """What is different, by property: ``adds`` and ``updates`` with their new values, and ``deletes``."""
    adds, updates, deletes = _difference(old, new)
    row = {"adds": adds, "deletes": sorted(deletes), "updates": updates}
    return {key: value for key, value in row.items() if value}


def _difference(old: Props, new: Props) -> tuple[Props, Props, set[str]]:
    adds: Props = {}
    updates: Props = {}
    deletes: set[str] = set()
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if same(before, after):
            continue
        if before is None:
            adds[key] = after
        elif after is None:
            deletes.add(key)
        else:
            updates[key] = after
    return adds, updates, deletes


def _fits(planned: Any, value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a value is the planned one; an unknown one may be anything."""
    if any(isinstance(side, str) and side in UNKNOWNS for side in (planned, value)):
        return True
    if isinstance(planned, list) and isinstance(value, list):
        return len(planned) == len(value) and all(map(_fits, planned, value))
    if isinstance(planned, dict) and isinstance(value, dict) and not same(planned, value):
        return all(_fits(planned.get(key), value.get(key)) for key in planned.keys() | value.keys())
    return same(planned, value)


def _changed_otherwise(old: Props, new: Props, planned: Row) -> str:
    """What changes that was not planned so, and what was planned and does not; empty where all of it fits.

    A value that is there already does not violate a plan that adds it, nor one that is unknown and became none a plan
    that sets it. The names are sorted, each with its sign in the plan and now.
    """
    sides = _Sides(_difference(old, new), new, planned)
    names = {*sides.now, *sides.planned}
    problems = sorted(filter(None, (sides.problem(name) for name in names)))
    return f"properties changed: {', '.join(problems)}" if problems else ""


class _Sides:
    """The change that is, and the one that was planned: property -> sign (``+``, ``~``, ``-``)."""

    def __init__(self, change: tuple[Props, Props, set[str]], new: Props, planned: Row) -> None:
        adds, updates, deletes = change
        self.new, self.deletes = new, set(planned.get("deletes") or ())
        self.now = {**dict.fromkeys(adds, "+"), **dict.fromkeys(updates, "~"), **dict.fromkeys(deletes, "-")}
        added, updated = planned.get("adds") or {}, planned.get("updates") or {}
        self.values = {**updated, **added}
        self.planned = {
            **dict.fromkeys(self.deletes, "-"),
            **dict.fromkeys(updated, "~"),
            **dict.fromkeys(added, "+"),
        }

    def problem(self, name: str) -> str:
        """The property with its two signs, where it changes in another way than planned."""
        planned, now = self.planned.get(name, "="), self.now.get(name, "=")
        if planned == "-":
            there = now in ("+", "~") or (now == "=" and self.new.get(name) is not None)
            return f"{planned}{now}{name}" if there else ""
        if planned == "=":
            return "" if now == "=" else f"{planned}{now}{name}"
        value = self.values[name]
        if now == "-" or self.new.get(name) is None:
            is_unknown = isinstance(value, str) and value in UNKNOWNS and (planned == "~" or now == "=")
            return "" if is_unknown or value is None else f"{planned}-{name}"
        if planned == "~" and now == "+":
            return f"{planned}{now}{name}"
        return "" if _fits(value, self.new[name]) else f"{planned}{now}{name}"
