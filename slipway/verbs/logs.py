"""Print what apps have logged: ``slipway logs``."""

import queue
import threading
from collections.abc import Iterable, Iterator

from slipway.errors import UserError
from slipway.platforms.platform import Deployment, Logs
from slipway.stack.engines import Engine
from slipway.verbs.deployments import all_deployments, find_deployment, require


def logs(stack: str, name: str | None, engine: Engine = Engine.auto, *, follow: bool, lines: int) -> int:
    """Print the last ``lines`` lines; with ``follow`` also new ones, until Ctrl-C. Raises :class:`UserError`.

    Without a name: of every app of the stack, each line behind the name of its app.
    """
    shown = _of_one(stack, name, engine, follow, lines) if name else _of_all(stack, engine, follow, lines)
    try:
        for line in shown:
            print(line, flush=True)
    except KeyboardInterrupt:
        print()
    return 0


def _of_one(stack: str, name: str, engine: Engine, follow: bool, lines: int) -> Iterable[str]:
    deployment, platform = find_deployment(stack, name, engine)
    return require(deployment, platform.logs)(deployment, follow, lines)


def _of_all(stack: str, engine: Engine, follow: bool, lines: int) -> Iterator[str]:
    """Lines of every app; where an app's platform has no log, the sentence that says why. Raises :class:`UserError`."""
    readers: list[tuple[Deployment, Logs]] = []
    problems: list[UserError] = []
    for deployment, platform in all_deployments(stack, engine):
        try:
            readers.append((deployment, require(deployment, platform.logs)))
        except UserError as error:
            problems.append(error)
    if not readers:
        raise problems[0]
    yield from map(str, problems)
    width = max(len(deployment.app.name) for deployment, _ in readers)
    read = [(f"{deployment.app.name:{width}} | ", deployment, reader) for deployment, reader in readers]
    if follow:
        yield from _side_by_side(read, lines)
        return
    for prefix, deployment, reader in read:
        yield from _lines(prefix, deployment, reader, False, lines)


def _lines(prefix: str, deployment: Deployment, reader: Logs, follow: bool, lines: int) -> Iterator[str]:
    """An app's lines behind its name; a log that cannot be read is no reason to hide the others'."""
    try:
        for line in reader(deployment, follow, lines):
            yield f"{prefix}{line}"
    except UserError as error:
        yield f"{prefix}{error}"


def _side_by_side(read: list[tuple[str, Deployment, Logs]], lines: int) -> Iterator[str]:
    """The lines of several logs as they come, until each has ended."""
    came: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def follow(prefix: str, deployment: Deployment, reader: Logs) -> None:
        try:
            for line in _lines(prefix, deployment, reader, True, lines):
                came.put(line)
        finally:
            came.put(None)

    for entry in read:  # daemons: a log that is followed has no end, and Ctrl-C is not to wait for one
        threading.Thread(target=follow, args=entry, daemon=True).start()
    running = len(read)
    while running:
        line = came.get()
        if line is None:
            running -= 1
        else:
            yield line
