"""The engine in this process: its planner, executor and journal, between a program that is data and a cloud that is
an object. Nothing of the engine is replaced: the cloud takes the place of its built-in provider."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.backend import Backend
from slipway.engine.checkpoint.journal import merged
from slipway.engine.checkpoint.secrets import Secrets
from slipway.engine.operation.assembly import assemble
from slipway.engine.operation.evaluation import Evaluation
from slipway.engine.operation.refresh import refresh, settle_pending
from slipway.engine.plan.interrupted import open_creations
from slipway.engine.plan.planning import Progress
from slipway.engine.plan.steps import Goal, ProviderRequest, Step
from slipway.engine.plan.targets import Options
from slipway.engine.providers.protocol import Checked, Diff, Partial, ProviderError, Read, Subject
from slipway.engine.providers.registry import Registry
from slipway.wire.values import Props

STACK, PROJECT = "test", "faults"
THING, GROUP, PROVIDER = "pulumi:fake:Thing", "pulumi:fake:Group", "pulumi:providers:pulumi"
Raw = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One resource of a program; ``parent`` and ``needs`` are names of earlier ones."""

    name: str
    custom: bool = True
    parent: str = ""
    needs: tuple[str, ...] = ()
    value: int = 0
    key: int = 0
    deletes_first: bool | None = None
    protect: bool = False
    retain: bool = False


@dataclass
class Cloud:
    """What exists, and how calls fail: ``faults`` maps the number of a call to a kind of :data:`KINDS`."""

    faults: dict[int, str] = field(default_factory=dict)
    things: dict[str, Raw] = field(default_factory=dict)
    looked: Callable[[], None] = lambda: None
    """Called before and after everything that changes the cloud."""
    calls: int = 0
    made: int = 0
    changes: list[str] = field(default_factory=list)

    def check(self, subject: Subject, *, keep_old: bool) -> Checked:
        del keep_old
        self._may_fail()
        return Checked(dict(subject.inputs))

    def diff(self, subject: Subject) -> Diff:
        self._may_fail()
        old, new = subject.old_inputs, subject.inputs
        changed = tuple(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))
        return Diff(bool(changed), replace=tuple(key for key in changed if key == "key"), changed=changed)

    def create(self, subject: Subject) -> tuple[str, Props]:
        def act() -> str:
            self.made += 1
            identity = f"made-{self.made}"
            self.things[identity] = {"urn": subject.urn, "inputs": dict(subject.inputs)}
            return identity

        identity = self._change("create", subject, act)
        return identity, dict(subject.inputs)

    def update(self, subject: Subject) -> Props:
        def act() -> str:
            self.things[subject.id]["inputs"] = dict(subject.inputs)
            return subject.id

        self._change("update", subject, act)
        return dict(subject.inputs)

    def delete(self, subject: Subject) -> None:
        def act() -> str:
            self.things.pop(subject.id, None)
            return ""

        self._change("delete", subject, act)

    def read(self, subject: Subject) -> Read:
        self._may_fail()
        thing = self.things.get(subject.id)
        return Read(subject.id, dict(thing["inputs"]), dict(thing["inputs"])) if thing else Read("", None, None)

    def invoke(self, token: str, args: Props, *, preview: bool) -> tuple[Props, tuple[tuple[str, str], ...]]:
        raise NotImplementedError(f"{token}({args}, {preview}): the programs here call no functions")

    def cancel(self) -> None:
        raise NotImplementedError("nobody interrupts these operations")

    def _may_fail(self) -> str:
        self.calls += 1
        kind = self.faults.get(self.calls, "")
        if kind == "refused":
            raise ProviderError("the cloud refused")
        return kind

    def _change(self, what: str, subject: Subject, act: Callable[[], str]) -> str:
        self.looked()
        kind = self._may_fail()
        self.changes.append(f"{what} {subject.urn}")
        identity = act()
        self.looked()
        if kind:
            KINDS[kind](identity, subject)
        return identity


def _partial(identity: str, subject: Subject) -> None:
    if subject.inputs:
        raise ProviderError("not ready", partial=Partial(identity, dict(subject.inputs), None, ["not ready"]))
    raise ProviderError("gone, but it complained")


