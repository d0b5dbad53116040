"""`pulumi` on a stack of the sandbox, in this command's display: apps on a terminal, a line a resource in a pipe."""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from slipway.engine.show.display import Lines, View
from slipway.engine.show.folded import display
from slipway.engine.show.replay import Replay

HEADS = {"up": "Updating", "preview": "Previewing update", "destroy": "Destroying", "refresh": "Refreshing"}
OWN = frozenset({"--yes", "-y", "--skip-preview", "--suppress-outputs", "--refresh", "--diff", "--non-interactive"})
"""Words under which the two displays say the same; with any other flag `pulumi` shows itself what was asked for."""
VALUED = ("--stack", "--target", "--parallel", "--message", "--exclude", "--replace")
EVENTS = "PULUMI_DEBUG_COMMANDS"
"""The variable without which `pulumi` has no flag `--event-log`; the Automation API sets it too."""
SECONDS = 0.1
"""Between two looks at the events."""


def is_served(words: Sequence[str]) -> bool:
    """Whether the events of this command can be shown: it asks nothing, and prints no document."""
    verb, *rest = words
    asks_nothing = verb == "preview" or {"--yes", "--skip-preview"} <= set(rest)
    flags = [word.partition("=")[0] for word in rest if word.startswith("-")]
    return verb in HEADS and asks_nothing and all(flag in OWN or flag in VALUED for flag in flags)


def run(words: Sequence[str], stack: str, root: Path, environment: Mapping[str, str]) -> int:
    """Run `pulumi`, show its events, and return its exit status; its own errors stand below."""
    verb, preview = words[0], words[0] == "preview"
    view = View(
        preview=preview,
        details=preview or "--diff" in words,
        suppress_outputs="--suppress-outputs" in words,
        folded="--diff" not in words,
    )
    lines = display(stack, view, interactive=True)
    lines.head(HEADS[verb])
    with tempfile.TemporaryDirectory(prefix="slipway-events-") as folder:
        events, errors = Path(folder) / "events.jsonl", Path(folder) / "errors"
        events.touch(0o600)
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                ["pulumi", *words, "--event-log", str(events), "--non-interactive"],
                cwd=root,
                env={**environment, EVENTS: "true"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        with events.open(encoding="utf-8") as file:
            return _shown(process, file, errors, lines)


def _shown(process: "subprocess.Popen[bytes]", events: TextIO, errors: Path, lines: Lines) -> int:
    replay, interrupted = Replay(lines), False
    while True:
        try:
            replay.show(_lines(process, events))
            break
        except KeyboardInterrupt:  # `pulumi` got it too, and ends by itself
            interrupted = True
    status = process.wait()
    # What it says of an operation that has begun is among the events.
    text = errors.read_text(encoding="utf-8", errors="replace").strip()
    if status and text and not replay.changes:
        lines.tell("error", "", text.removeprefix("error: "))
    lines.summary(replay.changes)
    if interrupted:
        raise KeyboardInterrupt
    return status


def _lines(process: "subprocess.Popen[bytes]", events: TextIO) -> Iterator[str]:
    """Whole lines of a file that grows until the process has ended."""
    rest = ""
    while True:
        ended = process.poll() is not None
        rest += events.read()
        *lines, rest = rest.split("\n")
        yield from lines
        if ended:
            return
        time.sleep(SECONDS)
