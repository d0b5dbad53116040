"""Which kind of artifact an app becomes on a platform, and with which options."""

from collections.abc import Mapping
from typing import Any

from slipway.bundle.entries import Interface, entry_of
from slipway.recognise.findings import Recognised

KINDS: Mapping[str, str] = {
    "app-engine": "app-engine-zip",
    "beanstalk": "beanstalk-zip",
    "cloud-run": "container-context",
    "container": "container-context",
    "dataflow": "beam-package",
    "lambda": "lambda-zip",
    "pythonanywhere": "pythonanywhere-zip",
}
"""Platform -> the kind of its artifacts."""


def options_of(app: Recognised, platform: str, python: str) -> dict[str, Any]:
    """The options of the kind; ``python`` is the one it is made for, as ``3.13``."""
    entry, interface = app.entry, str(app.interface or "")
    if platform == "dataflow":
        main = app.command.removeprefix("python3 ")
        return {"python": python, **({"main": main} if main and main != "main.py" else {})}
    if platform in ("cloud-run", "container"):
        own = {"dockerfile": app.dockerfile} if app.dockerfile not in ("", "Dockerfile") else {}
        frameworks = own if app.dockerfile else {"entry": entry, "interface": interface, "command": app.command}
        return {"python": python, **frameworks}
    if platform == "lambda" and app.interface is Interface.function and entry_of(entry).plain:
        return {"python": python, "handler": entry.replace(":", ".")}
    if platform == "beanstalk":
        more = {"command": app.command} if app.command else {"interface": interface}
        return {"python": python, "entry": entry if not app.command else "main:app", **more}
    return {"python": python, "entry": entry, "interface": interface}
