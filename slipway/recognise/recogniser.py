"""Puts together what the files of a folder say: ``recognise(folder)``. Nothing of the app is run."""

import configparser
import posixpath
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from slipway.bundle.entries import Interface
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import LOCK, LOCKS, normal
from slipway.bundle.locks.wanted import LISTS, Wanted, names_of, wanted_of
from slipway.bundle.locks.workspace import workspace_of
from slipway.bundle.texts import text_of
from slipway.bundle.tree import Tree, look_through
from slipway.recognise import compose
from slipway.recognise.dockerfile_place import Place, place_of
from slipway.recognise.entries import PASSED_OVER, Candidate, Code, candidates
from slipway.recognise.examples import READERS as EXAMPLES
from slipway.recognise.examples import examples_of
from slipway.recognise.findings import Finding, Recognised, Sure
from slipway.recognise.frameworks import CONSTRUCTORS, WORKERS
from slipway.recognise.module import HTTP_FUNCTION, Module
from slipway.recognise.notes import READERS, Notes, notes_of
from slipway.recognise.packages import PACKAGES
from slipway.recognise.ports import config_of, port_by_itself, port_in_config, port_of
from slipway.recognise.sources import read_module
from slipway.recognise.variables import is_secret, is_signing

MOST_READ = 1_500
"""Python files that are read; more make no app clearer."""
MOST_BYTES = 1_000_000
OF_PLATFORMS = frozenset({"PORT", "HOME", "PATH", "USER", "HOSTNAME", "PWD", "TMPDIR", "LANG"})


@dataclass(frozen=True, kw_only=True)
class _Folder:
    """A folder's files as text."""

    tree: Tree

    def read(self, name: str) -> str | None:
        """A file at any depth, also those that are never packed; None where there is none."""
        if name in self.tree.files:
            return text_of(self.tree.read(name), "replace")
        for path in (self.tree.root / name, *([self.above(name)] if name in compose.FILES else [])):
            if path is not None and name in _BESIDE and path.is_file() and not path.is_symlink():
                return path.read_text(encoding="utf-8", errors="replace")
        return None

    def above(self, name: str) -> Path | None:
        """A compose file in the folder above that builds this one; None where there is none."""
        path = self.tree.root.parent / name
        if not path.is_file() or path.is_symlink():
            return None
        try:
            service = compose.app_service(path.read_text(encoding="utf-8", errors="replace"))
        except yaml.YAMLError:
            return None
        return path if service is not None and service.context == self.tree.root.name else None


_BESIDE = frozenset(READERS) | frozenset(EXAMPLES) | {".dockerignore", ".gitignore", ".gcloudignore", "Dockerfile"}


def recognise(source: Path) -> Recognised:
    """What the folder ``source`` is. Raises :class:`BundleError` where it has no place in an artifact."""
    tree = look_through(source)
    folder = _Folder(tree=tree)
    modules = dict(_modules(folder))
    beside = frozenset(name for name in _BESIDE if (tree.root / name).is_file())
    place = place_of(folder.read, frozenset(tree.files) | (beside & {*compose.FILES}))
    above = frozenset(name for name in compose.FILES if name not in beside and folder.above(name))
    notes = notes_of(
        folder.read,
        frozenset(tree.files) | beside | above,
        dockerfile=place.dockerfile or "Dockerfile",
        target=place.target,
    )
    packages = frozenset(path for path in modules if path.endswith("__init__.py"))
    code = Code(modules, packages, _settings(folder))
    problems = list(notes.problems)
    dependencies, unreadable = _wanted(folder)
    ways = candidates(code, notes)
    best = _best(ways, code, folder)
    app = _put_together(folder, code, notes, dependencies, best, problems, place)
    return replace(app, unreadable=unreadable, others=_others(ways, best))


def _modules(folder: _Folder) -> Iterator[tuple[str, Module]]:
    paths = [path for path, app in folder.tree.files.items() if path.endswith(".py") and app.stamp[0] < MOST_BYTES]
    for path in sorted(paths, key=lambda path: (path.count("/"), path))[:MOST_READ]:
        module = read_module(path, folder.read(path) or "")
        if not (path.endswith("env.py") and "alembic" in module.absolute):  # a migration's own, wherever that is
            yield path, module


