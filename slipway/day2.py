"""What one asks of an app once it is live: its log, its versions, an answer to an event."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from slipway import lifecycle
from slipway.apps import App, pick
from slipway.engines import Engine
from slipway.lifecycle import Run
from slipway.project import UserError

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


def invoke(stack: str, name: str, event: Path) -> int:
    """Call a function with the event in a file; 1 where it failed. Raises :class:`UserError`."""
    run, app = _find(stack, name)
    if app.home != "AWS Lambda":
        raise UserError(f"{name} runs on {app.home} and is asked at its address, {app.url}: only functions take events")
    payload = _event(event)
    from slipway.sandbox.aws import functions

    answer = functions.invoke(_aws_endpoint(run), app.details["region"], app.resource, "live", payload)
    print(answer.payload.decode())
    for line in answer.log_tail.splitlines():
        print(f"  log: {line}", file=sys.stderr)
    if answer.error:
        print(f"error: {name} failed ({answer.error})", file=sys.stderr)
    return 1 if answer.error else 0


def logs(stack: str, name: str, *, follow: bool, lines: int) -> int:
    """Print what an app has logged, the last ``lines`` lines first; with ``follow`` until interrupted."""
    run, app = _find(stack, name)
    if app.home not in LOGS:
        raise UserError(f"{name} runs on {app.home}, which has no log here: {', '.join(LOGS)} have")
    try:
        for line in LOGS[app.home](run, app, follow, lines):
            print(line, flush=True)
    except KeyboardInterrupt:
        print()
    return 0


def versions(stack: str, name: str) -> int:
    """List the versions that are kept, newest first."""
    from slipway import tables
    from slipway.tables import table_of

    _, app = _find(stack, name)
    if not app.versions:
        raise UserError(f"{name} runs on {app.home}, where the stack keeps no earlier versions")
    rows = [(version, "all traffic" if at == 0 else "") for at, version in enumerate(app.versions)]
    tables.show(table_of(f"{name} on {app.home}", ("version", ""), rows))
    return 0


def details(stack: str, name: str) -> Mapping[str, Any]:
    """All that a stack's outputs say of an app. Raises :class:`UserError`."""
    return _find(stack, name)[1].details


def _find(stack: str, name: str) -> tuple[Run, App]:
    run = lifecycle.begin(stack, Engine.auto, ())
    return run, pick(lifecycle.outputs(run), name, stack)


def _event(path: Path) -> bytes:
    try:
        text = path.read_bytes()
        json.loads(text)
    except OSError as missing:
        raise UserError(f"the event {path} cannot be read: {missing.strerror}") from None
    except ValueError as wrong:
        raise UserError(f"the event {path} is not JSON: {wrong}") from None
    return text


def _aws_endpoint(run: Run) -> str | None:
    return lifecycle.environment(run)["AWS_ENDPOINT_URL"] if run.sandbox else None


def _function_log(run: Run, app: App, follow: bool, lines: int) -> Iterator[str]:
    from slipway.sandbox.aws import functions

    for line in functions.logs(_aws_endpoint(run), app.details["region"], app.details["log_group"], lines, follow):
        yield f"{line.time:%H:%M:%S} {line.text}"


def _version_log(run: Run, app: App, follow: bool, lines: int) -> Iterator[str]:
    if not run.sandbox:
        raise UserError(f"read the log of {app.name} with: gcloud app logs tail --service {app.resource}")
    path = run.project.home / "sandbox/logs" / f"{app.resource}.{app.versions[0]}.log"
    try:
        with path.open(encoding="utf-8", errors="replace") as log:
            yield from (line.rstrip("\n") for line in log.readlines()[-lines:])
            while follow:
                line = log.readline()
                if line:
                    yield line.rstrip("\n")
                else:
                    time.sleep(POLL)
    except FileNotFoundError:
        raise UserError(f"{app.name} has no log at {path}: is it up? `slipway up --stack {run.stack}`") from None


LOGS: dict[str, Callable[[Run, App, bool, int], Iterator[str]]] = {
    "AWS Lambda": _function_log,
    "App Engine": _version_log,
}
