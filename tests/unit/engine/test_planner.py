"""The planner alone: an old state and a goal go in, steps come out; its provider is an object of this file."""

from dataclasses import dataclass, field, replace
from typing import NoReturn

import pytest

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.deletes import plan_deletes
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planner import Planner
from slipway.engine.plan.planning import Planning, Progress
from slipway.engine.plan.steps import Alias, Goal, Registration, Step
from slipway.engine.plan.targets import Options, Targets
from slipway.engine.providers.protocol import Checked, Diff, Read, Subject
from slipway.engine.providers.registry import Registry
from slipway.engine.values import urn as urns
from slipway.wire.values import Props

STACK, PROJECT, TYPE = "s", "p", "pulumi:fake:Thing"
PROVIDER = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:providers:pulumi::default"


class Fake:
    """A provider that may be asked what a planner asks, and nothing else; a change of ``key`` replaces."""

    def __init__(self) -> None:
        self.checked: list[tuple[str, bool]] = []

    def check(self, subject: Subject, *, keep_old: bool) -> Checked:
        self.checked.append((urns.name_of(subject.urn), keep_old))
        return Checked({"drawn": subject.old_inputs.get("drawn", "new"), **subject.inputs})

    def diff(self, subject: Subject) -> Diff:
        old, new = subject.old_inputs, subject.inputs
        changed = tuple(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))
        changed = tuple(key for key in changed if key not in subject.ignore)
        return Diff(bool(changed), replace=tuple(key for key in changed if key == "key"), changed=changed)

    def create(self, subject: Subject) -> NoReturn:
        raise NotImplementedError(f"planning makes nothing: {subject.urn}")

    def read(self, subject: Subject) -> Read:
        raise NotImplementedError(f"planning reads nothing: {subject.urn}")

    def update(self, subject: Subject) -> NoReturn:
        raise NotImplementedError(f"planning changes nothing: {subject.urn}")

    def delete(self, subject: Subject) -> NoReturn:
        raise NotImplementedError(f"planning deletes nothing: {subject.urn}")

    def invoke(self, token: str, args: Props, *, preview: bool) -> NoReturn:
        raise NotImplementedError(f"planning calls no function: {token}({args}, {preview})")

    def cancel(self) -> NoReturn:
        raise NotImplementedError("these plans are not interrupted")


def urn(name: str) -> str:
    return urns.make(STACK, PROJECT, "", TYPE, name)


def old(name: str, **fields: object) -> Resource:
    """An old resource, as the last operation left it."""
    resource = Resource(urn=urn(name), type=TYPE, custom=True, id=f"{name}-1", provider=f"{PROVIDER}::1")
    resource.inputs = {"drawn": "old", "value": 1}
    for key, value in fields.items():
        setattr(resource, key, value)
    return resource


@dataclass
class Desk:
    """A planner on a state; ``told`` is what it reported."""

    olds: list[Resource]
    options: Options = field(default_factory=Options)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.provider = Fake()
        owner = Resource(urn=PROVIDER, type="pulumi:providers:pulumi", custom=True, id="1")
        state = [owner, *self.olds]
        registry = Registry("", self.provider, lambda: state)
        registry.same(owner)
        self.progress = Progress(state)
        self.progress.kept.add(PROVIDER)
        self.planner = Planner(
            Planning(
                stack=STACK,
                project=PROJECT,
                options=self.options,
                providers=registry,
                tell=lambda severity, _, text: self.told.append(f"{severity}: {text}"),
                progress=self.progress,
            )
        )

    def plan(self, name: str, **goal: object) -> list[Step]:
        """The steps for one resource of the program."""
        fields = {"inputs": {"value": 1}, "provider": f"{PROVIDER}::1", **goal}
        return self.planner.steps_for(Registration(Goal(type=TYPE, name=name, custom=True, **fields), urn(name)))

    def ops(self, name: str, **goal: object) -> list[str]:
        """Their kinds."""
        return [step.op.value for step in self.plan(name, **goal)]

    def deletes(self) -> list[list[str]]:
        """The deletions in the end, layer by layer, as ``KIND NAME``."""
        return [
            sorted(f"{step.op} {urns.name_of(step.urn)}" for step in layer)
            for layer in plan_deletes(self.planner.planning)
        ]