def _settings(folder: _Folder) -> dict[str, str]:
    """The settings of a Pyramid app in the ``.ini`` file that PasteDeploy reads, without those for developing."""
    for name in ("production.ini", "development.ini"):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(folder.read(name) or "")
        except configparser.Error:
            continue
        if parser.has_section("app:main"):
            return {
                key: value.replace("%(here)s", ".").strip()
                for key, value in parser["app:main"].items()
                if key != "use" and not key.startswith("debugtoolbar.") and "pyramid_debugtoolbar" not in value
                and not key.startswith(("pyramid.debug", "pyramid.reload"))
            }  # fmt: skip
    return {}


def _wanted(folder: _Folder) -> tuple[Wanted, str]:
    """What the app depends on, and why that cannot be read."""
    try:
        return wanted_of(folder.read, where=str(folder.tree.root)), ""
    except BundleError as mistake:
        return Wanted(origin=""), str(mistake)


MOST_OTHERS = 3
"""Entries beside the best one that are worth a trial."""


def _others(ways: Sequence[Candidate], best: Candidate | None) -> tuple[str, ...]:
    if best is None or best.interface is Interface.command:
        return ()
    own = [way for way in ways if not way.needs and way.framework == best.framework and way.entry != best.entry]
    own.sort(key=lambda way: way.code != best.code)  # a function beside the app knows best how it is put together
    return tuple(dict.fromkeys(way.entry for way in own))[:MOST_OTHERS]


def _best(ways: Sequence[Candidate], code: Code, folder: _Folder) -> Candidate | None:
    django = _django(code, folder)
    if django is not None and not any(
        way.sure is Sure.certain and way.interface is not Interface.command for way in ways
    ):
        return django
    usable = [way for way in ways if not way.needs]
    return next(iter([*usable, *ways]), None)


def _django(code: Code, folder: _Folder) -> Candidate | None:
    """The WSGI module that Django's own command made, beside ``manage.py``."""
    managers = sorted(
        (path for path in code.modules if posixpath.basename(path) == "manage.py"), key=lambda p: p.count("/")
    )
    for path in managers:
        text = folder.read(path) or ""
        match = re.search(r"DJANGO_SETTINGS_MODULE[\"'],\s*[\"']([\w.]+)", text)
        if not match:
            continue
        root, package = posixpath.dirname(path), match[1].partition(".")[0]
        line = text[: match.start()].count("\n") + 1
        prefix = f"{root}/" if root else ""
        for kind, maker in (
            ("wsgi", "django.core.wsgi.get_wsgi_application"),
            ("asgi", "django.core.asgi.get_asgi_application"),
        ):
            for place in (f"{package}.{kind}", f"{match[1].rpartition('.')[0]}.{kind}", kind):
                module = code.modules.get(f"{prefix}{place.replace('.', '/')}.py")
                if module is not None and any(thing.name == "application" for thing in module.things):
                    return Candidate(
                        framework=CONSTRUCTORS[maker], entry=f"{prefix}{place}:application", file=path, line=line,
                        code=module.path, sure=Sure.certain,
                    )  # fmt: skip
    return None


def _static_files(code: Code) -> Finding | None:
    """Where a Django site's settings say that it has static files."""
    module = next((module for _, module in sorted(code.modules.items()) if module.static_files), None)
    if module is None:
        return None
    value = "Django's, which WhiteNoise serves"
    return Finding(subject="static", value=value, file=module.path, line=module.static_files)


