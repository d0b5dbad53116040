"""Long-running operations: https://cloud.google.com/apis/design/design_patterns#long_running_operations.

What is quick is done when it is answered. What takes longer runs in a thread and is asked for by its name; one that a
restart has cut off ends with ABORTED.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable

from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.errors import ApiError, Json, missing
from slipway.sandbox.google.routing import Call, Method
from slipway.sandbox.stores.google import Record, Transaction

KIND = "operation"
PATIENCE, POLL = 30.0, 0.05
"""Seconds that one who waits for an operation is kept at most, and between two looks at it."""
log = logging.getLogger(__name__)


def done(now: Transaction, name: str, project: str, response: Json, metadata: Json | None = None) -> Json:
    """An operation that has come to its end already, kept so that it can be asked for."""
    operation = {"name": name, **({"metadata": metadata} if metadata else {}), "done": True, "response": response}
    now.put(KIND, Record(name, project, operation))
    return operation


def started(cloud: Cloud, name: str, project: str, metadata: Json, act: Callable[[], Json]) -> Json:
    """An operation that runs ``act`` in a thread, and answers with what it gives or refuses."""
    operation: Json = {"name": name, "metadata": metadata}
    _put(cloud, project, {**operation, "done": False})

    def run() -> None:
        try:
            outcome: Json = {"response": act()}
        except ApiError as refusal:
            outcome = {"error": refusal.rpc()}
        except Exception as fault:
            log.exception("an operation failed: %s", name)
            outcome = {"error": ApiError(500, f"Internal error encountered: {fault}").rpc()}
        _put(cloud, project, {**operation, "done": True, **outcome})

    threading.Thread(target=run, name=name, daemon=True).start()
    return {**operation, "done": False}


def outcome(cloud: Cloud, operation: Json) -> Json:
    """What an operation comes to, however long that takes. Raises :class:`ApiError` where it fails."""
    while not operation.get("done"):
        time.sleep(POLL)
        record = cloud.store.get(KIND, operation["name"])
        if record is None:
            raise missing(operation["name"])
        operation = record.body
    if error := operation.get("error"):
        raise ApiError.of_rpc(error)
    return operation["response"]


def abort_pending(cloud: Cloud) -> None:
    """End the operations that an earlier server was about when it ended."""
    with cloud.store.transaction() as now:
        for record in now.all(KIND):
            if not record.body.get("done"):
                error = ApiError(503, "The operation was cut off: the sandbox was restarted.", status="ABORTED").rpc()
                now.put(KIND, Record(record.name, record.project, {**record.body, "done": True, "error": error}))


def get_by(form: str) -> Method:
    """The method that gives an operation; ``form`` makes its name of the path's variables."""

    def get(call: Call) -> Json:
        name = form.format_map(call.path)
        record = call.cloud.store.get(KIND, name)
        if record is None:
            raise missing(name)
        return record.body

    return get


def wait_by(form: str) -> Method:
    """The method that gives an operation once it is done, or as it is when ``timeout`` is over."""
    get = get_by(form)

    def wait(call: Call) -> Json:
        text = str(call.body.get("timeout") or f"{PATIENCE}s")
        try:
            deadline = time.monotonic() + min(float(text.removesuffix("s")), PATIENCE)
        except ValueError:
            raise ApiError(400, f"Invalid value at 'timeout': a duration as 3.5s is required, got {text!r}") from None
        while not (operation := get(call)).get("done") and time.monotonic() < deadline:
            time.sleep(POLL)
        return operation

    return wait


def list_by(form: str) -> Method:
    """The method that lists the operations whose names begin so."""

    def listed(call: Call) -> Json:
        prefix = form.format_map(call.path)
        found = [record.body for record in call.cloud.store.all(KIND) if record.name.startswith(prefix)]
        return call.page("operations", found)

    return listed


def unique() -> str:
    """The last part of an operation's name."""
    return str(uuid.uuid4())


def named(thing: str) -> str:
    """The identity of what is always the same: a thing by its name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, thing))


def _put(cloud: Cloud, project: str, operation: Json) -> None:
    with cloud.store.transaction() as now:
        now.put(KIND, Record(operation["name"], project, operation))