def test_nothing_changed_is_the_same():
    """The provider keeps what it drew, so a resource with the same inputs stays as it is."""
    assert Desk([old("a")]).ops("a") == ["same"]


def test_a_new_resource_is_created():
    """There is no old one under its name."""
    assert Desk([]).ops("a") == ["create"]


def test_a_change_is_an_update():
    """With what changed, for a reader."""
    [step] = Desk([old("a")]).plan("a", inputs={"value": 2})
    assert (step.op, step.diffs) == (StepOp.UPDATE, ("value",))


def test_errors_of_the_initialisation_are_an_update():
    """Though nothing changed: the provider is asked to go on with what it began."""
    [step] = Desk([old("a", initErrors=["not ready"])]).plan("a")
    assert (step.op, step.diffs) == (StepOp.UPDATE, ())


def test_errors_of_the_initialisation_may_replace():
    """Where the program lists them among the changes that do."""
    ops = Desk([old("a", initErrors=["not ready"])]).ops("a", replace_on_changes=("#initerror",))
    assert ops == ["create-replacement", "replace"]


def test_a_replacement_makes_the_new_one_first():
    """The old one is deleted in the end; names are drawn anew."""
    desk = Desk([old("a")])
    steps = desk.plan("a", inputs={"value": 1, "key": 1})
    assert [step.op.value for step in steps] == ["create-replacement", "replace"]
    assert steps[0].pending_delete
    assert desk.provider.checked == [("a", True), ("a", False)]


def test_a_replacement_that_deletes_first():
    """The deletion comes before the creation, and the entry stays until then."""
    steps = Desk([old("a")]).plan("a", inputs={"key": 1}, delete_before_replace=True)
    assert [step.op.value for step in steps] == ["delete-replaced", "replace", "create-replacement"]
    assert steps[0].pending_replacement


def test_what_was_deleted_for_its_replacement_is_not_deleted_again():
    """An operation that ended between the two calls goes on with the creation."""
    resource = old("a", pendingReplacement=True)
    assert Desk([resource]).ops("a", delete_before_replace=True) == ["replace", "create-replacement"]


def test_what_was_deleted_for_its_replacement_and_left_the_program_is_forgotten():
    """Nothing exists that could be deleted."""
    assert Desk([old("a", pendingReplacement=True)]).deletes() == [["remove-pending-replace a"]]


def test_dependents_that_would_be_replaced_go_first():
    """A dependent whose own key comes from what is replaced is deleted before it, and made again after it."""
    needy = old("b", inputs={"key": "a-1"}, propertyDependencies={"key": [urn("a")]}, dependencies=[urn("a")])
    desk = Desk([old("a"), needy])
    steps = desk.plan("a", inputs={"key": 1}, delete_before_replace=True)
    assert [f"{step.op} {urns.name_of(step.urn)}" for step in steps[:2]] == ["delete-replaced b", "delete-replaced a"]
    assert desk.ops("b", inputs={"key": "a-2"}) == ["replace", "create-replacement"]


def test_a_dependent_that_would_be_updated_stays():
    """Only what a change of its inputs would replace goes along."""
    other = old("b", inputs={"value": "a-1"}, propertyDependencies={"value": [urn("a")]}, dependencies=[urn("a")])
    steps = Desk([old("a"), other]).plan("a", inputs={"key": 1}, delete_before_replace=True)
    assert {urns.name_of(step.urn) for step in steps} == {"a"}


def test_what_is_deleted_with_a_replaced_resource_is_replaced():
    """The cloud deletes it with the old one; its own deletion asks no provider."""
    desk = Desk([old("a"), old("b", deletedWith=urn("a"), dependencies=[urn("a")])])
    desk.plan("a", inputs={"key": 1})
    steps = desk.plan("b", deleted_with=urn("a"), dependencies=(urn("a"),))
    assert [step.op.value for step in steps] == ["create-replacement", "replace"]
    assert steps[0].keys == ("deletedWith",)
    for step in steps:
        if step.pending_delete:
            step.before.delete = True
    for entry in desk.olds:
        entry.delete = True
    [deletion] = [step for layer in plan_deletes(desk.planner.planning) for step in layer if step.urn == urn("b")]
    assert not deletion.calls_provider()