def _put_together(
    folder: _Folder,
    code: Code,
    notes: Notes,
    dependencies: Wanted,
    best: Candidate | None,
    problems: list[str],
    place: Place,
) -> Recognised:
    dockerfile = place.dockerfile
    findings: list[Finding] = []
    framework, interface = (best.framework.name, best.interface) if best else ("", None)
    worker = notes.worker
    if framework == "django" and interface is Interface.wsgi and (static := _static_files(code)):
        interface = Interface.django
        findings.append(static)
    if best is not None:
        findings.append(Finding(subject="framework", value=framework, file=best.code or best.file, sure=best.sure))
        findings.append(Finding(subject="entry", value=best.entry, file=best.file, line=best.line, sure=best.sure))
        if best.needs:
            problems.append(
                f"{best.entry} asks for {best.needs} arguments that nothing gives: say the entry with its arguments, "
                f"as entry: {best.entry.removesuffix('()')}('production')"
            )
    elif (other := _without_port(code, notes, dockerfile)) is not None:
        framework, file, command = other
        worker = worker or ("" if framework == "container" else command)
        findings.append(Finding(subject="framework", value=framework, file=file, sure=Sure.likely))
    findings += _python_findings(notes, dependencies)
    lock = _lock(folder, dependencies)
    undeclared = _undeclared(code, dependencies, lock, best)
    findings.append(_dependencies(dependencies, lock, undeclared))
    required, secrets, keeps, state = _state(code, folder, notes)
    findings += [*state, *notes.findings]
    routes = tuple(sorted(_routes(code) - {""}))
    return Recognised(
        root=folder.tree.root,
        framework=framework,
        interface=interface,
        entry=best.entry if best else "",
        command=best.command if best else worker if framework == "beam" else "",
        worker=worker,
        imports=_imported(code, best) if best and best.interface is Interface.command else (),
        release=notes.release or _release(code, folder, framework, best, dependencies),
        setup=_setup(code, framework, best),
        python=dependencies.python,
        python_version=notes.python[0][0] if notes.python else "",
        wanted=dependencies,
        lock=lock,
        undeclared=undeclared,
        port=_port(code, notes, folder, dockerfile),
        probe=_probe(routes, notes, framework),
        routes=routes,
        static=tuple(sorted(notes.static.items())),
        variables=required,
        secrets=secrets,
        optional=_optional(code, notes, (*required, *secrets)),
        with_default=tuple(sorted(_with_default(code))),
        examples=examples_of(folder.read),
        env=tuple(sorted(notes.env.items())),
        keeps=keeps,
        hosts=next((module.hosts for module in code.modules.values() if module.hosts), ""),
        dockerfile=dockerfile,
        target=place.target,
        below=place.below,
        prepares_itself=bool(dockerfile) and _prepares_itself(notes, folder, dockerfile),
        image_command=notes.image_command if dockerfile else "",
        services=notes.services,
        arguments=_arguments(code) if framework == "beam" else {},
        findings=tuple(findings),
        problems=tuple(problems),
        ended_runtime=notes.ended_runtime,
    )


def _without_port(code: Code, notes: Notes, dockerfile: str) -> tuple[str, str, str] | None:
    """A pipeline, a container's own server, or a program that runs without a port: (framework, file, command)."""
    paths = [path for path in code.modules if not PASSED_OVER.search(path)]
    for path in paths:
        module = code.modules[path]
        if "apache_beam" in _tops(module) and module.calls & {"Pipeline", "run", "run_pipeline"}:
            started = path if module.runs else _starter(code, module, paths)
            return "beam", path, f"python3 {started}"
    if notes.exposes:
        return "container", dockerfile, ""
    for path in sorted(paths, key=lambda path: (not code.modules[path].loops, path.count("/"), path)):
        module = code.modules[path]
        named = next((name for name in WORKERS if name in _tops(module)), "")
        if module.runs and (module.loops or named):
            return "worker", path, f"python3 {path}"
    return None


def _port(code: Code, notes: Notes, folder: _Folder, dockerfile: str) -> int:
    """Where the app listens, by what starts it, what it starts with, and what others wrote; 0: nowhere."""
    if notes.listens:
        return notes.listens
    command = next((command for command, file, _ in notes.starts if file == dockerfile), "")
    lines = [command, *_script(command, folder).splitlines()]
    for line in lines:
        port = port_of(line, notes.variables) if line is not command else 0
        config = config_of(line)
        if port := port or (port_in_config(_text_of(config, folder)) if config else 0):
            return port
    by_code = next((module.port for module in code.modules.values() if module.port), 0)
    return notes.port or by_code or next((port for line in lines if (port := port_by_itself(line))), 0)


PREPARES = re.compile(r"\bmigrate\b|\bupgrade\b|\bcreate_all\b|\binit[_-]?db\b|\bsyncdb\b|\bcreate[_-]?db\b")
"""Words of commands that make an app's tables."""


