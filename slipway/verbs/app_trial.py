"""An app that is added is tried before it goes anywhere: its packages install, its entry is imported, a path answers.

own lock -> locked anew where that does not install -> versions of its last change where today's fail
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from slipway.bundle.cache import Cache
from slipway.bundle.entries import Entry, Interface, entry_of, served
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import LOCK, PYLOCK, WANTED
from slipway.bundle.trial import READ_ONLY, SERVERS, Question, tried
from slipway.bundle.uv import UvError
from slipway.errors import UserError
from slipway.recognise import Recognised
from slipway.recognise.destinations import IMAGES
from slipway.verbs.app_locks import (
    WAYS,
    UninstallableError,
    add_missing,
    bound,
    lock_anew,
    lock_as_of,
    loosen,
    older_days,
    relax,
)
from slipway.verbs.app_templates import copied_template
from slipway.verbs.app_variables import NoValueError, Variables, named_in, values_of, with_unset
from slipway.verbs.artifacts import recognised_artifact
from slipway.verbs.newer_versions import is_in_a_package, lost_name, newer_version

TRIED = frozenset({"app-engine", "beanstalk", "lambda", "pythonanywhere"})
"""Platforms whose artifact is tried before it goes there."""
LIKE_AN_IMAGE = "beanstalk"
"""The platform whose artifact has what an image that is made has: the same wheels, the same server, files to write."""
MOST_PATHS = 12
"""Paths of the app's own that are asked for."""


class NoDiskError(UserError):
    """The app writes into its folder, and its platform's files are read-only."""


ALLOWED_HOSTS = "SLIPWAY_ALLOWED_HOSTS"
"""The variable that adds hosts to a Django site's own, as the module says that serves its static files."""
READ_ONLY_FILES = re.compile(r"Read-only file system|readonly database|unable to open database file")
"""How Python and SQLite say that nothing can be written."""
NO_TABLE = re.compile(r"no such table|relation \S+ does not exist")
"""How SQLite and PostgreSQL say that a database is empty."""
MOST_LOOSENED = 3
"""Packages that give way one by one where they do not install; each one more costs an installation of all others."""
MOST_LOCKS = 8
"""Locks that are tried one after the other."""


def tried_as(app: Recognised, platform: str) -> str:
    """The platform as whose artifact an app is tried before it goes to ``platform``; "" where it is not."""
    if platform in TRIED:
        return platform
    web = app.interface in (Interface.wsgi, Interface.django, Interface.asgi)
    return LIKE_AN_IMAGE if platform in IMAGES and web and not app.dockerfile else ""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What is tried."""

    app: Recognised
    platform: str
    python: str
    of_platform: Mapping[str, str]
    """Variables that the platform sets."""
    variables: Variables
    """The app's own, in plain text and sealed."""
    cache: Cache
    created: bool
    """Whether its lock was made just now, and may be made anew."""
    locks: int = 0
    """Locks that were tried before."""
    relaxed: int = 0
    """Ways to later releases that were tried before."""
    first: UserError | None = None
    """What was wrong with the app's own versions."""
    release: str = ""
    """What is run before, as the platform does."""
    folders: tuple[str, ...] = ()
    """What the app may write to."""
    dated: bool = False
    """Whether the versions of its last change were tried before."""
    made: frozenset[str] = frozenset()
    """Variables whose values the deployment makes."""
    judged: bool = True
    """Whether its answers count: they do not where its database is only made by the deployment."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths to ask for; none of what is no web app."""
        if self.app.interface is Interface.command:
            return tuple(dict.fromkeys([self.app.probe, "/"]))
        if self.app.interface not in (Interface.wsgi, Interface.django, Interface.asgi):
            return ()
        return tuple(dict.fromkeys([self.app.probe, "/", *self.app.routes[:MOST_PATHS]]))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an attempt."""

    variables: Variables
    """What the app needs in its environment, as far as it showed."""
    release: str = ""
    """What makes its tables, where that showed to be needed."""
    written: tuple[str, ...] = ()
    """SQLite databases that it made in its folder."""
    entry: str = ""
    """Where it is entered, where that is not what is recognised."""
    probe: list[str] | None = None
    """The paths to probe, where it is not the one that is recognised; with a status where no plain GET is answered."""


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """What an app answers, and with which variables."""

    statuses: Mapping[str, int]
    variables: Variables = field(default_factory=Variables)
    empty: bool = False
    """Whether the app itself says that it has no page."""
    entry: str = ""
    """Where it was entered."""
    error: str = ""
    """The last error that it wrote."""
    release: str = ""
    """What was run before."""
    written: tuple[str, ...] = ()
    """SQLite databases that it made in its folder."""


def outcome_of(attempt: Attempt) -> Outcome:
    """What an app needs and which paths answer. Raises :class:`UserError` with the app's own error."""
    answers = _answers(attempt)
    probe = _probe(attempt, answers) if attempt.judged else None
    entry = answers.entry if answers.entry != attempt.app.entry else ""
    return Outcome(
        variables=answers.variables, probe=probe, release=_once(answers), written=answers.written, entry=entry
    )