def test_a_protected_resource_is_not_replaced():
    """The operation stops before anything is done about it; with ``--ignore-protect`` it goes on."""
    with pytest.raises(EngineError, match="marked for protection"):
        Desk([old("a", protect=True)]).plan("a", inputs={"key": 1}, protect=True)
    desk = Desk([old("a", protect=True)], Options(ignore_protect=True))
    assert desk.ops("a", inputs={"key": 1}, protect=True) == ["create-replacement", "replace"]


def test_a_preview_goes_on_after_a_refusal():
    """It reports all that is wrong at once, and has failed all the same."""
    desk = Desk([old("a", protect=True)], Options(preview=True))
    assert desk.ops("a", inputs={"key": 1}, protect=True) == ["create-replacement", "replace"]
    assert desk.progress.failed
    assert "marked for protection" in desk.told[0]


@pytest.mark.parametrize(
    ("before", "now", "ops"),
    [
        (None, "t", ["same"]),
        ("t", None, ["same"]),
        ("t", "t", ["same"]),
        ("t", "u", ["create-replacement", "replace"]),
    ],
)
def test_a_trigger_replaces_when_it_changes(before, now, ops):
    """One that is added or taken away replaces nothing."""
    assert Desk([old("a", replacementTrigger=before)]).ops("a", replacement_trigger=now) == ops


def test_a_tainted_resource_is_replaced():
    """The mark of `pulumi state taint` is acted on, and is gone with the old entry."""
    steps = Desk([old("a", taint=True)]).plan("a")
    assert [step.op.value for step in steps] == ["create-replacement", "replace"]
    assert steps[0].keys == ("id",)
    assert not steps[0].after.taint


def test_what_left_the_program_is_deleted_dependents_first():
    """A layer is done before the next one begins."""
    desk = Desk([old("a"), old("b", dependencies=[urn("a")]), old("c")])
    desk.plan("c")
    assert desk.deletes() == [["delete b"], ["delete a"]]


def test_an_excluded_resource_keeps_what_it_needs():
    """What is excluded from a destroy stays with its dependencies; the rest goes."""
    excluded = Options(excludes=Targets((urn("b"),)))
    assert Desk([old("a"), old("b", dependencies=[urn("a")]), old("c")], excluded).deletes() == [["delete c"]]


def test_an_excluded_resource_is_left_as_it_was():
    """Its provider is not asked about it."""
    desk = Desk([old("a")], Options(excludes=Targets((urn("a"),))))
    assert desk.ops("a", inputs={"value": 2}) == ["same"]
    assert desk.provider.checked == []


def test_an_alias_continues_the_old_resource():
    """It is the same under another name, and is not deleted in the end."""
    desk = Desk([old("before")])
    [step] = desk.plan("after", aliases=(Alias(name="before"),))
    assert (step.op, step.before.urn) == (StepOp.SAME, urn("before"))
    assert desk.deletes() == []


def test_an_import_is_compared_after_it_was_read():
    """What exists is updated to what the program describes; where they agree, there is nothing more to do."""
    desk = Desk([])
    registration = Registration(
        Goal(type=TYPE, name="a", custom=True, inputs={"value": 2}, id="theirs", provider=f"{PROVIDER}::1"), urn("a")
    )
    [step] = desk.planner.steps_for(registration)
    assert (step.op, step.answers) == (StepOp.IMPORT, None)
    imported = replace(old("a", id="theirs"), key=0)
    assert [after.op.value for after in desk.planner.steps_after_import(registration, imported)] == ["update"]


@pytest.mark.parametrize(
    ("op", "fields", "problem"),
    [
        (StepOp.UPDATE, {"new": old("a")}, "no old resource"),
        (StepOp.DELETE, {"new": old("a")}, "no old resource"),
        (StepOp.CREATE, {"old": old("a")}, "no new resource"),
        (StepOp.CREATE, {"new": old("a")}, "has the id a-1 already"),
        (StepOp.SAME, {"new": Resource(urn="", type=TYPE)}, "no URN or no type"),
    ],
)
def test_a_step_that_cannot_be_done_is_not_made(op, fields, problem):
    """A step holds the resources that its kind needs, from the beginning."""
    with pytest.raises(ValueError, match=problem):
        Step(op, **fields)