def _prepares_itself(notes: Notes, folder: _Folder, dockerfile: str) -> bool:
    commands = [command for command, file, _ in notes.starts if file == dockerfile] + [notes.image_command]
    return any(PREPARES.search(f"{command} {_script(command, folder)}") for command in commands)


def _script(command: str, folder: _Folder) -> str:
    """The shell script that a command starts, as text; "" for none."""
    match = re.search(r"(?:^|[\s\"'])([\w./-]+\.sh)(?=[\s\"']|$)", command)
    return _text_of(match[1], folder) if match else ""


def _text_of(path: str, folder: _Folder) -> str:
    """A file of the app by its path in the image, where its folder is called in another way."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for start in range(len(parts)):
        if (text := folder.read("/".join(parts[start:]))) is not None:
            return text
    return ""


def _tops(module: Module) -> set[str]:
    return {name.partition(".")[0] for name in module.absolute}


def _starter(code: Code, module: Module, paths: list[str]) -> str:
    """The file that is run to start a module: one that imports it, else its own."""
    for path in paths:
        other = code.modules[path]
        imported = [*other.absolute, *other.imports.values()]
        if other.runs and any(code.find(name, code.root_of(path)) is module for name in imported):
            return path
    return module.path


def _arguments(code: Code) -> dict[str, dict[str, bool]]:
    """By each file that is run: the options of its parser, and of what it imports of the folder."""
    return {
        path: {name: needed for one in _closure(code, module) for name, needed in one.arguments.items()}
        for path, module in code.modules.items()
        if module.runs and not PASSED_OVER.search(path)
    }


def _imported(code: Code, best: Candidate) -> tuple[str, ...]:
    """What a file that serves by itself imports, and what that imports of the folder; Streamlit's pages too."""
    folder = posixpath.dirname(best.code)
    pages = f"{folder}/pages/".removeprefix("/")
    started = [code.modules[best.code]] if best.code in code.modules else []
    started += [module for path, module in code.modules.items() if path.startswith(pages)]
    reached = [other for module in started for other in _closure(code, module)]
    own = {posixpath.basename(path).removesuffix(".py") for path in code.modules}
    own |= {part for path in code.modules for part in path.split("/")[:-1]}
    tops = {top for module in reached for top in _tops(module) - module.guarded}
    return tuple(sorted(tops - own - sys.stdlib_module_names - {""}))


def _closure(code: Code, module: Module) -> list[Module]:
    """A module, and those of the folder that it imports, one by the other."""
    reached = [module]
    for each in reached:
        root = code.root_of(each.path)
        for name in (*each.absolute, *each.imports.values()):
            # `from counting import count` is counting.count: the module may be the whole of it, or what stands before.
            other = code.find(name, root) or code.find(name.rpartition(".")[0] or name, root)
            if other is not None and other not in reached:
                reached.append(other)
    return reached


def _python_findings(notes: Notes, dependencies: Wanted) -> Iterator[Finding]:
    for version, file, line in notes.python[:2]:
        yield Finding(subject="python", value=version, file=file, line=line)
    if dependencies.python:
        yield Finding(subject="python", value=dependencies.python, file=dependencies.origin)


def _lock(folder: _Folder, dependencies: Wanted) -> str:
    if dependencies.hashed and dependencies.origin == LOCK:
        return LOCK
    if dependencies.origin == "requirements.in" and "--hash" in (folder.read(LOCK) or ""):
        return LOCK
    if own := next((name for name in LOCKS if name in folder.tree.files), ""):
        return own
    workspace = workspace_of(folder.tree.root) if dependencies.origin == "pyproject.toml" else None
    return workspace.shown if workspace is not None and workspace.lock.is_file() else ""


def _dependencies(dependencies: Wanted, lock: str, undeclared: tuple[str, ...]) -> Finding:
    if undeclared and not dependencies.origin:
        return Finding(subject="dependencies", value=f"not declared: {', '.join(undeclared)}", sure=Sure.guessed)
    count = len(dependencies.lines) + len(dependencies.folders)
    summary = f"{count} in {dependencies.origin}" if dependencies.origin else "none"
    pinned = f", locked by {lock}" if lock else ", no lock" if dependencies else ""
    return Finding(subject="dependencies", value=summary + pinned, file=lock or dependencies.origin)


