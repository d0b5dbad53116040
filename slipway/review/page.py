"""A review as one HTML page that needs nothing else: no request leaves it, and its own policy forbids any.

The lists are in the page itself; the graph is drawn by its script from the data beside it. Every text of the program
under review passes Jinja's escaping, and the data passes as JSON in which no tag can begin.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, StrictUndefined
from markupsafe import Markup

from slipway.review.markdown import STATUS, WORST
from slipway.review.model import OPS, Change, Environment, Item, Review
from slipway.review.texts import shortened, visible
from slipway.review.verdict import holds, removed, verdict

FOLDER = Path(__file__).with_name("templates")
DETAILS = 400_000
"""Characters of properties that the page shows; the rest is in the JSON document. It keeps the page below 1 MB."""
LINES = 40
MOST = 150
"""Changed resources that the graph draws of one environment."""
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
            environments=[_environment(env, details) for env in by_gravity(review)],
            facts=verdict(review)[:WORST],
            more_facts=max(0, len(verdict(review)) - WORST),
            stale=min((env.cost.as_of for env in review.environments if env.cost.stale), default=""),
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
    room = DETAILS
    result: Details = {}
    for op in OPS[:-1]:
        for env in review.environments:
            for item in env.changed(op):
                rows = [_row(change) for change in item.changes[:LINES]]
                size = sum(120 + len(row["path"]) + len(row["old"]) + len(row["new"]) for row in rows)
                if size <= room:
                    room -= size
                    result[env.name, item.urn] = rows
    return result


def _row(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "path": shortened(change.path, 160),
        "old": change.old,
        "new": change.new,
        "replaces": change.replaces,
    }


def by_gravity(review: Review) -> list[Environment]:
    """The environments, those with the worst facts first."""
    worst: dict[str, int] = {}
    for fact in verdict(review):
        for name in fact.environments:
            worst.setdefault(name, fact.gravity)
    return sorted(review.environments, key=lambda env: (worst.get(env.name, len(worst) + 99), not _changes(env)))


def _changes(env: Environment) -> bool:
    return any(env.counts[op] for op in OPS[:-1])


def _environment(env: Environment, details: Details) -> dict[str, Any]:
    places = {urn: place for place, urn in enumerate(_drawn(env))}
    apps = removed(env)
    in_apps = {part.urn for app in apps for part in app.parts}
    items = []
    for item in (item for op in OPS[:-1] for item in env.changed(op) if item.urn not in in_apps):
        changes = details.get((env.name, item.urn), [])
        place = places.get(item.urn, -1)
        items.append({"item": item, "place": place, "changes": changes, "more": len(item.changes) - len(changes)})
    gone = [{"name": app.component.name, "data": holds(app.parts), "parts": app.parts} for app in apps]
    return {
        "env": env,
        "counts": env.counts,
        "status": STATUS.get(env.status, ""),
        "items": items,
        "removed": gone,
        "changes": _changes(env),
    }


def _data(review: Review) -> Markup:
    """What the graph is drawn from, as JSON in which no tag can begin."""
    text = json.dumps([_graph(env) for env in by_gravity(review)], separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _drawn(env: Environment) -> list[str]:
    """The URNs that the graph draws: what changes, what that needs or is needed by, and what both stand in.

    Of more than :data:`MOST` only the weightiest, so that the graph can be read; the lists have everything.
    """
    by_urn = {item.urn: item for item in env.items}
    changed = [item for op in OPS[:-1] for item in env.items if item.op == op and not item.component][:MOST]
    drawn = {item.urn for item in changed}
    near = {need for item in changed for need in item.needs if need in by_urn}
    near |= {item.urn for item in env.items if drawn & {*item.needs}}
    drawn |= set(sorted(near - drawn)[: MOST // 2])
    for urn in [*drawn]:
        above = by_urn[urn].parent
        while above in by_urn and above not in drawn:
            drawn.add(above)
            above = by_urn[above].parent
    return [item.urn for item in env.items if item.urn in drawn]


def _graph(env: Environment) -> dict[str, Any]:
    """An environment's graph by place; a resource is [name, type, op, component, parent, needs].

    What is folded stands beside the parts of its component, as one resource that says how many there are.
    """
    by_urn = {item.urn: item for item in env.items}
    urns = _drawn(env)
    places = {urn: place for place, urn in enumerate(urns)}
    nodes = [_node(by_urn[urn], places) for urn in urns]
    folded = Counter(item.parent for item in env.items if item.urn not in places and not item.component)
    for parent, number in sorted(folded.items()):
        if parent in places:
            nodes.append([f"{number} more", "not drawn", OPS.index("same"), 0, places[parent], []])
    return {"name": visible(shortened(env.name, 60)), "nodes": nodes, "folded": len(env.items) - len(urns)}


def _node(item: Item, places: Mapping[str, int]) -> list[Any]:
    return [
        visible(shortened(item.name, 60)),
        visible(shortened(item.type, 100)),
        OPS.index(item.op),
        int(item.component),
        places.get(item.parent, -1),
        sorted({places[urn] for urn in item.needs if urn in places}),
    ]
