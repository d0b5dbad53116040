"""A review as one HTML page that needs nothing else: no request leaves it, and its own policy forbids any.

The lists are in the page itself; the graph is drawn by its script from the data beside it. Every text of the program
under review passes Jinja's escaping, and the data passes as JSON in which no tag can begin.
"""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, StrictUndefined
from markupsafe import Markup

from slipway.review.markdown import STATUS
from slipway.review.model import OPS, Change, Environment, Review
from slipway.review.texts import shortened, visible

FOLDER = Path(__file__).with_name("templates")
DETAILS = 400_000
"""Characters of properties that the page shows; the rest is in the JSON document. It keeps the page below 1 MB."""
LINES = 40
SIGNS = {"replace": "±", "delete": "−", "create": "+", "update": "~", "same": "="}  # noqa: RUF001 - a minus sign
CHANGE_SIGNS = {"add": "+", "delete": "−", "update": "~"}  # noqa: RUF001


def page(review: Review) -> str:
    """The page's HTML."""
    style, script = _part("page.css"), _part("page.js")
    details = _details(review)
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            review=review,
            title=shortened(review.title, 200),
            environments=[_environment(env, details) for env in review.environments],
            policy=_content_policy(style, script),
            style=Markup(style),  # noqa: S704 - ours
            script=Markup(script),  # noqa: S704 - ours
            data=_data(review),
            signs=SIGNS,
            ops=OPS,
            change_signs=CHANGE_SIGNS,
        )
    )


@cache
def _templates() -> Templates:
    return Templates(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value, lines=True) if type(value) is str else value,
    )


@cache
def _part(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _content_policy(style: str, script: str) -> str:
    """Nothing may be loaded, sent or embedded; of scripts and styles only these two run."""
    return (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


Details = dict[tuple[str, str], list[dict[str, Any]]]
"""Environment and URN -> the rows of its table."""


def _details(review: Review) -> Details:
    """The properties that have a place on the page: those of replacements first, in every environment."""
    left = DETAILS
    found: Details = {}
    for op in OPS[:-1]:
        for env in review.environments:
            for item in env.changed(op):
                rows = [_row(change) for change in item.changes[:LINES]]
                size = sum(120 + len(row["path"]) + len(row["old"]) + len(row["new"]) for row in rows)
                if size <= left:
                    left -= size
                    found[env.name, item.urn] = rows
    return found


def _row(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "path": shortened(change.path, 160),
        "old": change.old,
        "new": change.new,
        "replaces": change.replaces,
    }


def _environment(env: Environment, details: Details) -> dict[str, Any]:
    places = {item.urn: place for place, item in enumerate(env.items)}
    items = []
    for item in (item for op in OPS[:-1] for item in env.changed(op)):
        changes = details.get((env.name, item.urn), [])
        items.append(
            {"item": item, "place": places[item.urn], "changes": changes, "more": len(item.changes) - len(changes)}
        )
    return {"env": env, "counts": env.counts, "status": STATUS.get(env.status, ""), "items": items}


def _data(review: Review) -> Markup:
    """What the graph is drawn from, as JSON in which no tag can begin."""
    text = json.dumps([_graph(env) for env in review.environments], separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _graph(env: Environment) -> dict[str, Any]:
    """An environment's resources by place; a resource is [name, type, op, component, parent, needs]."""
    places = {item.urn: place for place, item in enumerate(env.items)}
    return {
        "name": visible(shortened(env.name, 60)),
        "nodes": [
            [
                visible(shortened(item.name, 60)),
                visible(shortened(item.type, 100)),
                OPS.index(item.op),
                int(item.component),
                places.get(item.parent, -1),
                sorted({places[urn] for urn in item.needs if urn in places}),
            ]
            for item in env.items
        ],
    }
