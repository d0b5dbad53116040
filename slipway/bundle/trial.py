"""Tries an artifact before it goes anywhere: imports its entry in what was built, alone, as its platform would.

Only the artifact's files and packages are there: no package of this machine, none of Slipway's, none of the user's
variables. What succeeds is noted by the artifact's digest, so that an unchanged app is imported once, and in the user's
cache, as the same artifact imports alike in every clone.
"""

import contextlib
import hashlib
import json
import os
import platform
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from slipway.bundle import records
from slipway.bundle.artifact import Artifact
from slipway.bundle.cache import Cache
from slipway.bundle.errors import BundleError
from slipway.bundle.interpreters import OWN, interpreter
from slipway.bundle.lambda_sdk import linked
from slipway.bundle.locks.pins import normal
from slipway.bundle.patience import Patience
from slipway.bundle.requirement_lines import lines_of, pinned_name
from slipway.bundle.source_only import SLOW
from slipway.bundle.trial_server import Server, answers_of
from slipway.bundle.uv import run_uv

SECONDS = 40.0
"""How long an import may take, of a processor's time where this machine is busy; App Engine and Lambda give an app less
before they call it failed."""
RELEASE_SECONDS = 120.0
"""How long a release command may take here."""
WORKER = Path(__file__).with_name("trial_worker.py")
FORMAT = "trial 16"
OF_PLATFORM: Mapping[str, Mapping[str, str]] = {
    "app-engine": {"GAE_ENV": "standard", "PORT": "8080", "GOOGLE_CLOUD_PROJECT": "trial"},
    "beanstalk": {"PORT": "8000"},
    "lambda": {
        "AWS_LAMBDA_FUNCTION_NAME": "trial",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    },
    "pythonanywhere": {"PYTHONANYWHERE_SITE": "www.pythonanywhere.com"},
}
"""Platform -> what it says in the environment, as far as apps ask for it."""
SERVERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    **dict.fromkeys((("app-engine", "wsgi"), ("app-engine", "django")), ("gunicorn.app.wsgiapp",)),
    **dict.fromkeys(
        (("app-engine", "asgi"), ("beanstalk", "asgi")),
        ("uvicorn_worker", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto"),
    ),
}
"""(platform, interface) -> modules that its server imports, some of them only once it starts. Old packages of an app's
own may lack what a new server needs of them."""
NO_DATABASE = "postgresql://app@127.0.0.1:1/app"
"""The address that an app is tried with whose database the deployment makes: nothing answers there."""
OF_NO_DATABASE: Mapping[str, str] = {"user": "app", "password": "none", "host": "127.0.0.1", "port": "1", "name": "app"}
"""The same in parts."""
READ_ONLY = frozenset({"app-engine", "lambda"})
"""Platforms whose files are read-only but for /tmp: https://cloud.google.com/appengine/docs/standard/using-temp-files,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be imported, and how."""

    module: str
    name: str = ""
    interface: str = "wsgi"
    python: str = OWN
    architecture: str = "x86_64"
    variables: Mapping[str, str] = field(default_factory=dict)
    """The platform's and the app's."""
    platform: str = ""
    """Whose runtime it is imported on; Lambda's has packages of its own."""
    placeholders: frozenset[str] = frozenset()
    """Variables whose values are not the real ones: those are sealed, or known once something is made."""
    paths: tuple[str, ...] = ()
    """Paths to ask the app for, once it is imported."""
    release: str = ""
    """A command to run before, as the platform does before a version serves."""
    folders: tuple[str, ...] = ()
    """Folders that are there for the app to write to."""
    imports: tuple[str, ...] = ()
    """Packages that have to be there, of an app whose own server may answer without them."""
    servers: tuple[str, ...] = ()
    """Modules of the server that will call the entry, which are imported before it."""
    command: str = ""
    """What starts an app that brings its own server, with ``$PORT``; nothing of it is imported here then."""
    secret: frozenset[str] = frozenset()
    """Variables of which any value will do: what was tried with one is not tried again with another."""
    from_wheels: bool = False
    """Whether packages that take minutes to compile have to be there as wheels."""

    @property
    def import_alone(self) -> "Question":
        """The part of it that the import answers."""
        return replace(self, paths=(), release="", imports=(), servers=())


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of it."""

    ran: bool
    """Whether anything was run: where this machine lacks the Python, the sources are only compiled."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """Path -> HTTP status."""
    written: tuple[str, ...] = ()
    """SQLite databases that it made in its folder."""
    empty: bool = False
    """Whether the app itself says that it has no page at all."""
    note: str = ""
    """Why nothing was run; else the last error that the app wrote while it was asked."""


def tried(artifact: Artifact, question: Question, cache: Cache, *, app: str) -> Trial:
    """Import the entry of an artifact. Raises :class:`BundleError` with the app's own error, its last line first."""
    name = f"{_key(artifact, question)}.json"
    for store in (cache.store, cache):
        document = records.read_json(store.file("trials", name))
        if isinstance(document, dict):
            return Trial(**{**document, "written": tuple(document["written"])})
    trial = _tried(artifact, question, cache, app)
    _record(trial, artifact, question, cache)
    if question.import_alone != question and not question.command:
        # An app that has answered has been imported: `up`, which asks for that alone, does not run it again.
        imported = Trial(ran=trial.ran, note="" if trial.ran else trial.note)
        _record(imported, artifact, question.import_alone, cache)
    return trial


