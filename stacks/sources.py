"""Whether an app's folder is there, with the files that its platform reads; what is in them is found by importing."""

from collections.abc import Callable, Mapping
from pathlib import Path

from stacks.checks import nearest
from stacks.platforms import AnyApp, PythonAnywhereApp
from stacks.platforms.dataflow import DataflowApp


def source_error(name: str, app: AnyApp, root: Path) -> str:
    """What is wrong with an app's folder, key first; "" where nothing is."""
    folder = root / app.source
    if not folder.is_dir():
        siblings = sorted(p.name for p in folder.parent.iterdir() if p.is_dir()) if folder.parent.is_dir() else []
        near = nearest(folder.name, siblings)
        return f"slipway:apps.{name}.source: must be a folder, got {app.source!r}, which does not exist{near}"
    check = CHECKS.get(type(app))
    return check(name, app, folder) if check else ""


def _pipeline(name: str, app: DataflowApp, folder: Path) -> str:
    if not (folder / app.main).is_file():
        why = "a template runs it; the setting main names another"
        return f"slipway:apps.{name}.source: needs a {app.main} ({why}), {app.source} has none"
    for parameter, place in app.samples.items():
        key = "sample" if app.sample else f"reads.{parameter}"
        if place.endswith("/"):
            if not (folder / place).is_dir() or not any(path.is_file() for path in (folder / place).iterdir()):
                return f"slipway:apps.{name}.{key}: must be a folder of {app.source} with files, got {place!r}"
        elif not (folder / place).is_file():
            return f"slipway:apps.{name}.{key}: must be a file of {app.source}, got {place!r}, which does not exist"
    return ""


def _static(name: str, app: PythonAnywhereApp, folder: Path) -> str:
    for url, inside in app.static.items():
        if not (folder / inside).is_dir():
            return f"slipway:apps.{name}.static.{url}: must be a folder of {app.source}, which has no {inside!r}"
    return ""


CHECKS: Mapping[type[AnyApp], Callable[..., str]] = {
    DataflowApp: _pipeline,
    PythonAnywhereApp: _static,
}
"""By platform: what is wrong with an app's files, given its name, the app and its folder."""
