"""What an app's settings leave to its folder: how it is entered, started and asked. Read each time, never run."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi

from slipway.bundle.entries import Interface, Served, entry_of, served
from slipway.bundle.errors import BundleError
from slipway.recognise import Recognised, recognise
from slipway.recognise.notes import start_of
from stacks.pipeline_options import misspelt_option
from stacks.platforms import (
    AnyApp,
    AppEngineApp,
    BeanstalkApp,
    CloudRunApp,
    ContainerApp,
    DataflowApp,
    ImageApp,
    LambdaApp,
    PythonAnywhereApp,
)
from stacks.platforms.dataflow import FILES

PORT_OF_APP_ENGINE = ":$PORT"
WEB = (Interface.wsgi, Interface.django, Interface.asgi)
"""How an entry is called that answers requests."""


def with_recognised(name: str, app: AnyApp, root: Path) -> AnyApp:
    """The app with what its settings leave out. Raises :class:`ValueError`, key first, where they are not shown."""
    fill = FILLED.get(type(app))
    if fill is None:
        return app
    try:
        full = fill(name, app, root / app.source)
    except BundleError as mistake:
        raise ValueError(f"slipway:apps.{name}.source: {mistake}") from None
    if full.release is None and (command := processes_of(root / app.source).get("release")):
        full = full.model_copy(update={"release": command})
    if full.release and full.release_by_hand:
        pulumi.log.warn(f"{name}: its release command `{full.release}` is not run: {full.release_by_hand}")
    return full


def processes_of(folder: Path) -> Mapping[str, str]:
    """The processes of the folder's Procfile, by name: their commands."""
    try:
        text = (folder / "Procfile").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    lines = (re.match(r"([\w-]+):\s*(\S.*)", line) for line in text.splitlines())
    return {line[1]: line[2].strip() for line in lines if line}


def how_served(app: AnyApp) -> Served:
    """How the platform serves an app whose settings are complete. Raises :class:`BundleError`."""
    return served(str(app.platform), app.entry or "", app.interface or "")  # pyright: ignore[reportAttributeAccessIssue]


def _web(name: str, app: AnyApp, folder: Path) -> tuple[AnyApp, Recognised | None]:
    """The app with its entry and interface, and what was recognised where that was needed."""
    if app.entry and app.interface:
        return app, None
    recognised = recognise(folder)
    entry = app.entry or recognised.entry
    interface = app.interface or recognised.interface
    if app.entry and not app.interface and recognised.entry != app.entry:
        interface = recognised.interface if recognised.interface in WEB else Interface.wsgi
    if not entry or interface is None:
        raise ValueError(
            f"slipway:apps.{name}.source: {app.source} shows no web app nor function ({_shown(recognised)}): "
            "say entry, as main:app"
        )
    values: dict[str, Any] = {"entry": entry, "interface": str(interface)}
    if app.probe == ["/"] and "probe" not in app.model_fields_set:
        values["probe"] = [recognised.probe]
    return app.model_copy(update=values), recognised


def _shown(recognised: Recognised) -> str:
    return f"a {recognised.framework}" if recognised.framework else "no framework that Slipway knows"


def _app_engine(name: str, app: AnyApp, folder: Path) -> AnyApp:
    assert isinstance(app, AppEngineApp)
    if app.entrypoint is not None:
        start = start_of(app.entrypoint)
        plain = start is not None and start.entry and not start.folder
        values = (
            {"entry": start.entry, "interface": str(start.interface)} if start and plain else {"interface": "command"}
        )
        return app.model_copy(update=values)
    full, recognised = _web(name, app, folder)
    if full.interface == Interface.command:
        if recognised is None or not recognised.command:
            raise ValueError(f"slipway:apps.{name}.entrypoint: is needed for what brings a server of its own, got none")
        return full.model_copy(update={"entrypoint": recognised.command})
    return full.model_copy(update={"entrypoint": how_served(full).gunicorn(PORT_OF_APP_ENGINE)})


def _beanstalk(name: str, app: AnyApp, folder: Path) -> AnyApp:
    assert isinstance(app, BeanstalkApp)
    if processes_of(folder).keys() - {"release"}:
        return app.model_copy(update={"entry": app.entry or "main:app", "interface": app.interface or "wsgi"})
    full, recognised = _web(name, app, folder)
    return full.model_copy(update={"command": app.command or (recognised.command if recognised else None)})


def _lambda(name: str, app: AnyApp, folder: Path) -> AnyApp:
    assert isinstance(app, LambdaApp)
    if app.handler is not None:
        return app.model_copy(update={"interface": "function"})
    full, _ = _web(name, app, folder)
    entry = how_served(full).entry
    web = full.interface != Interface.function or not entry_of(full.entry or "").plain
    return full.model_copy(update={"handler": f"{entry.module}.{entry.name}", "entry": full.entry if web else None})


def _pythonanywhere(name: str, app: AnyApp, folder: Path) -> AnyApp:
    full, recognised = _web(name, app, folder)
    assert isinstance(full, PythonAnywhereApp)
    if recognised is not None and not full.static and "static" not in full.model_fields_set:
        static = {
            url: inside for url, inside in recognised.static if (folder / inside).is_dir() and url.startswith("/")
        }
        return full.model_copy(update={"static": static})
    return full


def _image(name: str, app: AnyApp, folder: Path) -> AnyApp:
    """An app with a Dockerfile says there how it starts; for another one is made."""
    assert isinstance(app, ImageApp)
    if (folder / app.dockerfile).is_file():
        return app
    full, recognised = _web(name, app, folder)
    return full.model_copy(update={"command": app.command or (recognised.command if recognised else None)})


def _dataflow(name: str, app: AnyApp, folder: Path) -> AnyApp:
    """The app with its output, where its program has an option for that. Raises where an option lacks a value."""
    assert isinstance(app, DataflowApp)
    arguments = recognise(folder).arguments.get(app.main, {})
    if not app.all_writes and "output" in arguments:
        app = app.model_copy(update={"writes": {"output": FILES}})
    filled = {*app.all_reads, *app.all_writes, *app.parameters, *OF_THE_LAUNCH}
    if missing := [f"--{option}" for option, needed in arguments.items() if needed and option not in filled]:
        raise ValueError(
            f"slipway:apps.{name}: {app.source}/{app.main} needs {' and '.join(missing)}: name in sample, input or "
            "reads what it reads, in writes what it writes, and in parameters all else"
        )
    if problem := misspelt_option(app, arguments):
        raise ValueError(f"slipway:apps.{name}.{problem}")
    return app


OF_THE_LAUNCH = (
    *("project", "region", "runner", "job_name"),
    *("service_account_email", "temp_location", "staging_location"),
)
"""Options that the launch of a template gives."""
FILLED: Mapping[type[AnyApp], Callable[[str, AnyApp, Path], AnyApp]] = {
    AppEngineApp: _app_engine,
    BeanstalkApp: _beanstalk,
    CloudRunApp: _image,
    ContainerApp: _image,
    DataflowApp: _dataflow,
    LambdaApp: _lambda,
    PythonAnywhereApp: _pythonanywhere,
}
"""By platform: what completes an app, given its name, the app and its folder."""