def _once(answers: _Answers) -> str:
    """What makes the tables, for the first version alone: it may empty those that are there."""
    first = next(iter(answers.written), "")
    return f"test -s {shlex.quote(first)} || {answers.release}" if first and answers.release else answers.release


def _with_tables(attempt: Attempt, error: str) -> Attempt | None:
    """The attempt with the app's own command that makes its tables, where it shows that it lacks them.

    Raises :class:`NoDiskError` where they would not stay.
    """
    if attempt.release or not attempt.app.setup or not NO_TABLE.search(error):
        return None
    if attempt.platform in READ_ONLY:
        raise NoDiskError(
            f"{attempt.app.root.name} keeps its rows in its folder: {error.partition(chr(10))[0].strip()}"
        )
    print(f"note: its tables are made by `{attempt.app.setup}`, once")
    return replace(attempt, release=attempt.app.setup, locks=attempt.locks + 1)


def _probe(attempt: Attempt, answers: _Answers) -> list[str] | None:
    app, statuses = attempt.app, answers.statuses
    paths = tuple(dict.fromkeys([*attempt.paths, *statuses]))
    if (broken := statuses.get("/", 0)) >= 500:
        error = answers.error.strip()[:200] or "without an error that it writes"
        raise UserError(f"{app.root.name} answers {broken} to / ({error}): its first page is broken here")
    answering = [path for path in paths if 200 <= statuses.get(path, 500) < 300]
    answering = answering or [path for path in paths if 300 <= statuses.get(path, 500) < 400]
    if app.framework == "django" and set(statuses.values()) == {400}:
        raise UserError(
            f"{app.root.name} answers 400 to every path, because ALLOWED_HOSTS of its settings has other hosts than "
            "the platform's: "
            'read it from a variable, as os.environ.get("ALLOWED_HOSTS", "localhost").split(",")'
        )
    # A page that is not there says less of the app than one that wants a password or a POST.
    refusals = [path for path in paths if 400 < statuses.get(path, 500) < 500]
    refusing = next(iter(sorted(refusals, key=lambda path: statuses[path] == 404)), "")
    if not answering and answers.empty and set(statuses.values()) == {404}:
        raise UserError(
            f"{app.root.name} has no page where it is entered, at {answers.entry}, and answers 404 to all: name the "
            "module that puts its pages together, as `web: gunicorn MODULE:APP` in a Procfile"
        )
    if not answering and refusing:
        # An app of signed or posted requests alone: the same refusal, from the same app, shows that it is up.
        print(f"note: no path answers a plain GET: {refusing} is probed for its {statuses[refusing]}")
        return [f"{refusing} {statuses[refusing]}"]
    if not answering or answering[0] == app.probe:
        return None
    print(f"{app.probe} answers {statuses.get(app.probe)}: {answering[0]} is probed instead")
    return answering[:1]