def _undeclared(code: Code, dependencies: Wanted, lock: str, best: Candidate | None) -> tuple[str, ...]:
    """Packages that are imported, are none of Python's or the app's own, and are declared nowhere.

    Where some are declared, what else is imported may come with those: only what calls a function of Google's is then
    missed, which Google adds itself.
    """
    if lock and not dependencies.origin:
        return ()
    google = (
        {PACKAGES["functions_framework"]}
        if best is not None and best.framework.name == HTTP_FUNCTION.name
        else set[str]()
    )
    own = {posixpath.basename(path).removesuffix(".py") for path in code.modules}
    own |= {part for path in code.modules for part in path.split("/")[:-1]}
    declared = {normal(name) for name in names_of(dependencies.lines, lambda _: True)}
    missing = set(google)
    for path, module in code.modules.items():
        if PASSED_OVER.search(path):
            continue
        tops = {name.partition(".")[0] for name in module.absolute} - module.guarded - sys.stdlib_module_names - own
        missing.update(PACKAGES[top] for top in tops if top in PACKAGES)
    # What starts an app with a server of its own is not tried before it goes anywhere: it is listed at once.
    server = best.framework.package or best.framework.name if best and best.interface is Interface.command else ""
    chosen = google | ({server} & missing) if declared else missing
    return (
        tuple(sorted(name for name in chosen if normal(name) not in declared)) if _can_be_listed(dependencies) else ()
    )


def _can_be_listed(dependencies: Wanted) -> bool:
    """Whether a package can be added to what declares them: a list of requirements, or none yet."""
    return not dependencies.hashed and dependencies.origin in ("", *LISTS)


def _state(
    code: Code, folder: _Folder, notes: Notes
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], list[Finding]]:
    findings: list[Finding] = []
    required: dict[str, None] = {}
    keeps: dict[str, None] = {}
    for path, module in code.modules.items():
        if PASSED_OVER.search(path):
            continue
        signing = ((name, line) for name, line in module.optional if is_signing(name))
        for name, line in (*module.required, *signing):
            if name not in OF_PLATFORMS and name not in notes.env and name not in required:
                required[name] = None
                what = "secret" if is_secret(name) else "variable"
                findings.append(Finding(subject=what, value=name, file=path, line=line))
        for text, line in module.texts:
            if text not in keeps:
                keeps[text] = None
                findings.append(Finding(subject="keeps", value=text, file=path, line=line, sure=Sure.likely))
        if "Thread" in module.calls or "BackgroundScheduler" in module.calls:
            findings.append(Finding(subject="threads", value="runs in the background", file=path, sure=Sure.likely))
    secrets = tuple(name for name in required if is_secret(name))
    return tuple(name for name in required if name not in secrets), secrets, tuple(keeps), findings


def _optional(code: Code, notes: Notes, required: tuple[str, ...]) -> tuple[str, ...]:
    """Variables that the code asks for without a default, and that have none elsewhere either."""
    modules = [module for path, module in code.modules.items() if not PASSED_OVER.search(path)]
    others = {*required, *notes.env, *OF_PLATFORMS, *_with_default(code)}
    names = dict.fromkeys(name for module in modules for name, _ in module.optional)
    return tuple(name for name in names if name not in others)


def _with_default(code: Code) -> set[str]:
    modules = [module for path, module in code.modules.items() if not PASSED_OVER.search(path)]
    return set[str]().union(*(module.defaults for module in modules))


def _release(code: Code, folder: _Folder, framework: str, best: Candidate | None, dependencies: Wanted) -> str:
    """The command that makes the app's tables, where it has one and does not do it itself."""
    if framework == "django":
        manager = min(
            (path for path in code.modules if posixpath.basename(path) == "manage.py"),
            key=lambda path: path.count("/"), default="",
        )  # fmt: skip
        return f"python {manager} migrate --noinput" if manager else ""
    if framework == "nanodjango" and best is not None and any(one.startswith("sqlite") for one in _texts(code)):
        # As its own server does: such an app may have no migrations yet.
        label = posixpath.basename(best.code.removesuffix("/__init__.py")).removesuffix(".py")
        manage = f"python -m nanodjango manage {best.code}"
        return f"{manage} makemigrations {label} --noinput && {manage} migrate --noinput"
    entry = best.entry if best is not None else ""
    declared = {normal(name) for name in names_of(dependencies.lines, lambda _: True)}
    if framework == "flask" and ":" in entry and "+" not in entry and "," not in entry:
        place, _, inside = entry.rpartition("/")
        before = f"PYTHONPATH={place}:$PYTHONPATH " if place else ""
        if "migrations/env.py" in folder.tree.files and "flask-migrate" in declared:
            return f"{before}python -m flask --app {shlex.quote(inside)} db upgrade"
        tables = _tables(code, inside, place)
        return f"{before}{tables}" if tables else ""
    if "alembic.ini" in folder.tree.files and "alembic" in declared:
        return "python -m alembic upgrade head"
    return ""


