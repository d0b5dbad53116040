"""The state of a running operation, kept on disk at every moment without rewriting the checkpoint each time.

The checkpoint of a stack with 1,000 resources is a megabyte; writing it twice a resource would be quadratic. So each
change is one line appended to ``<stack>.journal`` beside the checkpoint, and fsynced before anything depends on it.
A background thread folds the journal into the checkpoint soon after (50 ms, or ten times what the last writing
took), so that the Pulumi CLI, which does not know the journal, finds a checkpoint that is at most that old, pending
operations included, should this process be killed; the lock of the dead operation stays in its way until somebody has
looked. Any later command of this engine reads checkpoint and journal together and loses nothing.

Lines (JSON): ``{"base": sha256, "new": [keys], "old": [keys], "pending": [numbers]}`` names a checkpoint that has just
been or is about to be written and which of its entries has which key; ``put``, ``drop``, ``begin`` and ``end`` are
changes since. Reading starts at the last line whose ``base`` is the checkpoint that is there. Before each line stands
its CRC-32, so that a damaged one is seen.
"""

import contextlib
import hashlib
import json
import os
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.files import absent_is_fine, replace_file
from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.faults import fault_point

SHORTEST_REST, SHARE = 0.05, 10
"""Seconds between two writings of the checkpoint at least, and how many times its own duration."""

Raw = dict[str, Any]


class JournalError(Exception):
    """A line of a journal that others follow is damaged; the message says which."""


def merged(checkpoint: bytes, journal: bytes) -> tuple[Raw, bool]:
    """The checkpoint's ``latest`` with the journal's changes, and whether the journal belongs to this checkpoint.

    A last line that is not whole (the process died while it was writing) counts as not written; one without any change
    belongs to every checkpoint. Raises :class:`JournalError` for a damaged line.
    """
    latest = json.loads(checkpoint)["checkpoint"].get("latest") or {}
    digest = hashlib.sha256(checkpoint).hexdigest()
    lines = [_read(number, line) for number, line in enumerate(journal.split(b"\n")[:-1], 1)]
    starts = [number for number, line in enumerate(lines) if line.get("base") == digest]
    if not starts:
        return latest, all("base" in line for line in lines)
    at = lines[starts[-1]]
    entries = latest.get("resources") or []
    new = dict(zip(at["new"], entries, strict=False))
    old = dict(zip(at["old"], entries[len(new) :], strict=False))
    pending: dict[int, Raw] = dict(zip(at["pending"], latest.get("pending_operations") or [], strict=False))
    for line in lines[starts[-1] + 1 :]:
        for key, entry in line.get("put", {}).items():
            (old if int(key) in old else new)[int(key)] = entry
        for key in line.get("drop", ()):
            new.pop(key, None)
            old.pop(key, None)
        old |= {int(key): entry for key, entry in line["old"].items()} if isinstance(line.get("old"), dict) else {}
        for number, operation in line.get("begin", {}).items():
            pending[int(number)] = operation
        for number in line.get("end", ()):
            pending.pop(number, None)
    latest["resources"] = [*new.values(), *old.values()]
    latest["pending_operations"] = list(pending.values())
    return latest, True


def _read(number: int, line: bytes) -> Raw:
    checksum, _, text = line.partition(b" ")
    if checksum.decode(errors="replace") != f"{zlib.crc32(text):08x}":
        raise JournalError(f"line {number}")
    return json.loads(text)