def _answers(attempt: Attempt) -> _Answers:
    try:
        answers = _asked(attempt)
        more = (
            _with_hosts(attempt, answers) or _with_tables(attempt, answers.error) or _with_other_entry(attempt, answers)
        )
    except UninstallableError as mistake:
        app, platform, python = attempt.app, attempt.platform, attempt.python
        again = not attempt.created and lock_anew(app, platform, python, str(mistake))
        if not again and attempt.locks < MOST_LOOSENED:
            again = loosen(app, platform, python, str(mistake))
        if not again:
            return _relaxed(attempt, mistake)
        return _answers(replace(attempt, created=True, locks=attempt.locks + 1))
    except (NoDiskError, NoValueError):
        raise
    except UserError as mistake:
        app, platform, python = attempt.app, attempt.platform, attempt.python
        if f"No module named '{app.root.name}'" in str(mistake):
            raise UserError(
                f"{app.root.name} imports itself as {app.root.name}, which is found from the folder above alone: run "
                f"`slipway add {app.root.parent}`"
            ) from None
        if (tables := _with_tables(attempt, str(mistake))) is not None:
            return _answers(tables)
        if attempt.locks < MOST_LOCKS and copied_template(app, str(mistake)):
            return _answers(replace(attempt, locks=attempt.locks + 1))
        if attempt.locks < MOST_LOCKS and add_missing(app, platform, python, str(mistake)):
            return _answers(replace(attempt, created=True, locks=attempt.locks + 1))
        present = {*attempt.variables.names, *attempt.of_platform}
        missing = [name for name in named_in(str(mistake), app) if name not in present]
        if missing:
            more = values_of(app, missing)
            return _answers(replace(attempt, variables=attempt.variables.together(more), locks=attempt.locks + 1))
        if attempt.locks < MOST_LOCKS and copied_template(app, str(mistake), by_pages=True):
            return _answers(replace(attempt, locks=attempt.locks + 1))
        # Read before the lock changes: it has the versions that the app fails with.
        reason = newer_version(str(mistake), attempt.app.root, attempt.app.wanted.origin or WANTED)
        older = _with_older_versions(attempt)
        if older is not None:
            return older
        attempt = replace(attempt, dated=attempt.created or attempt.dated)
        lost = lost_name(str(mistake), app.root)
        if lost and attempt.created and attempt.locks < MOST_LOCKS and bound(app, platform, python, lost):
            # What it fails with then is its own reason, unless that is of another package.
            return _answers(replace(attempt, locks=attempt.locks + 1))
        if is_in_a_package(str(mistake)):
            if not attempt.created and lock_anew(app, platform, python, str(mistake)):
                return _answers(replace(attempt, created=True, locks=attempt.locks + 1, first=mistake))
            return _relaxed(attempt, UserError(reason) if reason else mistake)
        if attempt.first:
            print(f"other releases fail too: {str(mistake).partition(chr(10))[0]}")
        raise attempt.first or (UserError(reason) if reason else with_unset(mistake, app, attempt.variables)) from None
    if more is not None:
        # Out of reach of what is tried above for this attempt: the other one has its own.
        return _answers(more)
    failed = bool(answers.statuses) and all(status >= 500 for status in answers.statuses.values())
    return (_with_older_versions(attempt) if failed else None) or answers


def _with_hosts(attempt: Attempt, answers: _Answers) -> Attempt | None:
    """The attempt with the platform's hosts allowed, where a Django site's settings allow others alone."""
    refused = bool(answers.statuses) and set(answers.statuses.values()) == {400}
    if not refused or attempt.app.interface is not Interface.django or ALLOWED_HOSTS in attempt.variables.names:
        return None
    print(
        f"note: ALLOWED_HOSTS of its settings has other hosts than the platform's: {ALLOWED_HOSTS} in its env adds "
        "every one, as the platform sends the app the requests of its own host names alone"
    )
    more = Variables(plain={ALLOWED_HOSTS: "*"})
    return replace(attempt, variables=attempt.variables.together(more))


