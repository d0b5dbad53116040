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


def options_of(seen: Recognised, platform: str, python: str) -> dict[str, Any]:
    """The options of the kind; ``python`` is the one it is made for, as ``3.13``."""
    entry, interface = seen.entry, str(seen.interface or "")
    if platform == "dataflow":
        return {"python": python}
    if platform in ("cloud-run", "container"):
        made = {} if seen.dockerfile else {"entry": entry, "interface": interface, "command": seen.command}
        return {"python": python, **made}
    if platform == "lambda" and seen.interface is Interface.function and entry_of(entry).plain:
        return {"python": python, "handler": entry.replace(":", ".")}
    if platform == "beanstalk":
        more = {"command": seen.command} if seen.command else {"interface": interface}
        return {"python": python, "entry": entry if not seen.command else "main:app", **more}
    return {"python": python, "entry": entry, "interface": interface}
