"""A command of an app's that ends: run as the app runs, waited for, with the end of what it wrote."""

import time
from dataclasses import dataclass
from pathlib import Path

from slipway.sandbox.running import app_user
from slipway.sandbox.running.web import WebApp, of_app
from slipway.sandbox.services import files, processes

POLL = 0.02
"""Seconds between two looks at it."""
SHOWN = 20
"""Lines of its output that are shown where it failed."""
MARK = "slipway: ended with "
"""What the shell writes last: its status, which the first process that waits for it would take away."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    why: str
    """In words: its exit status, or that it took too long; "" where it succeeded."""
    output: str
    """The end of what it wrote."""


def run(state_folder: Path, app: WebApp, command: str, seconds: float) -> Ended:
    """Run a command in an app's folder, with the app's environment and user, for so many seconds at most."""
    log = app.log.with_suffix(".command.log")
    files.remove(log)
    reads = [app.installed, *app_user.prefixes_of(app.installed)]
    process = processes.spawn(
        [
            *app_user.words_before(state_folder, own=[app.source], reads=reads),
            "/bin/bash",
            "-c",
            f"( {command}\n); status=$?; echo; echo {MARK!r}$status",
        ],
        state_folder=state_folder,
        log=log,
        extra={**app.variables, **of_app(app)},
        cwd=app.source,
    )
    until = time.monotonic() + seconds
    while process.alive and time.monotonic() < until:
        time.sleep(POLL)
    late = process.alive
    processes.end([process])
    text, _, status = log.read_text(encoding="utf-8", errors="replace").rstrip().rpartition(MARK)
    if late or not status.isdecimal():
        text = text or status
    with app.log.open("a", encoding="utf-8") as whole:
        whole.write(f"{text.rstrip()}\n" if text.strip() else "")
    output = "\n".join(text.rstrip().splitlines()[-SHOWN:])
    if late:
        return Ended(1, f"it ran longer than {seconds:.0f} s", output)
    code = int(status) if status.isdecimal() else 1
    return Ended(code, f"it ended with status {code}" if code else "", output)
