"""Whether an app's folder holds what the settings say it does; read, never run."""

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from stacks.checks import nearest
from stacks.platforms import (
    AnyApp,
    AppEngineApp,
    BeanstalkApp,
    CloudRunApp,
    ContainerApp,
    ImageApp,
    LambdaApp,
    PythonAnywhereApp,
)
from stacks.platforms.dataflow import DataflowApp

WSGI = re.compile(r"(?:^|\s)([A-Za-z_][\w.]*):([A-Za-z_]\w*)(?:\(\))?(?=\s|$)")
"""``module:name`` in a command, as gunicorn takes it."""


def refused(name: str, app: AnyApp, root: Path) -> str:
    """What is wrong with an app's folder, key first; "" where nothing is."""
    folder = root / app.source
    if not folder.is_dir():
        siblings = sorted(p.name for p in folder.parent.iterdir() if p.is_dir()) if folder.parent.is_dir() else []
        near = nearest(folder.name, siblings)
        return f"slipway:apps.{name}.source: must be a folder, got {app.source!r}, which does not exist{near}"
    return ENTRIES[type(app)](name, app, folder)


def _handler(name: str, app: LambdaApp, folder: Path) -> str:
    module, _, wanted = app.handler.rpartition(".")
    return _without(folder, module, wanted, f"slipway:apps.{name}.handler", app.source)


def _entrypoint(name: str, app: AppEngineApp, folder: Path) -> str:
    if not (folder / "requirements.txt").is_file():
        return f"slipway:apps.{name}.source: needs a requirements.txt (App Engine installs it), {app.source} has none"
    if not (named := WSGI.search(app.entrypoint)):
        return ""
    return _without(folder, named[1], named[2], f"slipway:apps.{name}.entrypoint", app.source)


def _bundle(name: str, app: BeanstalkApp, folder: Path) -> str:
    if not (folder / "requirements.txt").is_file():
        return f"slipway:apps.{name}.source: needs a requirements.txt (Beanstalk installs it), {app.source} has none"
    if (folder / "Procfile").is_file():
        return ""
    module, _, wanted = app.entry.partition(":")
    return _without(folder, module, wanted, f"slipway:apps.{name}.entry", app.source)


def _pipeline(name: str, app: DataflowApp, folder: Path) -> str:
    for needed, why in (("main.py", "a template runs it"), ("requirements.txt", "its workers install it")):
        if not (folder / needed).is_file():
            return f"slipway:apps.{name}.source: needs a {needed} ({why}), {app.source} has none"
    if app.sample and not (folder / app.sample).is_file():
        return f"slipway:apps.{name}.sample: must be a file of {app.source}, got {app.sample!r}, which does not exist"
    return ""


def _dockerfile(name: str, app: ImageApp, folder: Path) -> str:
    for needed, why in (("Dockerfile", "its image is built by it"), ("requirements.txt", "the image installs it")):
        if not (folder / needed).is_file():
            return f"slipway:apps.{name}.source: needs a {needed} ({why}), {app.source} has none"
    return ""


def _wsgi(name: str, app: PythonAnywhereApp, folder: Path) -> str:
    for url, inside in app.static.items():
        if not (folder / inside).is_dir():
            return f"slipway:apps.{name}.static.{url}: must be a folder of {app.source}, which has no {inside!r}"
    module, _, wanted = app.entry.rpartition(".")
    return _without(folder, module, wanted, f"slipway:apps.{name}.entry", app.source)


ENTRIES: Mapping[type[AnyApp], Callable[..., str]] = {
    AppEngineApp: _entrypoint,
    BeanstalkApp: _bundle,
    CloudRunApp: _dockerfile,
    ContainerApp: _dockerfile,
    DataflowApp: _pipeline,
    LambdaApp: _handler,
    PythonAnywhereApp: _wsgi,
}
"""By platform: what is wrong with the way into an app, given its name, the app and its folder."""


def _without(folder: Path, module: str, wanted: str, key: str, shown: str) -> str:
    path = folder / f"{module.replace('.', '/')}.py"
    if not path.is_file():
        near = nearest(module, [p.stem for p in folder.glob("*.py")])
        return f"{key}: names the module {module!r}{near}, {shown} has no {path.relative_to(folder).as_posix()}"
    try:
        names = _top_level(ast.parse(path.read_bytes()))
    except SyntaxError as wrong:
        return f"{key}: {shown}/{path.relative_to(folder).as_posix()} is not Python: {wrong.msg} (line {wrong.lineno})"
    if wanted not in names:
        return f"{key}: names {wanted!r}{nearest(wanted, names)}, which {module}.py in {shown} does not define"
    return ""


def _top_level(tree: ast.Module) -> set[str]:
    """The names a module defines or imports, wherever outside of functions and classes."""
    names: set[str] = set()
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        todo.extend(ast.iter_child_nodes(node))
    return names
