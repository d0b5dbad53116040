"""``preview --json``: Pulumi's preview digest."""

import json
import time
from collections.abc import Callable
from typing import Any

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.values import urn as urns
from slipway.wire.values import masked, same


class Digest:
    """Collects the steps of a preview; what is secret stays ``[secret]``."""

    def __init__(self, config: dict[str, str], *, suppress_outputs: bool = False) -> None:
        self.config, self._suppress = config, suppress_outputs
        self.clean: Callable[[str], str] = str
        """Takes sealed settings out of the document."""
        self._steps: list[dict[str, Any]] = []
        self._messages: list[dict[str, Any]] = []
        self._started = time.monotonic()

    def began(self, step: Step) -> None:
        """A step that the planner decided on."""
        if not urns.is_default_provider(step.urn) and (is_shown(step) or urns.is_root(step.urn)):
            self._steps.append(self._row(step))

    def ended(self, step: Step, problem: str) -> None:
        """A failure is a diagnostic; in a refresh a row becomes what was found."""
        if problem:
            self.tell("error", step.urn, problem)
        if step.outcome is None or step.op is StepOp.REFRESH:
            return
        if step.op is StepOp.DELETE or (step.op is StepOp.UPDATE and step.detailed is not None):
            self._steps = [self._row(step) if row["urn"] == step.urn else row for row in self._steps]

    def _row(self, step: Step) -> dict[str, Any]:
        row: dict[str, Any] = {"op": step.op.value, "urn": step.urn}
        if step.subject.provider:
            row["provider"] = step.subject.provider
        for name, resource in (("oldState", step.old), ("newState", step.new)):
            if resource is not None:
                row[name] = self._state(resource)
        if step.diffs:
            row["diffReasons"] = list(step.diffs)
        if step.keys:
            row["replaceReasons"] = list(step.keys)
        if step.detailed is not None:
            row["detailedDiff"] = {
                path: {"kind": kind, "inputDiff": about} for path, (kind, about) in sorted(step.detailed.items())
            }
        return row

    def tell(self, severity: str, urn: str, message: str) -> None:
        """A diagnostic."""
        if severity == "debug":
            return
        entry = {"urn": urn, "message": message, "severity": severity}
        self._messages.append({key: value for key, value in entry.items() if value})

    def text(self, changes: dict[str, int]) -> str:
        """The document."""
        document: dict[str, Any] = {}
        if self.config:
            document["config"] = self._cleaned(dict(sorted(self.config.items())))
        if self._steps:
            document["steps"] = self._cleaned(self._steps)
        if self._messages:
            document["diagnostics"] = self._cleaned(self._messages)
        document["duration"] = int((time.monotonic() - self._started) * 1e9)
        document["changeSummary"] = dict(sorted(changes.items()))
        return json.dumps(document, indent=4)

    def _cleaned(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """The value with what is secret taken out of each text; a number that is a sealed setting becomes a text."""
        if isinstance(value, dict):
            return {self.clean(key): self._cleaned(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._cleaned(item) for item in value]
        if isinstance(value, str):
            return self.clean(value)
        text = json.dumps(value)
        cleaned = self.clean(text)
        return value if cleaned == text else cleaned

    def _state(self, resource: Resource) -> dict[str, Any]:
        hidden = self._suppress and urns.is_root(resource.urn)
        entry = state.encode(resource, lambda value, owner: {} if hidden else masked(value))
        return {key: value for key, value in entry.items() if value != {} or key not in ("inputs", "outputs")}


_UNCOUNTED = frozenset({StepOp.REMOVE_PENDING_REPLACE, StepOp.REFRESH})


def is_shown(step: Step) -> bool:
    """Whether a person who looks at changes wants to see the step: not what stays the same, not parts of others."""
    if step.op is StepOp.SAME:
        return step.old is not None and step.new is not None and step.old.protect != step.new.protect
    return step.op.traits.is_logical


def is_counted(step: Step) -> bool:
    """Whether a step, that went well, is one of the operation's changes.

    A read that found what is in the state already is none, nor is one of something that was not read before
    (pulumi's ``pkg/engine/update.go``, ``ShouldRecordReadStep``).
    """
    if urns.is_default_provider(step.urn) or step.skipped or step.op in _UNCOUNTED:
        return False
    if step.op is StepOp.READ:
        old, new = step.old, step.new
        return old is not None and new is not None and not same(old.outputs, new.outputs)
    return step.op.traits.is_logical
