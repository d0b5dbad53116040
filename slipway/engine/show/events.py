"""The event log: what an operation does, as Pulumi's engine events, one JSON document each.

Pulumi's Automation API reads it while the operation runs: from a file, a line an event (``--event-log FILE``), or as a
stream over gRPC (``--event-log tcp://HOST:PORT``).
"""

import json
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.steps import Step
from slipway.engine.values import urn as urns
from slipway.wire.values import masked

Event = dict[str, Any]


class _File:
    """Events as lines of a file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    def write(self, text: str) -> None:
        """Write one event, at once."""
        self._file.write(f"{text}\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Stream:
    """Events as a stream to a server that shows them; where it goes away, the operation goes on."""

    def __init__(self, address: str) -> None:
        # gRPC takes a tenth of a second to import, which only this stream needs here.
        import grpc
        from pulumi.runtime.proto import events_pb2, events_pb2_grpc

        self._texts: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        stub = events_pb2_grpc.EventsStub(grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]))

        def send() -> None:
            try:
                stub.StreamEvents(events_pb2.EventRequest(event=text) for text in iter(self._texts.get, None))
            except grpc.RpcError:
                return

        self._thread = threading.Thread(target=send, name="events", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Send one event."""
        self._texts.put(text)

    def close(self) -> None:
        """Send what is left, and wait until it has arrived."""
        self._texts.put(None)
        self._thread.join(10)


class EventLog:
    """Writes each event at once; secrets are ``[secret]``."""

    def __init__(self, target: str, *, preview: bool) -> None:
        address = target.removeprefix("tcp://")
        self._sink = _Stream(address) if address != target else _File(Path(target))
        self._preview, self._number, self._started = preview, 0, time.monotonic()
        self.clean: Callable[[str], str] = str
        """Takes sealed settings out of an event."""

    def prelude(self, config: dict[str, str]) -> None:
        """The operation begins with these settings."""
        self._write("preludeEvent", {"config": config})

    def began(self, step: Step) -> None:
        """A step begins."""
        self._write("resourcePreEvent", {"metadata": _metadata(step), "planning": self._preview})

    def ended(self, step: Step, problem: str) -> None:
        """A step has ended."""
        if problem:
            self.tell("error", step.urn, problem)
            self._write("resOpFailedEvent", {"metadata": _metadata(step), "status": 2, "steps": 0})
        else:
            self._write("resOutputsEvent", {"metadata": _metadata(step), "planning": self._preview})

    def tell(self, severity: str, urn: str, message: str) -> None:
        """A diagnostic."""
        event = {"urn": urn, "message": message, "color": "never", "severity": severity}
        self._write("diagnosticEvent", {key: value for key, value in event.items() if value})

    def close(self, changes: dict[str, int]) -> None:
        """The operation has ended."""
        seconds = int(time.monotonic() - self._started)
        summary = {"maybeCorrupt": False, "durationSeconds": seconds, "resourceChanges": changes, "PolicyPacks": {}}
        self._write("summaryEvent", summary)
        self._write("cancelEvent", {})
        self._sink.close()

    def _write(self, kind: str, event: Event) -> None:
        line = {"sequence": self._number, "timestamp": int(time.time()), kind: event}
        self._number += 1
        self._sink.write(self.clean(json.dumps(line)))


def _metadata(step: Step) -> Event:
    metadata: Event = {
        "op": step.op.value,
        "urn": step.urn,
        "type": urns.type_of(step.urn),
        "provider": step.subject.provider,
        "old": _state(step.old),
        "new": _state(step.new),
        "keys": list(step.keys),
        "diffs": list(step.diffs),
        "logical": step.op.traits.is_logical,
    }
    if step.detailed is not None:
        kinds = {path: {"diffKind": kind, "inputDiff": about} for path, (kind, about) in step.detailed.items()}
        metadata["detailedDiff"] = kinds
    return metadata


def _state(resource: Resource | None) -> Event | None:
    if resource is None:
        return None
    entry = state.encode(resource, lambda value, owner: masked(value))
    names = ("type", "urn", "custom", "delete", "id", "parent", "protect", "retainOnDelete", "provider", "initErrors")
    values = {name: entry.get(name, {}) for name in ("inputs", "outputs")}
    return {"id": "", "parent": "", "provider": "", **{key: entry[key] for key in names if key in entry}, **values}


class Both:
    """Two displays of one operation."""

    def __init__(self, first: Any, second: EventLog) -> None:  # noqa: ANN401 - a display or a digest
        self._both = (first, second)

    def began(self, step: Step) -> None:
        """Pass it on."""
        for display in self._both:
            display.began(step)

    def ended(self, step: Step, problem: str) -> None:
        """Pass it on."""
        for display in self._both:
            display.ended(step, problem)

    def tell(self, severity: str, urn: str, message: str) -> None:
        """Pass it on."""
        for display in self._both:
            display.tell(severity, urn, message)