def test_what_the_program_read_and_declares_now_is_created():
    """It was another's: the entry of the reading goes in the end, and no provider deletes anything."""
    steps = Desk([old("a", external=True)]).plan("a")
    assert [(step.op.value, step.pending_delete) for step in steps] == [("create-replacement", True), ("replace", True)]


def test_a_person_counts_a_replacement_once():
    """The steps that a summary counts, and those that are only parts of others."""
    parts = {op.value for op in StepOp if not op.traits.is_logical}
    assert parts == {
        *("create-replacement", "delete-replaced", "discard-replaced"),
        *("read-replacement", "remove-pending-replace", "import-replacement"),
    }


@pytest.mark.parametrize(
    ("op", "fields", "goes_with", "asks"),
    [
        (StepOp.DELETE, {}, False, True),
        (StepOp.DELETE, {"external": True}, False, False),
        (StepOp.DELETE, {"retainOnDelete": True}, False, False),
        (StepOp.DELETE, {}, True, False),
        (StepOp.DELETE, {"custom": False}, False, False),
        (StepOp.DELETE, {"type": "pulumi:providers:pulumi"}, False, False),
        (StepOp.SAME, {}, False, False),
    ],
)
def test_a_trace_is_left_of_what_a_provider_is_asked(op, fields, goes_with, asks):
    """Components, providers, and what is only forgotten have no call that could be interrupted."""
    before = old("a", **fields)
    new = {} if op is StepOp.DELETE else {"new": before}
    assert Step(op, before, **new, goes_with=goes_with).calls_provider() is asks


def test_a_resource_that_a_provider_takes_from_the_engine_is_replaced():
    """What no provider served cannot be handed to one."""
    assert Desk([old("a", provider="")]).ops("a") == ["create-replacement", "replace"]


def test_a_resource_of_a_vanished_provider_is_refused_where_it_is_left_out():
    """An excluded resource stays as it was, with its provider; one that the state lacks cannot serve it."""
    desk = Desk([old("a", provider=f"{PROVIDER}-gone::9")], Options(excludes=Targets((urn("a"),))))
    with pytest.raises(EngineError, match="could not find provider"):
        desk.plan("a")


def test_what_depends_on_a_target_may_be_worked_on_too():
    """With ``--target-dependents`` a chain of dependents follows the target, and nothing else does."""
    olds = [old("a"), old("b", dependencies=[urn("a")]), old("c", dependencies=[urn("b")]), old("d")]
    desk = Desk(olds, Options(targets=Targets((urn("a"),)), dependents=True))
    asked = {
        name: desk.ops(name, inputs={"value": 2}, dependencies=tuple(urn(one) for one in needs))
        for name, needs in {"a": "", "b": "a", "c": "b", "d": ""}.items()
    }
    assert asked == {"a": ["update"], "b": ["update"], "c": ["update"], "d": ["same"]}


def test_dependents_of_a_target_stay_where_the_target_alone_is_meant():
    """Without ``--target-dependents`` only what was named is worked on."""
    desk = Desk([old("a"), old("b", dependencies=[urn("a")])], Options(targets=Targets((urn("a"),))))
    assert desk.ops("a", inputs={"value": 2}) == ["update"]
    assert desk.ops("b", inputs={"value": 2}, dependencies=(urn("a"),)) == ["same"]


def test_what_is_left_out_and_not_there_yet_is_not_made():
    """A new resource beside the target is skipped; its step says so, and nothing counts as created."""
    desk = Desk([old("a")], Options(targets=Targets((urn("a"),))))
    assert desk.ops("a") == ["same"]
    (step,) = desk.plan("new")
    assert (step.op, step.skipped, desk.progress.created) == (StepOp.SAME, True, set())
    assert desk.deletes() == []


def test_a_child_of_a_parent_that_was_not_registered_is_refused():
    """The program's order is wrong, and the state could not be written."""
    with pytest.raises(EngineError, match="could not find parent resource"):
        Desk([]).plan("a", parent=urn("absent"))
