"""An app that is added is tried before it goes anywhere: its packages install, its entry is imported, a path answers.

own lock -> locked anew where that does not install -> versions of its last change where today's fail
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from slipway.bundle.cache import Cache
from slipway.bundle.entries import Entry, Interface, entry_of, served
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import LOCK, PYLOCK, WANTED
from slipway.bundle.trial import READ_ONLY, Question, tried
from slipway.bundle.uv import UvError
from slipway.errors import UserError
from slipway.recognise import Recognised
from slipway.verbs.app_locks import UninstallableError, add_missing, lock_anew, lock_as_of, loosen, older_days
from slipway.verbs.artifacts import recognised_artifact
from slipway.verbs.newer_versions import newer_version

TRIED = frozenset({"app-engine", "beanstalk", "lambda", "pythonanywhere"})
"""Platforms whose artifact is tried before it goes there."""
MOST_PATHS = 12
"""Paths of the app's own that are asked for."""


class NoDiskError(UserError):
    """The app writes into its folder, and its platform's files are read-only."""


READ_ONLY_FILES = re.compile(r"Read-only file system|readonly database|unable to open database file")
"""How Python and SQLite say that nothing can be written."""
MOST_LOCKS = 8
"""Locks that are tried one after the other."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What is tried."""

    app: Recognised
    platform: str
    python: str
    variables: Mapping[str, str]
    cache: Cache
    created: bool
    """Whether its lock was made just now, and may be made anew."""
    locks: int = 0
    """Locks that were tried before."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths to ask for; none of what is no web app, or brings a server of its own."""
        if self.app.interface not in (Interface.wsgi, Interface.django, Interface.asgi):
            return ()
        return tuple(dict.fromkeys([self.app.probe, "/", *self.app.routes[:MOST_PATHS]]))


def answering_paths(attempt: Attempt) -> list[str] | None:
    """The paths to probe, where it is not the one that is recognised; none of an app that answers no plain GET.

    Raises :class:`UserError` with the app's own error.
    """
    app, paths = attempt.app, attempt.paths
    statuses = _statuses(attempt)
    answering = [path for path in paths if 200 <= statuses.get(path, 500) < 300]
    answering = answering or [path for path in paths if 300 <= statuses.get(path, 500) < 400]
    if app.framework == "django" and set(statuses.values()) == {400}:
        raise UserError(
            f"{app.root.name} answers 400 to every path, because ALLOWED_HOSTS of its settings has other hosts than "
            "the platform's: "
            'read it from a variable, as os.environ.get("ALLOWED_HOSTS", "localhost").split(",")'
        )
    if not answering and any(400 < status < 500 for status in statuses.values()):
        print(f"note: {app.probe} answers {statuses.get(app.probe)}, and no other path does better: none is probed")
        return []
    if not answering or answering[0] == app.probe:
        return None
    print(f"{app.probe} answers {statuses.get(app.probe)}: {answering[0]} is probed instead")
    return answering[:1]


def _statuses(attempt: Attempt) -> Mapping[str, int]:
    try:
        statuses = _asked(attempt)
    except UninstallableError as mistake:
        app, platform, python = attempt.app, attempt.platform, attempt.python
        anew = not attempt.created and lock_anew(app, platform, python, str(mistake))
        if attempt.locks >= MOST_LOCKS or not (anew or loosen(app, platform, python, str(mistake))):
            raise
        return _statuses(replace(attempt, created=True, locks=attempt.locks + 1))
    except NoDiskError:
        raise
    except UserError as mistake:
        app, platform, python = attempt.app, attempt.platform, attempt.python
        if attempt.locks < MOST_LOCKS and add_missing(app, platform, python, str(mistake)):
            return _statuses(replace(attempt, created=True, locks=attempt.locks + 1))
        # Read before the lock changes: it has the versions that the app fails with.
        reason = newer_version(str(mistake), attempt.app.root, attempt.app.wanted.origin or WANTED)
        older = _with_older_versions(attempt)
        if older is None:
            raise (UserError(reason) if reason else mistake) from None
        return older
    failed = bool(statuses) and all(status >= 500 for status in statuses.values())
    return (_with_older_versions(attempt) if failed else None) or statuses


def _with_older_versions(attempt: Attempt) -> Mapping[str, int] | None:
    """What the app answers with the versions of its last change; None where that is no better, and nothing changed."""
    if not attempt.created:
        return None
    root = attempt.app.root
    locks = {path: path.read_bytes() for path in (root / PYLOCK, root / LOCK) if path.is_file()}
    for day, why in older_days(attempt.app).items():
        if not lock_as_of(root, attempt.platform, attempt.python, day=day, why=why):
            continue
        try:
            statuses = _asked(attempt)
        except UserError:
            statuses = {"": 500}
        if not statuses or min(statuses.values()) < 500:
            return statuses
        print("that fails too")
    if locks != {path: path.read_bytes() for path in locks}:
        for path, content in locks.items():
            path.write_bytes(content)
        print("today's versions are locked again")
    return None


def _asked(attempt: Attempt) -> Mapping[str, int]:
    app, platform = attempt.app, attempt.platform
    try:
        artifact = recognised_artifact(app.root, platform, attempt.cache, attempt.python)
    except UserError as mistake:
        raise UninstallableError(str(mistake)) from None
    entry, interface = _imported(app, platform)
    question = Question(
        module=entry.module,
        name=entry.name,
        interface=interface,
        python=attempt.python,
        paths=attempt.paths,
        variables=attempt.variables,
        platform=platform,
    )
    try:
        trial = tried(artifact, question, attempt.cache, app=Path(app.root).name)
    except UvError as mistake:
        raise UninstallableError(str(mistake)) from None
    except BundleError as mistake:
        kind = NoDiskError if platform in READ_ONLY and READ_ONLY_FILES.search(str(mistake)) else UserError
        raise kind(str(mistake)) from None
    if platform in READ_ONLY and READ_ONLY_FILES.search(trial.note):
        raise NoDiskError(f"{app.root.name} writes into its folder: {trial.note}")
    if trial.note and trial.statuses and all(status >= 500 for status in trial.statuses.values()):
        beside = next((problem for problem in app.problems if " beside the app: " in problem), "")
        raise UserError(
            f"{app.root.name} answers {', '.join(map(str, sorted(set(trial.statuses.values()))))} to every path that "
            f"was asked ({trial.note.strip()[:200]}){f'; {beside}' if beside else ''}"
        )
    return trial.statuses


def _imported(app: Recognised, platform: str) -> tuple[Entry, str]:
    """What is imported, and how it is asked."""
    interface = str(app.interface)
    if app.interface is Interface.command:
        # Its server is started by the platform alone; that its packages install is seen by importing nothing of it.
        return Entry(module="sys", name=""), interface
    if app.interface is Interface.function:
        entry = entry_of(app.entry)
        return (entry if entry.plain else served(platform, app.entry, interface).entry), interface
    if platform == "lambda":
        # What the function wraps is asked, not its handler.
        return Entry(module="slipway_entry", name="app"), interface
    if platform == "pythonanywhere":
        wrapped = "wsgi" if app.interface is Interface.asgi else interface
        return served(platform, app.entry, interface).entry, wrapped
    return served(platform, app.entry, interface).entry, interface