def _record(trial: Trial, artifact: Artifact, question: Question, cache: Cache) -> None:
    # What could not be run here is tried again by the next clone: this machine may have that Python then.
    note = (cache.store if trial.ran else cache).file("trials", f"{_key(artifact, question)}.json")
    draft = note.with_name(f"{note.name}.{os.getpid()}")
    records.write_json(
        draft,
        {
            "ran": trial.ran,
            "statuses": dict(trial.statuses),
            "note": trial.note,
            "written": list(trial.written),
            "empty": trial.empty,
        },
    )
    draft.replace(note)


def _key(artifact: Artifact, question: Question) -> str:
    called_as = question.interface if question.paths else ""  # an import is the same whatever calls it then
    facts = [FORMAT, artifact.digest, question.module, question.name, called_as, question.python]
    hidden = question.secret | question.placeholders
    variables = sorted((name, "" if name in hidden else value) for name, value in question.variables.items())
    facts += [variables, question.paths, question.architecture, question.platform]
    facts += [question.release, question.folders, question.imports, question.command, question.servers]
    facts += [sys.platform, _stamp(interpreter(question.python))]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _stamp(executable: str | None) -> list[str | int]:
    """What tells an interpreter from the one that is put in its place later."""
    if executable is None:
        return []
    try:
        stat = Path(executable).stat()
    except OSError:
        return [executable]
    return [os.path.realpath(executable), stat.st_size, stat.st_mtime_ns]


def _tried(artifact: Artifact, question: Question, cache: Cache, app: str) -> Trial:
    with cache.workplace() as work:
        root = work / "app"
        _unpack(artifact, root)
        python = interpreter(question.python)
        if python is None:
            return _compiled(root, question, app, f"this machine has no Python {question.python}")
        if question.architecture != {"aarch64": "arm64"}.get(platform.machine(), platform.machine()):
            return _compiled(root, question, app, f"this machine is no {question.architecture}")
        paths, late = [root], list[Path]()
        if (root / ".packages").is_dir():
            paths.insert(0, root / ".packages")
        if (root / "requirements.txt").is_file():
            # Beside packages of this machine's own that are inside, the platform installs the others.
            late.append(_installed(root / "requirements.txt", question, python, work, app))
        if question.platform == "lambda":
            paths.append(linked(work / "runtime"))
        return _run(python, root, paths, late, question, work, app)


def _unpack(artifact: Artifact, root: Path) -> None:
    # It is ours: every name in it was checked when it was made.
    with zipfile.ZipFile(artifact.path) as archive:
        archive.extractall(root)


def _installed(lock: Path, question: Question, executable: str, work: Path, app: str) -> Path:
    """The packages that the platform installs, for this machine and by the app's Python, which builds some of them."""
    target = work / "site-packages"  # what Streamlit takes for an installation
    how = ["--link-mode", "hardlink", "--no-compile-bytecode", "--quiet", "--no-deps"]
    words = ["pip", "install", "--target", str(target), "--python", executable, "--requirement", str(lock)]
    if question.from_wheels:
        pins = {normal(name) for line in lines_of(lock.read_text(encoding="utf-8")) if (name := pinned_name(line))}
        how += [word for name in sorted(pins & SLOW) for word in ("--only-binary", name)]
    run_uv([*words, *how], folder=work, doing=f"the requirements of {app} do not install on Python {question.python}")
    target.mkdir(exist_ok=True)
    return target


