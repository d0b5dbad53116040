"""Pulumi's file backend: stacks, their history, their backups and their locks (ENGINE.md, "Files")."""

import contextlib
import getpass
import json
import os
import re
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.files import absent_is_fine, is_another, lives, replace_file, sweep
from slipway.engine.checkpoint.journal import Journal, JournalError, Raw, merged
from slipway.engine.checkpoint.secrets import Secrets
from slipway.engine.errors import EngineError, StackNotFoundError, StateError, UsageError
from slipway.engine.faults import fault_point
from slipway.engine.values import urn as urns

ORGANIZATION = "organization"
_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def backend_root(url: str) -> Path:
    """The folder that a ``file://`` URL names; ``~`` is the home folder. Raises :class:`UsageError` for other URLs."""
    if not url:
        raise UsageError("no backend is chosen: set PULUMI_BACKEND_URL to a folder, for example file://~")
    if not url.startswith("file://"):
        raise UsageError(
            f"PULUMI_BACKEND_URL is {url}: this engine keeps stacks in folders (file://…); others need pulumi"
        )
    return Path(url.removeprefix("file://") or ".").expanduser().absolute()


def stack_name(text: str, project: str) -> str:
    """The plain name of a stack that was given as ``name``, ``organization/name`` or ``organization/project/name``."""
    *where, name = text.split("/")
    if not _STACK_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a stack name: 1 to 100 of letters, digits, hyphens, underscores and periods are allowed"
        )
    if where not in ([], [ORGANIZATION], [ORGANIZATION, project]):
        raise UsageError(f"the stack {text!r} is not one of organization/{project}")
    return name


