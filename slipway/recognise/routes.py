"""The paths that an app answers at, by its code, and the one that shows whether it is up."""

import re

from slipway.recognise.entries import Code
from slipway.recognise.notes import Notes


def routes_of(code: Code) -> set[str]:
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


def probe_of(routes: tuple[str, ...], notes: Notes, framework: str) -> str:
    """The path that shows whether the app is up: its first page, a path for its health, or the likeliest of others."""
    if "/" in routes or not routes:
        return "/"
    if notes.health in routes:
        return notes.health
    usual = ("/health", "/healthz", "/ping", "/status", "/hello", "/api", "/index", "/home")
    if framework == "django":
        return min(routes, key=lambda path: ("admin" in path, len(path)))
    return next((path for path in usual if path in routes), "/docs" if framework == "fastapi" else min(routes, key=len))