def _with_other_entry(attempt: Attempt, answers: _Answers) -> Attempt | None:
    """The attempt with another entry of the app, where the one that is recognised has no page at all."""
    statuses = answers.statuses
    if not (answers.empty and statuses and set(statuses.values()) == {404} and attempt.app.others):
        return None
    other, *rest = attempt.app.others
    print(f"note: {attempt.app.entry} has no page: {other} is its entry")
    return replace(attempt, app=replace(attempt.app, entry=other, others=tuple(rest)))


def _relaxed(attempt: Attempt, mistake: UserError) -> _Answers:
    """What the app answers with later releases of its pins. Raises the first mistake where none helps."""
    first = attempt.first or mistake
    if attempt.first:
        print(f"other releases fail too: {str(mistake).partition(chr(10))[0]}")
    for way in range(attempt.relaxed, len(WAYS)):
        if relax(attempt.app, attempt.platform, attempt.python, way):
            return _answers(replace(attempt, created=True, relaxed=way + 1, first=first))
    raise first from None


def _with_older_versions(attempt: Attempt) -> _Answers | None:
    """What the app answers with the versions of its last change; None where that is no better, and nothing changed."""
    if not attempt.created or attempt.dated:
        return None
    root = attempt.app.root
    locks = {path: path.read_bytes() for path in (root / PYLOCK, root / LOCK) if path.is_file()}
    for day, why in older_days(attempt.app).items():
        if not lock_as_of(root, attempt.platform, attempt.python, day=day, why=why):
            continue
        try:
            answers = _asked(attempt)
        except UserError:
            answers = _Answers(statuses={"": 500})
        if not answers.statuses or min(answers.statuses.values()) < 500:
            return answers
        print("that fails too")
    if locks != {path: path.read_bytes() for path in locks}:
        for path, content in locks.items():
            path.write_bytes(content)
        print("today's versions are locked again")
    return None


def _asked(attempt: Attempt) -> _Answers:
    app, platform = attempt.app, attempt.platform
    try:
        artifact = recognised_artifact(app.root, platform, attempt.cache, attempt.python, entry=app.entry)
    except UserError as mistake:
        raise UninstallableError(str(mistake)) from None
    entry, interface = _imported(app, platform)
    question = Question(
        module=entry.module,
        name=entry.name,
        interface=interface,
        python=attempt.python,
        paths=attempt.paths if attempt.judged else (),
        variables={**attempt.of_platform, **attempt.variables.plain, **attempt.variables.sealed},
        platform=platform,
        release=attempt.release,
        folders=attempt.folders,
        imports=app.imports,
        servers=SERVERS.get((platform, str(app.interface)), ()),
        command=app.command if app.interface is Interface.command else "",
        secret=frozenset(attempt.variables.sealed) | attempt.made,
        from_wheels=not app.wanted.hashed,
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
    if attempt.judged and trial.note and trial.statuses and all(status >= 500 for status in trial.statuses.values()):
        beside = next((problem for problem in app.problems if " beside the app: " in problem), "")
        raise UserError(
            f"{app.root.name} answers {', '.join(map(str, sorted(set(trial.statuses.values()))))} to every path that "
            f"was asked ({trial.note.strip()[:200]}){f'; {beside}' if beside else ''}"
        )
    return _Answers(
        statuses=trial.statuses,
        variables=attempt.variables,
        empty=trial.empty,
        entry=app.entry,
        error=trial.note,
        release=attempt.release if attempt.release == app.setup else "",
        written=trial.written,
    )


def _imported(app: Recognised, platform: str) -> tuple[Entry, str]:
    """What is imported, and how it is asked."""
    interface = str(app.interface)
    if app.interface is Interface.command:
        # Its server is started: importing the file would start it too, or nothing of it.
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
