"""Puts together what the files of a folder say: ``recognise(folder)``. Nothing of the app is run."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from slipway.bundle.entries import Interface
from slipway.bundle.errors import BundleError
from slipway.bundle.locks.wanted import Wanted, wanted_of
from slipway.bundle.tree import look_through
from slipway.recognise import compose
from slipway.recognise.dockerfile_place import Place, place_of
from slipway.recognise.entries import PASSED_OVER, Candidate, Code, candidates
from slipway.recognise.examples import examples_of
from slipway.recognise.findings import Finding, Recognised, Sure
from slipway.recognise.folder import BESIDE, Folder, modules_of, paste_settings, script_of
from slipway.recognise.frameworks import CONSTRUCTORS, WORKERS
from slipway.recognise.imported import (
    arguments_of,
    dependencies_finding,
    imported,
    lock_of_folder,
    python_findings,
    starter,
    top_names,
    undeclared_of,
)
from slipway.recognise.notes import Notes, notes_of
from slipway.recognise.ports import config_of, port_by_itself, port_in_config, port_of
from slipway.recognise.routes import probe_of, routes_of
from slipway.recognise.tables import prepares_itself, release_of, setup_of
from slipway.recognise.variables import is_secret, is_signing

OF_PLATFORMS = frozenset({"PORT", "HOME", "PATH", "USER", "HOSTNAME", "PWD", "TMPDIR", "LANG"})


def recognise(source: Path) -> Recognised:
    """What the folder ``source`` is. Raises :class:`BundleError` where it has no place in an artifact."""
    tree = look_through(source)
    folder = Folder(tree=tree)
    modules = dict(modules_of(folder))
    beside = frozenset(name for name in BESIDE if (tree.root / name).is_file())
    place = place_of(folder.read, frozenset(tree.files) | (beside & {*compose.FILES}))
    above = frozenset(name for name in compose.FILES if name not in beside and folder.above(name))
    notes = notes_of(
        folder.read,
        frozenset(tree.files) | beside | above,
        dockerfile=place.dockerfile or "Dockerfile",
        target=place.target,
    )
    packages = frozenset(path for path in modules if path.endswith("__init__.py"))
    code = Code(modules, packages, paste_settings(folder))
    problems = list(notes.problems)
    dependencies, unreadable = _wanted(folder)
    ways = candidates(code, notes)
    best = _best(ways, code, folder)
    app = _put_together(folder, code, notes, dependencies, best, problems, place)
    return replace(app, unreadable=unreadable, others=_others(ways, best))


def _wanted(folder: Folder) -> tuple[Wanted, str]:
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


def _best(ways: Sequence[Candidate], code: Code, folder: Folder) -> Candidate | None:
    django = _django(code, folder)
    if django is not None and not any(
        way.sure is Sure.certain and way.interface is not Interface.command for way in ways
    ):
        return django
    usable = [way for way in ways if not way.needs]
    return next(iter([*usable, *ways]), None)


def _django(code: Code, folder: Folder) -> Candidate | None:
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
    folder: Folder,
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
    findings += python_findings(notes, dependencies)
    lock = lock_of_folder(folder, dependencies)
    undeclared = undeclared_of(code, dependencies, lock, best)
    findings.append(dependencies_finding(dependencies, lock, undeclared))
    required, secrets, keeps, state = _state(code, folder, notes)
    findings += [*state, *notes.findings]
    routes = tuple(sorted(routes_of(code) - {""}))
    return Recognised(
        root=folder.tree.root,
        framework=framework,
        interface=interface,
        entry=best.entry if best else "",
        command=best.command if best else worker if framework == "beam" else "",
        worker=worker,
        imports=imported(code, best) if best and best.interface is Interface.command else (),
        release=notes.release or release_of(code, folder, framework, best, dependencies),
        setup=setup_of(code, framework, best),
        python=dependencies.python,
        python_version=notes.python[0][0] if notes.python else "",
        wanted=dependencies,
        lock=lock,
        undeclared=undeclared,
        port=_port(code, notes, folder, dockerfile),
        probe=probe_of(routes, notes, framework),
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
        prepares_itself=bool(dockerfile) and prepares_itself(notes, folder, dockerfile),
        image_command=notes.image_command if dockerfile else "",
        services=notes.services,
        arguments=arguments_of(code) if framework == "beam" else {},
        findings=tuple(findings),
        problems=tuple(problems),
        ended_runtime=notes.ended_runtime,
    )


def _without_port(code: Code, notes: Notes, dockerfile: str) -> tuple[str, str, str] | None:
    """A pipeline, a container's own server, or a program that runs without a port: (framework, file, command)."""
    paths = [path for path in code.modules if not PASSED_OVER.search(path)]
    for path in paths:
        module = code.modules[path]
        if "apache_beam" in top_names(module) and module.calls & {"Pipeline", "run", "run_pipeline"}:
            started = path if module.runs else starter(code, module, paths)
            return "beam", path, f"python3 {started}"
    if notes.exposes:
        return "container", dockerfile, ""
    for path in sorted(paths, key=lambda path: (not code.modules[path].loops, path.count("/"), path)):
        module = code.modules[path]
        named = next((name for name in WORKERS if name in top_names(module)), "")
        if module.runs and (module.loops or named):
            return "worker", path, f"python3 {path}"
    return None


def _port(code: Code, notes: Notes, folder: Folder, dockerfile: str) -> int:
    """Where the app listens, by what starts it, what it starts with, and what others wrote; 0: nowhere."""
    if notes.listens:
        return notes.listens
    command = next((command for command, file, _ in notes.starts if file == dockerfile), "")
    lines = [command, *script_of(command, folder).splitlines()]
    for line in lines:
        port = port_of(line, notes.variables) if line is not command else 0
        config = config_of(line)
        if port := port or (port_in_config(folder.in_image(config)) if config else 0):
            return port
    by_code = next((module.port for module in code.modules.values() if module.port), 0)
    return notes.port or by_code or next((port for line in lines if (port := port_by_itself(line))), 0)


def _state(
    code: Code, folder: Folder, notes: Notes
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