def _unknown(identity: str, subject: Subject) -> None:
    raise ProviderError(f"no answer about {subject.urn} {identity}", outcome_unknown=True)


KINDS: dict[str, Callable[[str, Subject], None]] = {
    "partial": _partial,
    "unknown": _unknown,
    "refused": lambda *_: None,
}


class Quiet:
    """Is told everything, and keeps what went wrong."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def began(self, step: Step) -> None:
        del step

    def ended(self, step: Step, problem: str) -> None:
        if problem:
            self.told.append(f"{step.op} {step.urn}: {problem}")

    def tell(self, severity: str, urn: str, message: str) -> None:
        self.told.append(f"{severity} {urn}: {message}")


@dataclass
class _Context:
    options: Options
    counter: Quiet


class Run:
    """One operation on the stack in ``folder``, put together as ``operation.perform`` does."""

    def __init__(self, folder: Path, cloud: Cloud, secrets: Secrets) -> None:
        self.backend = Backend(folder, PROJECT)
        self.cloud = cloud
        options, quiet = Options(parallel=2), Quiet()
        self.context = _Context(options, quiet)
        self.checkpoint = self.backend.load(STACK, secrets)
        self.journal = self.backend.journal(STACK, secrets, {})
        self.journal.open(self.checkpoint.resources, [p for p in self.checkpoint.pending if p[0] == "creating"])
        resources = self.checkpoint.resources
        self.machine = assemble(
            stack=STACK,
            project=PROJECT,
            options=options,
            progress=Progress(resources, open_creations(self.checkpoint.pending, resources)),
            registry=lambda lookup: Registry("", cloud, lookup.old),
            journal=self.journal,
            display=quiet,
            tell=quiet.tell,
            defaults=lambda request: {},
        )

    def up(self, program: list[Wanted]) -> bool:
        """Register everything, each resource when the one before it is there. Whether it went well."""
        evaluation = self.machine.evaluation()
        self._register(evaluation, program)
        if not evaluation.finished:
            evaluation.stop()
        evaluation.close()
        self.journal.close()
        return evaluation.finished and not self.machine.executor.failed

    def destroy(self) -> bool:
        """Delete everything. Whether it went well."""
        return self.up([])

    def refresh(self, adopted: dict[str, str] | None = None) -> bool:
        """Settle what was interrupted where ``adopted`` says how, and look at everything. Whether it went well."""
        if adopted is not None:
            settle_pending(self, adopted, clear=True)  # type: ignore[arg-type]
        refresh(self)  # type: ignore[arg-type]
        self.machine.executor.close()
        self.journal.close()
        return not self.machine.executor.failed

    @staticmethod
    def _register(evaluation: Evaluation, program: list[Wanted]) -> None:
        urns: dict[str, str] = {}
        for wanted in program:
            made = evaluation.register(_goal(wanted, urns))
            if made.exception():
                return
            urns[wanted.name] = made.result().resource.urn
        evaluation.end().exception()


def on_disk(folder: Path) -> Raw:
    """The state as it would be found after this moment."""
    path = Backend(folder, PROJECT).file(STACK)
    journal = path.with_suffix(".journal")
    return merged(path.read_bytes(), journal.read_bytes() if journal.exists() else b"")[0]


def _goal(wanted: Wanted, urns: dict[str, str]) -> Goal:
    needs = [urns[name] for name in wanted.needs]
    inputs: Props = {"value": wanted.value, "key": wanted.key}
    return Goal(
        type=THING if wanted.custom else GROUP,
        name=wanted.name,
        custom=wanted.custom,
        inputs=inputs if wanted.custom else {},
        parent=urns[wanted.parent] if wanted.parent else "",
        dependencies=tuple(needs),
        property_dependencies={"key": needs} if wanted.custom else {},
        default_provider=ProviderRequest("pulumi") if wanted.custom else None,
        delete_before_replace=wanted.deletes_first,
        protect=wanted.protect,
        retain_on_delete=wanted.retain,
    )
