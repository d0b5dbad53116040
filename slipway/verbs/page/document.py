"""The page as one HTML document: its markup, style and script from the files beside this one."""

import base64
import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def document() -> str:
    """The whole document; it loads nothing."""
    markup, style, script = (_part(name) for name in ("page.html", "page.css", "page.js"))
    return markup.replace("/* STYLE */", style).replace("/* SCRIPT */", script)


@cache
def content_policy() -> str:
    """The ``Content-Security-Policy``: this script and this style run, and the page's own server alone is asked."""
    return (
        f"default-src 'none'; style-src {_source('page.css')}; script-src {_source('page.js')}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _part(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _source(name: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(_part(name).encode()).digest()).decode()}'"