def _compiled(root: Path, question: Question, app: str, why: str) -> Trial:
    """Compile the sources, where nothing can be run; errors of later syntax are none of ours."""
    newer = question.python.split(".") > OWN.split(".")
    for path in sorted(root.rglob("*.py")):
        if ".packages" in path.parts:
            continue
        try:
            compile(path.read_bytes(), str(path.relative_to(root)), "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as wrong:
            if not newer:
                line = getattr(wrong, "lineno", 0)
                raise BundleError(f"{app} is not Python {OWN}: {wrong} ({path.relative_to(root)}:{line})") from None
    return Trial(ran=False, note=f"{app} was not run: {why}")


def _run(
    python: str, root: Path, paths: Sequence[Path], late: Sequence[Path], question: Question, work: Path, app: str
) -> Trial:
    """Import the entry and ask. ``paths`` come before Python's own modules, ``late`` after, as where pip installs."""
    home = work / "home"
    home.mkdir()
    options_key = {
        "root": str(root),
        "paths": [str(path) for path in paths],
        "late": [str(path) for path in late],
        "module": question.module,
        "name": question.name,
        "interface": question.interface,
        "ask": list(question.paths),
        "read_only": question.platform in READ_ONLY,
        "imports": list(question.imports),
        "servers": list(question.servers),
    }
    variables = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(home),
        **question.variables,
    }
    before = _databases(root)
    for folder in question.folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
    if question.release:
        _release(question.release, python, root, [*paths, *late], variables, work, app)
    with (work / "result").open("w+b") as result, (work / "output").open("w+b") as output:
        process = subprocess.Popen(
            [python, "-I", "-S", "-B", "-u", str(WORKER), str(result.fileno())],
            cwd=root, env=variables, stdin=subprocess.PIPE, stdout=output, stderr=output,
            pass_fds=[result.fileno()], start_new_session=True,
        )  # fmt: skip
        try:
            Patience(process=process, seconds=SECONDS).wait(json.dumps(options_key).encode())
        except subprocess.TimeoutExpired:
            raise BundleError(
                f"{app}: importing {question.module} did not end within {SECONDS:.0f} seconds: does it serve or wait "
                "at the top of the module? Keep that below `if __name__ == '__main__':`"
            ) from None
        finally:
            _end(process)
        result.seek(0)
        output.seek(0)
        answered, message = result.read().decode(), output.read().decode("utf-8", "replace")
    if not answered:
        raise BundleError(
            f"{app}: importing {question.module} ended Python (status {process.returncode}){_tail(message)}"
        )
    answer = json.loads(answered)
    if "error" in answer:
        _refuse(answer, message, question, app, root)
        return Trial(ran=True, note=f"{app}: {answer['error']}")
    statuses = answer["statuses"]
    if question.command:
        server = Server(
            command=question.command, python=python, version=question.python, root=root, packages=[*paths, *late],
            variables=variables, worker=WORKER, read_only=question.platform in READ_ONLY,
        )  # fmt: skip
        statuses, message = answers_of(server, question.paths, work=work, app=app)
    errors = re.findall(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Refused|Timeout)\w*: .*$", message, re.MULTILINE)
    written = tuple(sorted(_databases(root) - before))
    note = errors[-1] if errors else ""
    return Trial(ran=True, statuses=statuses, note=note, written=written, empty=bool(answer.get("empty")))


def _databases(root: Path) -> set[str]:
    """The SQLite databases in a folder, by how such a file begins: https://www.sqlite.org/fileformat.html."""
    paths = (path for path in root.rglob("*") if path.is_file() and ".packages" not in path.parts)
    return {path.relative_to(root).as_posix() for path in paths if _begins(path, b"SQLite format 3\0")}


def _begins(path: Path, with_: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(with_)) == with_


def _release(
    command: str, python: str, root: Path, paths: Sequence[Path], variables: Mapping[str, str], work: Path, app: str
) -> None:
    """Run the release command in the artifact. Raises :class:`BundleError` with the last line that it wrote."""
    inside = work / "bin"
    inside.mkdir()
    for name in ("python", "python3"):
        # A link would find the packages beside the interpreter's own place; the artifact has its own alone.
        (inside / name).write_text(f'#!/bin/sh\nexec "{python}" -s "$@"\n', encoding="utf-8")
        (inside / name).chmod(0o755)
    environment = {
        **variables,
        "PATH": f"{inside}{os.pathsep}{variables['PATH']}",
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
    }
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        output = Patience(process=process, seconds=RELEASE_SECONDS).wait().decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        raise BundleError(
            f"{app}: its release command `{command}` did not end within {RELEASE_SECONDS:.0f} seconds"
        ) from None
    finally:
        _end(process)
    if process.returncode:
        last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "")
        raise BundleError(
            f"{app}: its release command `{command}` ended with status {process.returncode}: {last}{_tail(output)}"
        )


def _refuse(answer: Mapping[str, str], output: str, question: Question, app: str, root: Path) -> None:
    """Raise the app's own error; not where a sealed variable, whose value it did not get, may be the reason."""
    if question.placeholders:
        return
    places = (str(root), os.path.realpath(root))
    trace = answer["trace"]
    for place in places:
        trace = trace.replace(f"{place}/", "")
    error = answer["error"]
    if error.startswith("SystemExit") and output.strip():
        # An app that gives up says why in its last words.
        error = f"it ends itself: {output.strip().splitlines()[-1].strip()}"
    raise BundleError(f"{app}: {error}{_remedy(error)}\n{trace.rstrip()}{_tail(output)}")


def _remedy(error: str) -> str:
    if error.startswith("ModuleNotFoundError: No module named"):
        return " (in the artifact, which has the app's own packages alone: is it among its dependencies, and locked?)"
    if error.startswith("KeyError:"):
        return " (an environment variable? say it below env:, or seal it)"
    if "Read-only file system" in error:
        return " (as on the platform, where /tmp alone can be written: write there, or keep files in a bucket)"
    return ""


def _tail(output: str) -> str:
    lines = output.strip().splitlines()[-10:]
    return "\nIts output ends:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
