"""The events of Pulumi's own engine are shown as this engine shows its own."""

import io
import json
from pathlib import Path
from typing import Any

from slipway.engine.show.display import Lines, View
from slipway.engine.show.replay import Replay
from slipway.stack.rendered import is_served

EVENTS = Path(__file__).parent / "data" / "pulumi_events.jsonl"
"""What `pulumi up --event-log` wrote of a program with one component, an output and a line that it prints."""
URN = "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b"


def shown(lines: list[str], *, preview: bool = False) -> list[str]:
    display = Lines("dev", View(preview=preview, details=preview))
    display.stream = io.StringIO()
    replay = Replay(display)
    replay.show(lines)
    display.summary(replay.changes)
    return display.stream.getvalue().splitlines()[:-1]  # the duration


def event(kind: str, op: str, **more: Any) -> str:
    bucket = {"urn": URN, "type": "aws:s3/bucket:Bucket", "custom": True, "id": "b-1", "inputs": {}, "outputs": {}}
    metadata = {"op": op, "urn": URN, "type": bucket["type"], "old": None, "new": bucket, **more}
    return json.dumps({"sequence": 0, kind: {"metadata": metadata}})


def test_an_up_reads_as_ours():
    """Lines, the stack's outputs, and the count; debugging is left out."""
    assert [line.partition(" (0.")[0] for line in shown(EVENTS.read_text().splitlines())] == [
        "hello",
        " +  pulumi:pulumi:Stack  evp-dev  creating",
        " +  a:b:G  g  creating",
        " +  a:b:G  g  created",
        " +  pulumi:pulumi:Stack  evp-dev  created",
        "Outputs:",
        "    + x: 1",
        "Resources: + 2 created",
    ]


def test_a_failure_is_shown_with_its_reason():
    """The resource's line, and below the diagnostics in the engine's words, without the severity twice."""
    said = {
        "urn": URN,
        "prefix": "error: ",
        "message": "error: no such bucket\n",
        "severity": "error",
        "color": "never",
    }
    lines = shown(
        [
            event("resourcePreEvent", "create"),
            event("resOpFailedEvent", "create"),
            json.dumps({"sequence": 1, "diagnosticEvent": said}),
        ]
    )
    assert " +  aws:s3/bucket:Bucket  b  failed" in lines
    assert "    error: no such bucket" in lines


def test_a_step_that_this_engine_has_not_is_passed_over():
    """A newer `pulumi` may have more kinds of step."""
    assert shown([event("resourcePreEvent", "teleport")]) == ["Resources: none"]


def test_what_asks_or_prints_a_document_is_left_to_pulumi():
    """Our display shows what it can show alike, and nothing else."""
    assert is_served(["up", "--stack", "sandbox", "--yes", "--skip-preview"])
    assert is_served(["preview", "--stack", "sandbox"])
    assert not is_served(["up", "--stack", "sandbox"])
    assert not is_served(["preview", "--stack", "sandbox", "--json"])
    assert not is_served(["cancel", "--stack", "sandbox", "--yes"])


def test_where_a_plugin_was_found_is_no_warning():
    """Pulumi notes it as one for each plugin; any other warning is shown."""
    notes = ["using pulumi-resource-gcp from $PATH at /usr/bin/pulumi-resource-gcp", "the region is far away"]
    lines = shown([json.dumps({"diagnosticEvent": {"message": note, "severity": "warning"}}) for note in notes])
    assert [line.strip() for line in lines if "warning" in line] == ["warning: the region is far away"]