def _texts(code: Code) -> Iterator[str]:
    """What the app keeps, as its code names it."""
    for path, module in code.modules.items():
        if not PASSED_OVER.search(path):
            yield from (text for text, _ in module.texts)


def _setup(code: Code, framework: str, best: Candidate | None) -> str:
    """The command that makes the tables of an app with statements of its own, as the tutorial of Flask's has it."""
    start, colon, name = best.entry.partition(":") if best is not None else ("", "", "")
    folder, _, owner = start.rpartition("/")
    paths = sorted((path for path in code.modules if not PASSED_OVER.search(path)), key=lambda path: path.count("/"))
    setups = [(path, command, function) for path in paths for command, function in code.modules[path].setups]
    if not colon or not setups or framework not in ("flask", "quart", "fastapi", "starlette", "bottle", "falcon"):
        return ""
    before = f"PYTHONPATH={folder}:$PYTHONPATH " if folder else ""
    command = next((command for _, command, _ in setups if command and framework == "flask"), "")
    if command:
        return f"{before}python -m flask --app {shlex.quote(f'{owner}:{name}')} {command}"
    path, _, function = next(((one for one in setups if not one[1])), ("", "", ""))
    if not path:
        return ""
    module = code.name_of(path, code.root_of(path)).rpartition("/")[2]
    app, brace, call = name.partition("(")
    context = (
        f"from {owner} import {app} as app; app{brace}{call}.app_context().push(); " if framework == "flask" else ""
    )
    return f'{before}python -c "{context}from {module} import {function}; {function}()"'


def _tables(code: Code, entry: str, place: str) -> str:
    """Makes the tables of Flask-SQLAlchemy's models, which some apps leave to a line of their README."""
    modules = [(path, module) for path, module in code.modules.items() if not PASSED_OVER.search(path)]
    path, module = next(((path, module) for path, module in modules if module.databases), ("", None))
    if module is None or any(one.creates_tables for _, one in modules):
        return ""
    folder, _, owner = code.name_of(path, code.root_of(path)).rpartition("/")
    start, _, name = entry.partition(":")
    name, brace, call = name.partition("(")
    if folder != place:
        return ""
    return (
        f'python -c "from {start} import {name} as app; from {owner} import {module.databases[0]} as db; '
        f'app{brace}{call}.app_context().push(); db.create_all()"'
    )


def _routes(code: Code) -> set[str]:
    """The paths without parameters, those of Django's included lists below the paths that include them."""
    below: dict[int, list[str]] = {}
    for module in code.modules.values():
        for prefix, name in module.includes:
            if (included := code.find(name, code.root_of(module.path))) is not None:
                below.setdefault(id(included), []).append(prefix)
    return {
        _plain(f"{prefix}{path}")
        for module in code.modules.values()
        for prefix in below.get(id(module), [""])
        for path, _ in module.routes
    }


def _plain(path: str) -> str:
    """A route that can be asked for as it is; "" for one with parameters."""
    return "" if re.search(r"[<{(\[*:$^\\]", path) else path if path.startswith("/") else f"/{path}"


def _probe(routes: tuple[str, ...], notes: Notes, framework: str) -> str:
    if "/" in routes or not routes:
        return "/"
    if notes.health in routes:
        return notes.health
    usual = ("/health", "/healthz", "/ping", "/status", "/hello", "/api", "/index", "/home")
    if framework == "django":
        return min(routes, key=lambda path: ("admin" in path, len(path)))
    return next((path for path in usual if path in routes), "/docs" if framework == "fastapi" else min(routes, key=len))
