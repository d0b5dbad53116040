"""The events of Pulumi's own engine, shown as this engine shows its own.

``pulumi … --event-log FILE`` writes a line an event: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
"""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.show.display import Lines
from slipway.engine.values import urn as urns
from slipway.wire.values import Props

Event = dict[str, Any]
FOUND_PLUGIN = re.compile(r"using pulumi-\S+ from \$PATH at ")
"""Pulumi's note on which plugin it found, sent as a warning, which asks nothing of the user."""
OPS = frozenset(op.value for op in StepOp)
STATE = (
    "urn",
    "type",
    "custom",
    "delete",
    "id",
    "parent",
    "protect",
    "retainOnDelete",
    "provider",
    "inputs",
    "outputs",
)


class Replay:
    """Passes events on to a display, and counts what the engine says has changed."""

    def __init__(self, display: Lines) -> None:
        self._display = display
        self._began: set[tuple[str, str]] = set()
        self._ended: set[tuple[str, str]] = set()
        self.changes: dict[str, int] = {}
        """How many resources were changed in which way, by kind of step; empty until the summary."""

    def show(self, lines: Iterable[str]) -> None:
        """Show each line's event; one that this display has no place for is passed over."""
        for line in lines:
            if line.strip():
                self._event(json.loads(line))

    def _event(self, event: Event) -> None:
        if pre := event.get("resourcePreEvent"):
            self._step(pre["metadata"], ended=False)
        elif outputs := event.get("resOutputsEvent"):
            self._step(outputs["metadata"], ended=True)
        elif failed := event.get("resOpFailedEvent"):
            # What it failed with comes as a diagnostic of its own.
            if step := step_of(failed["metadata"]):
                self._display.show(step, "failed")
        elif diagnostic := event.get("diagnosticEvent"):
            if not diagnostic.get("ephemeral"):
                message = _message_of(diagnostic)
                severity = "debug" if FOUND_PLUGIN.match(message) else diagnostic["severity"]
                self._display.tell(severity, diagnostic.get("urn", ""), message)
        elif printed := event.get("stdoutEvent"):
            self._display.tell("info", "", printed["message"])
        elif summary := event.get("summaryEvent"):
            counted = summary.get("resourceChanges") or {}
            self.changes = {op: int(count) for op, count in counted.items() if op in OPS}

    def _step(self, metadata: Event, *, ended: bool) -> None:
        step = step_of(metadata)
        if step is None:
            return
        key = (step.urn, step.op.value)
        if key not in self._began:
            self._began.add(key)
            self._display.began(step)
        # Of a component without outputs the engine does not say that it has ended: it is there once it is registered.
        is_component = not step.subject.custom and not urns.is_root(step.urn)
        if (ended or is_component) and key not in self._ended:
            self._ended.add(key)
            self._display.ended(step, "")


def step_of(metadata: Event) -> Step | None:
    """The step of an event; None for a kind of step that this engine does not have."""
    if metadata["op"] not in OPS:
        return None
    op = StepOp(metadata["op"])
    old, new = _resource(metadata.get("old")), _resource(metadata.get("new"))
    lacking = (op.traits.needs_new and new is None) or (op.traits.needs_old and old is None)
    if lacking or not (old or new):
        return None
    detailed = {
        path: (str(one.get("diffKind", "update")), bool(one.get("inputDiff")))
        for path, one in (metadata.get("detailedDiff") or {}).items()
    }
    words: Props = {
        "keys": tuple(metadata.get("keys") or ()),
        "diffs": tuple(metadata.get("diffs") or ()),
        "detailed": detailed or None,
    }
    try:
        return Step(op, old=old, new=new, **words)
    except ValueError:  # what has been made has an id already; the step was made before
        return Step(op, old=old, new=replace(new, id="") if new else None, **words)


def _resource(entry: Event | None) -> Resource | None:
    if not entry:
        return None
    fields = {name: entry[name] for name in STATE if entry.get(name) is not None}
    return Resource(**fields)


def _message_of(diagnostic: Event) -> str:
    """The message without the severity in front of it, which the display writes itself."""
    text = str(diagnostic.get("message", ""))
    prefix = str(diagnostic.get("prefix", ""))
    text = text.removeprefix(prefix) if prefix else text
    return text.removeprefix(f"{diagnostic['severity']}: ")