@dataclass(frozen=True)
class Backend:
    """The stacks of one project in one folder."""

    root: Path
    project: str

    @property
    def store(self) -> Path:
        """Where everything lies."""
        return self.root / ".pulumi"

    def file(self, stack: str) -> Path:
        """The checkpoint of a stack."""
        return self.store / "stacks" / self.project / f"{stack}.json"

    def stacks(self) -> list[str]:
        """The names of this project's stacks, sorted."""
        return sorted(path.stem for path in self.file("").parent.glob("*.json") if not path.name.startswith("."))

    def create(self, stack: str, salt: str) -> None:
        """Make an empty stack. Raises :class:`EngineError` where it exists."""
        if self.file(stack).exists():
            raise EngineError(f"stack '{stack}' already exists")
        meta = self.store / "meta.yaml"
        if not meta.exists():
            replace_file(meta, b"version: 1\n")
        replace_file(self.file(stack), self.wrap(stack, salt, "", "").encode())

    def wrap(self, stack: str, salt: str, resources: str, pending: str, metadata: Raw | None = None) -> str:
        """The checkpoint file around resources and pending operations that are JSON already."""
        provider = {"type": "passphrase", "state": {"salt": salt}}
        latest = {"manifest": state.manifest(), "secrets_providers": provider, "metadata": metadata or {}}
        inner = json.dumps(latest, separators=(",", ":"))[:-1]
        inner += f',"resources":[{resources}]' if resources else ""
        inner += f',"pending_operations":[{pending}]' if pending else ""
        head = json.dumps(f"{ORGANIZATION}/{self.project}/{stack}")
        return f'{{"version":3,"checkpoint":{{"stack":{head},"latest":{inner}}}}}}}'

    def raw(self, stack: str, *, locked: bool = False) -> Raw:
        """The checkpoint's ``latest`` with what a journal adds, its secrets still sealed.

        ``locked`` says that this process holds the stack: a journal that is not of this checkpoint (somebody else
        wrote the checkpoint since) is then put aside as ``.journal.stale``.
        Raises :class:`StackNotFoundError`, or :class:`StateError` with the remedy where the file is damaged.
        """
        path = self.file(stack)
        journal = path.with_suffix(".journal")
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise StackNotFoundError(f"no stack named '{stack}' found") from error
        try:
            latest = state.parse(content, str(path))
            with absent_is_fine():
                latest, ours = merged(content, journal.read_bytes())
                if locked and not ours:
                    self._set_aside(journal)
            return latest
        except JournalError as error:
            raise StateError(
                f"snapshot integrity failure; refusing to use it: {error} of the journal {journal} is damaged. Nothing "
                "was touched. Put a backup in its place; or move it away, so that the checkpoint alone is used "
                f"(the one before it is {path}.bak), and look for what only the journal knew of"
            ) from error
        except StateError as error:
            raise StateError(_with_remedy(str(error), path)) from error

    def load(self, stack: str, secrets: Secrets, latest: Raw | None = None) -> state.Checkpoint:
        """The stack's state with its secrets opened. Raises as :meth:`raw` does."""
        latest = self.raw(stack) if latest is None else latest
        path = self.file(stack)
        try:
            return state.load(latest, str(path), secrets.opened)
        except StateError as error:
            raise StateError(_with_remedy(str(error), path)) from error

    def journal(self, stack: str, secrets: Secrets, metadata: Raw) -> Journal:
        """What keeps the stack's state during an operation."""
        return Journal(
            self.file(stack),
            lambda resource: state.encode(resource, secrets.sealed),
            lambda resources, pending: self.wrap(stack, secrets.salt, resources, pending, metadata),
        )

    def fold(self, stack: str) -> int:
        """Write what the journal of a killed operation adds into the checkpoint; how many changes that were.

        The Pulumi CLI reads the checkpoint alone. Raises :class:`EngineError` where somebody holds the stack, and as
        :meth:`raw` does.
        """
        path = self.file(stack)
        journal = path.with_suffix(".journal")
        if not journal.exists():
            return 0
        with self.locked(stack):
            content = path.read_bytes()
            latest = self.raw(stack, locked=True)
            document = json.loads(content)
            before = document["checkpoint"].get("latest") or {}
            keys = ("resources", "pending_operations")
            if all((latest.get(key) or []) == (before.get(key) or []) for key in keys):
                return 0
            document["checkpoint"]["latest"] = latest
            replace_file(path.with_name(f"{path.name}.bak"), content)
            replace_file(path, json.dumps(document, separators=(",", ":")).encode())
            journal.unlink(missing_ok=True)
            return sum(_differences(before.get(key) or [], latest.get(key) or []) for key in keys)

    def remember(
        self, stack: str, kind: str, started: float, outcome: str, changes: dict[str, int], message: str
    ) -> None:
        """Add an operation to the stack's history, with the checkpoint it left, and keep a backup of that."""
        folder = self.store / "history" / self.project / stack
        moment = time.time_ns()
        entry = {
            "kind": kind,
            "startTime": int(started),
            "message": message,
            "environment": {"exec.kind": "embedded"},
            "config": {},
            "result": outcome,
            "endTime": int(time.time()),
            "resourceChanges": changes,
        }
        content = self.file(stack).read_bytes()
        replace_file(folder / f"{stack}-{moment}.history.json", json.dumps(entry, indent=4).encode())
        replace_file(folder / f"{stack}-{moment}.checkpoint.json", content)
        replace_file(self.store / "backups" / self.project / stack / f"{stack}.{moment}.json", content)
        fault_point("history")

    def remove(self, stack: str) -> None:
        """Remove a stack and its history."""
        path = self.file(stack)
        for leftover in (path, path.with_suffix(".journal"), path.with_name(f"{path.name}.bak")):
            leftover.unlink(missing_ok=True)
        folder = self.store / "history" / self.project / stack
        for entry in folder.glob("*.json"):
            entry.unlink()
        with contextlib.suppress(OSError):
            folder.rmdir()

    def history(self, stack: str) -> list[dict[str, Any]]:
        """The operations on a stack, the newest first."""
        files = (self.store / "history" / self.project / stack).glob(f"{stack}-*.history.json")
        newest = sorted(files, key=lambda path: int(path.name.split("-")[-1].split(".")[0]), reverse=True)
        return [_with_dates(json.loads(path.read_bytes())) for path in newest]

    def rename(self, old: str, new: str, latest: Raw) -> None:
        """Move a stack's checkpoint to another name: every URN of the old one names the new one. Raises OSError."""
        before, after = f"urn:pulumi:{old}::{self.project}::", f"urn:pulumi:{new}::{self.project}::"
        root = f"{after}{urns.ROOT_TYPE}::"
        text = json.dumps(latest, separators=(",", ":")).replace(before, after)
        text = text.replace(f"{root}{self.project}-{old}", f"{root}{self.project}-{new}")
        head = json.dumps(f"{ORGANIZATION}/{self.project}/{new}")
        replace_file(self.file(new), f'{{"version":3,"checkpoint":{{"stack":{head},"latest":{text}}}}}'.encode())
        history = self.store / "history" / self.project
        if (history / old).is_dir():
            (history / new).mkdir(parents=True, exist_ok=True)
            for path in (history / old).glob(f"{old}-*.json"):
                path.replace(history / new / f"{new}{path.name.removeprefix(old)}")
        self.remove(old)

    def lock_folder(self, stack: str) -> Path:
        """Where the locks of a stack are."""
        return self.store / "locks" / ORGANIZATION / self.project / stack

    @contextlib.contextmanager
    def locked(self, stack: str) -> Iterator[None]:
        """Hold the stack's lock. Raises :class:`EngineError` naming who holds it, where somebody does."""
        folder = self.lock_folder(stack)
        self._refuse_if_locked(stack, None)
        mine = folder / f"{uuid.uuid4()}.json"
        who = {
            "pid": os.getpid(),
            "username": user(),
            "hostname": socket.gethostname(),
            "timestamp": state.now(),
        }
        try:
            replace_file(mine, json.dumps(who).encode())
            fault_point("lock-taken")
            self._refuse_if_locked(stack, mine)
            self._sweep(stack)
            yield
        finally:
            fault_point("unlock")
            mine.unlink(missing_ok=True)

    def locks(self, stack: str) -> dict[Path, dict[str, Any]]:
        """Who holds the stack, by the file of the lock."""
        owners = {}
        for path in sorted(self.lock_folder(stack).glob("[!.]*.json")):
            with contextlib.suppress(FileNotFoundError):
                content = path.read_bytes()
                owners[path] = {}
                with contextlib.suppress(ValueError):  # its owner is still writing it: it is a lock all the same
                    owners[path] = json.loads(content)
        return owners

    def unlock(self, stack: str) -> int:
        """Remove every lock of the stack; how many there were."""
        locks = self.locks(stack)
        for path in locks:
            path.unlink(missing_ok=True)
        sweep(self.lock_folder(stack), "")
        return len(locks)

    def _refuse_if_locked(self, stack: str, mine: Path | None) -> None:
        others = {path: owner for path, owner in self.locks(stack).items() if path != mine}
        if not others:
            return
        lines = [f"  {path.as_uri()}: {_owner(owner)}" for path, owner in others.items()]
        raise EngineError(
            f"the stack is currently locked by {len(others)} lock(s). Either wait for the other process(es) to end or "
            "delete the lock file with `pulumi cancel`.\n" + "\n".join(lines)
        )

    def _sweep(self, stack: str) -> None:
        """Remove what operations that died had begun to write."""
        sweep(self.file(stack).parent, f"{stack}.json")
        for kind in ("history", "backups"):
            sweep(self.store / kind / self.project / stack, stack)

    @staticmethod
    def _set_aside(journal: Path) -> None:
        with contextlib.suppress(OSError):
            journal.replace(journal.with_suffix(".journal.stale"))