class Journal:
    """The resources and pending operations of a stack while an operation runs, durable after every call.

    ``old`` are those the operation has not come to yet, ``new`` those it has; a checkpoint lists the new ones first.
    """

    def __init__(self, path: Path, encode: Callable[[Resource], Raw], wrap: Callable[[str, str], str]) -> None:
        self.path, self._encode, self._wrap = path, encode, wrap
        self.journal_path = path.with_suffix(".journal")
        self._guard = threading.RLock()
        self._new: dict[int, str] = {}
        self._old: dict[int, str] = {}
        self._pending: dict[int, str] = {}
        self._lines: list[str] = []
        self._last_key = 0
        self._dirty = threading.Event()
        self._closed = False
        self._file: Any = None

    def open(self, resources: list[Resource], pending: list[tuple[str, Resource]]) -> None:
        """Start from what the last operation left. ``pending`` is carried along until something ends it."""
        for resource in resources:
            self._old[self._key(resource)] = self._text(resource)
        for kind, resource in pending:
            self._pending[self._next()] = json.dumps(
                {"resource": self._encode(resource), "type": kind}, separators=_TIGHT
            )
        fault_point("write")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.journal_path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        whole = os.pread(self._file, os.fstat(self._file).st_size, 0).rfind(b"\n") + 1
        os.ftruncate(self._file, whole)  # the beginning of a line that the last process did not finish
        self.write_checkpoint()
        threading.Thread(target=self._fold, daemon=True, name="journal").start()

    def begin(self, kind: str, resource: Resource) -> int:
        """Say durably that an operation is about to be asked of a provider; the number ends it. Raises OSError."""
        with self._guard:
            number = self._next()
            text = json.dumps({"resource": self._encode(resource), "type": kind}, separators=_TIGHT)
            self._append(f'{{"begin":{{"{number}":{text}}}}}')
            self._pending[number] = text
        fault_point("pending-written")
        return number

    def end(self, number: int | None, put: tuple[Resource, ...] = (), drop: tuple[Resource, ...] = ()) -> None:
        """Say durably what an operation did: ``put`` is new or changed, ``drop`` is gone."""
        with self._guard:
            ended = [] if number is None or self._pending.pop(number, None) is None else [number]
            self._lines.append(self._change(put, drop, ended))
            self._append()
        fault_point("end-written")

    def note(self, put: tuple[Resource, ...] = (), drop: tuple[Resource, ...] = ()) -> None:
        """Remember a change that nothing in a cloud depends on; it becomes durable with the next one that is."""
        with self._guard:
            self._lines.append(self._change(put, drop, []))

    def restart(self, resources: list[Resource]) -> None:
        """Take other resources as those the operation starts from, as after a refresh."""
        with self._guard:
            dropped = [*self._new, *self._old]
            self._new.clear()
            self._old.clear()
            texts = {self._key(resource): self._text(resource) for resource in resources}
            self._old.update(texts)
            written = ",".join(f'"{key}":{text}' for key, text in texts.items())
            self._lines.append(f'{{"put":{{}},"drop":{json.dumps(dropped)},"old":{{{written}}}}}')
            self._append()

    def forget_pending(self, urns: set[str] | None) -> None:
        """End the pending operations of ``urns``; all of them for None."""
        with self._guard:
            for number, text in list(self._pending.items()):
                if urns is None or json.loads(text)["resource"]["urn"] in urns:
                    self._pending.pop(number)
                    self._lines.append(f'{{"end":[{number}]}}')
            self._append()

    def holds_old(self, resource: Resource) -> bool:
        """Whether the resource is one that the operation has not come to yet."""
        return resource.key in self._old

    def write_checkpoint(self) -> None:
        """Write the whole checkpoint now. Raises OSError where it cannot be written; the old one is kept then."""
        with self._guard:
            content = self.content()
            mark = {"base": hashlib.sha256(content).hexdigest(), "new": [*self._new], "old": [*self._old]}
            self._append(json.dumps(mark | {"pending": [*self._pending]}, separators=_TIGHT))
            replace_file(self.path, content, backup=True)

    def content(self) -> bytes:
        """The checkpoint file as it is to be now."""
        resources = ",".join([*self._new.values(), *self._old.values()])
        return self._wrap(resources, ",".join(self._pending.values())).encode()

    def close(self) -> None:
        """Write the checkpoint and remove the journal.

        Raises :class:`EngineError` where that fails; it names the emergency copy that was written instead.
        """
        self._closed = True
        self._dirty.set()
        with self._guard:
            try:
                self.write_checkpoint()
            except OSError as error:
                raise EngineError(self._rescue(error)) from error
            finally:
                os.close(self._file)
            with absent_is_fine():
                self.journal_path.unlink()

    def _rescue(self, error: OSError) -> str:
        import tempfile

        problem = f"the checkpoint {self.path} cannot be written: {error.strerror or error}; the old one was kept."
        try:
            with tempfile.NamedTemporaryFile(
                "wb", prefix=f"{self.path.stem}-emergency-", suffix=".json", delete=False
            ) as file:
                file.write(self.content())
            return (
                f"{problem} What this operation did is in {file.name}: put it back with "
                f"`slipway engine stack import --file {file.name}`"
            )
        except OSError as second:
            return f"{problem} An emergency copy could not be written either: {second.strerror}"

    def _fold(self) -> None:
        """Keep the checkpoint young; see the module."""
        rest = SHORTEST_REST
        while True:
            self._dirty.wait()
            time.sleep(rest)
            with self._guard:
                if self._closed:
                    return
                self._dirty.clear()
                started = time.monotonic()
                with contextlib.suppress(OSError):  # the journal has it, and the last writing tells of it
                    self.write_checkpoint()
                self._dirty.clear()
                rest = max(SHORTEST_REST, SHARE * (time.monotonic() - started))

    def _change(self, put: tuple[Resource, ...], drop: tuple[Resource, ...], ended: list[int]) -> str:
        texts = {}
        for resource in put:
            key = self._key(resource)
            texts[key] = self._text(resource)
            (self._old if key in self._old else self._new)[key] = texts[key]
        for resource in drop:
            self._new.pop(resource.key, None)
            self._old.pop(resource.key, None)
        written = ",".join(f'"{key}":{text}' for key, text in texts.items())
        dropped = [resource.key for resource in drop]
        return f'{{"put":{{{written}}},"drop":{json.dumps(dropped)},"end":{json.dumps(ended)}}}'

    def _append(self, *more: str) -> None:
        """Write what was noted and ``more``, and wait until the disk has it.

        Raises OSError; the journal is as it was then, and what was noted is written with the next line.
        """
        texts = [text.encode() for text in (*self._lines, *more)]
        content = b"".join(b"%08x %s\n" % (zlib.crc32(text), text) for text in texts)
        size = os.fstat(self._file).st_size
        try:
            fault_point("write")
            while content:
                content = content[os.write(self._file, content) :]
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, size)
            raise
        self._lines.clear()
        self._dirty.set()

    def _text(self, resource: Resource) -> str:
        return json.dumps(self._encode(resource), separators=_TIGHT)

    def _key(self, resource: Resource) -> int:
        resource.key = resource.key or self._next()
        return resource.key

    def _next(self) -> int:
        self._last_key += 1
        return self._last_key


_TIGHT = (",", ":")
