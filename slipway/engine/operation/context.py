"""A stack and everything an operation needs to know about it: settings, secrets, options, and whom to tell."""

import json
import threading
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from slipway.engine.checkpoint.backend import Backend
from slipway.engine.checkpoint.secrets import Secrets, secrets_in
from slipway.engine.plan.steps import Step
from slipway.engine.plan.targets import Options
from slipway.engine.project.project import Project, StackSettings
from slipway.engine.show.digest import is_counted
from slipway.engine.show.redact import Redactor
from slipway.engine.values import urn as urns
from slipway.wire.values import Props, masked


class Output(Protocol):
    """Where an operation tells what it does: lines and tables for a person, or a digest."""

    def began(self, step: Step) -> None: ...  # noqa: D102
    def ended(self, step: Step, problem: str) -> None: ...  # noqa: D102
    def tell(self, severity: str, urn: str, message: str) -> None: ...  # noqa: D102


class Counter:
    """Counts the steps that a person counts, and passes everything on."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.redactor = Redactor()
        self._guard = threading.Lock()
        self.changes: dict[str, int] = {}
        self.is_refresh = False
        """Whether the operation is a refresh, whose steps are counted as what they make of the state."""

    def began(self, step: Step) -> None:
        """Pass it on; what the program says openly is no secret."""
        for resource in filter(None, (step.old, step.new)):
            self.redactor.reveal(masked(resource.inputs))
        self.redactor.reveal([urns.name_of(step.urn), *urns.type_of(step.urn).split(":")])
        with self._guard:
            self._output.began(step)

    def ended(self, step: Step, problem: str) -> None:
        """Count it where it went well."""
        if self.is_refresh and step.outcome is not None:
            step = replace(step, op=step.outcome)
        with self._guard:
            if not problem and is_counted(step):
                self.changes[step.op.value] = self.changes.get(step.op.value, 0) + 1
            self._output.ended(step, self.redactor.clean(problem))

    def tell(self, severity: str, urn: str, message: str) -> None:
        """Pass it on."""
        with self._guard:
            self._output.tell(severity, urn, self.redactor.clean(message))


@dataclass
class Context:
    """A stack, and everything an operation needs to know about it."""

    project: Project
    backend: Backend
    stack: str
    settings: StackSettings
    output: Output
    options: Options
    client: str = ""
    """The address of the process that runs the program; empty for this one."""
    secrets: Secrets = field(init=False)
    counter: Counter = field(init=False)
    config: dict[str, str] = field(init=False, default_factory=dict, repr=False)
    secret_keys: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.counter = Counter(self.output)
        self.counter.redactor.reveal([self.stack, self.project.name])
        latest = self.backend.raw(self.stack)
        self.secrets = secrets_of(self.settings, latest)
        self.secrets.learn = self.counter.redactor.learn

    def read_config(self, *, validate: bool = True) -> None:
        """Read the stack's settings. Raises :class:`UsageError` where one is missing or mistyped."""
        self.config, self.secret_keys = self.settings.for_program(lambda: self.secrets, validate=validate)
        for key, value in self.config.items():
            if key in self.secret_keys:
                self.counter.redactor.learn(value, setting=True)
            else:
                self.counter.redactor.reveal([value, _structure(value)])

    def outputs_of(self, name: str) -> Props:
        """The outputs of a stack of the same backend, for a stack reference."""
        *where, stack = name.split("/")
        backend = replace(self.backend, project=where[-1]) if len(where) > 1 else self.backend
        latest = backend.raw(stack)
        same = backend == self.backend and stack == self.stack
        checkpoint = backend.load(stack, self.secrets if same else secrets_in(latest) or self.secrets, latest)
        return next((item.outputs for item in checkpoint.resources if urns.is_root(item.urn)), {})


def _structure(setting: str) -> Any:  # noqa: ANN401
    """What a setting means: one that is a map or a list is kept as JSON."""
    try:
        return json.loads(setting)
    except ValueError:
        return setting


def secrets_of(settings: StackSettings, latest: dict[str, Any]) -> Secrets:
    """The secrets of a stack: of its settings file, or of its checkpoint; new ones where neither has any."""
    if settings.salt:
        return Secrets(settings.salt)
    return secrets_in(latest) or Secrets.create()