def _differences(before: list[Raw], after: list[Raw]) -> int:
    """How many entries of one list are not in the other."""
    first, second = ({json.dumps(entry, sort_keys=True) for entry in entries} for entries in (before, after))
    return len(first ^ second)


def _with_dates(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the history with its times as texts, as `stack history` prints them."""
    times = {key: entry[key] for key in ("startTime", "endTime") if isinstance(entry.get(key), int)}
    texts = {key: datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z") for key, when in times.items()}
    return {**entry, **texts}


_NOBODY = dict.fromkeys(("username", "hostname", "pid", "timestamp"), "?")


def told(words: str, owner: dict[str, Any]) -> str:
    """Words with ``{pid}``, ``{username}``, ``{hostname}`` and ``{timestamp}`` as a lock's file says them."""
    return words.format_map({**_NOBODY, **owner})


def is_dead(owner: dict[str, Any]) -> bool:
    """Whether the process that took a lock was one of this machine's and has ended.

    After a restart of the machine another program may have its number.
    """
    pid = owner.get("pid")
    if owner.get("hostname") != socket.gethostname() or not isinstance(pid, int):
        return False
    return not lives(pid) or is_another(pid, str(owner.get("timestamp")))


def _owner(owner: dict[str, Any]) -> str:
    text = told("created by {username}@{hostname} (pid {pid}) at {timestamp}", owner)
    if is_dead(owner):
        text += "; that process is dead: `slipway cancel` removes its lock, and `slipway refresh` looks at what it left"
    return text


def user() -> str:
    """The name of the user, as locks and `whoami` have it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _with_remedy(message: str, path: Path) -> str:
    backup = path.with_name(f"{path.name}.bak")
    remedy = f"; the one before it is {backup}" if backup.exists() else ""
    return (
        f"snapshot integrity failure; refusing to use it: {message}. The file was not touched{remedy}. "
        "Repair it with `slipway engine stack export` and `slipway engine stack import`, or put a backup in its place: "
        "`slipway up` does that by itself for a file that was cut off."
    )
