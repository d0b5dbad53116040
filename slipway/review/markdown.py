"""A review as Markdown: one comment under a pull request."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from slipway.review.fit import LIMIT, Section, fitted
from slipway.review.model import OPS, Change, Environment, Item, Op, Review
from slipway.review.texts import cell, code, fence, shortened, tag
from slipway.review.verdict import Fact, Removed, holds, removed, verdict

LINES = (25, 6, 2)
"""Properties of a resource, and files of an artifact, that are listed; fewer where not everything fits otherwise."""
ROWS = 40
"""Environments that the table lists."""
WORST = 3
"""Facts that the verdict at the top has."""
NONE = "-"
WHERE_ELSE = "The page and the JSON document of this review have everything."

SIGNS = {"add": "+", "delete": "-", "update": "~"}
DOING: dict[Op, str] = {
    "replace": "replaced",
    "delete": "deleted",
    "create": "created",
    "update": "updated",
    "same": "unchanged",
}
STATUS = {
    "new": "new environment",
    "removed": "its file is gone",
    "failed": "its program fails",
    "base-failed": "failed before; all of it counts as new",
}

Thing = TypeVar("Thing")


def markdown(review: Review, limit: int = LIMIT) -> str:
    """The document, at most ``limit`` characters long."""
    result = [fitted(_head(review), _sections(review, LINES[0]), WHERE_ELSE, limit)]
    for lines in LINES[1:]:
        if not result[-1].complete:
            result.append(fitted(_head(review), _sections(review, lines), WHERE_ELSE, limit))
    return result[-1].text


def _head(review: Review) -> str:
    visible_part = review.environments[:ROWS]
    more = len(review.environments) - len(visible_part)
    lines = [f"## {_title(review)}", "", *_verdict(review), "", *_table(visible_part)]
    if more:
        lines += ["", f"…and {more} more environments."]
    if stale := [env.cost.as_of for env in review.environments if env.cost.stale]:
        lines += ["", f"> ⚠️ Some of the prices used are not confirmed since {min(stale)}."]
    return "\n".join(lines)


def _title(review: Review) -> str:
    if review.base or review.head:
        return f"What this changes: {code(review.base, 60)} → {code(review.head, 60)}"
    return f"What an up would do: {_names(review.environments)}"


def _verdict(review: Review) -> list[str]:
    """The worst facts, for a reader in a hurry."""
    facts = verdict(review)
    if facts:
        lines = [f"- {_fact(fact)}" for fact in facts[:WORST]]
        more = len(facts) - WORST
        return [*lines, *([f"- and {more} more below"] if more > 0 else [])]
    if any(env.counts[op] for env in review.environments for op in OPS if op != "same"):
        return ["Nothing is replaced, deleted or refused."]
    return ["No environment changes." if review.environments else "There are no environments."]


def _fact(fact: Fact) -> str:
    sign = "⛔" if fact.gravity.grave else "⚠️"
    where = ", ".join(code(name, 60) for name in fact.environments[:8] if (name,) != (fact.subject,))
    detail = f": {code(fact.detail, 160)}" if fact.detail else ""
    return f"{sign} {code(fact.subject, 60)} **{fact.sentence}**{detail}" + (f" · {where}" if where else "")


def _table(environments: Sequence[Environment]) -> list[str]:
    rows = [
        "| environment | replace | delete | create | update | same | policy | a month |",
        "|---|--:|--:|--:|--:|--:|---|--:|",
    ]
    for env in environments:
        name = cell(env.name, 60) + (f" ({STATUS[env.status]})" if env.status in STATUS else "")
        if env.status in ("failed", "removed"):
            rows.append(f"| {name} | | | | | | | |")
            continue
        counts = " | ".join(f"**{n}**" if n and op in ("replace", "delete") else str(n) for op, n in env.counts.items())
        rows.append(f"| {name} | {counts} | {_policy(env)} | {_cost(env)} |")
    return rows


def _policy(env: Environment) -> str:
    lines = [f"**{len(env.findings)} new**"] if env.findings else []
    if env.fixed:
        lines.append(f"{len(env.fixed)} fixed")
    return ", ".join(lines) or NONE


def _cost(env: Environment) -> str:
    return f"{env.cost.monthly} {env.cost.currency}" if env.cost.rows or env.cost.unpriced else NONE


def _sections(review: Review, lines: int) -> list[Section]:
    """In the order of the document; importance says what goes first where there is no room."""
    envs = review.environments
    return [
        Section(title="What fails", importance=0, things="failures", entries=_failures(envs)),
        Section(title="New policy findings", importance=1, things="new findings", entries=_findings(envs)),
        Section(
            title="Replacements and deletions",
            importance=2,
            things="replacements and deletions",
            entries=[*_removed(envs), *_items(envs, ("replace", "delete"), lines, opened=True)],
        ),
        Section(
            title="What is behind new artifacts", importance=3, things="artifacts", entries=_artifacts(envs, lines)
        ),
        Section(
            title="Updates", importance=4, things="updates", entries=_items(envs, ("update",), lines, opened=False)
        ),
        Section(
            title="Creations", importance=5, things="creations", entries=_items(envs, ("create",), lines, opened=False)
        ),
        Section(
            title="Cost a month",
            importance=6,
            things="costs",
            intro="List prices; free tiers, discounts, traffic and taxes are not in them.",
            entries=_costs(envs),
        ),
        Section(
            title="What a destroy would newly leave or stumble over",
            importance=7,
            things="leftovers",
            entries=_leftovers(envs),
        ),
        Section(
            title="Known vulnerabilities, and the age of bases",
            importance=8,
            things="known things",
            entries=_scanned(envs),
        ),
        Section(title="Policy findings that are fixed", importance=9, things="fixed findings", entries=_fixed(envs)),
        Section(title="Warnings of the program", importance=10, things="warnings", entries=_warnings(envs)),
    ]


def _failures(envs: Iterable[Environment]) -> list[str]:
    lines = []
    for env in envs:
        if env.error:
            when = "before this change" if env.status == "base-failed" else "now"
            text = shortened(env.error, 3_000).splitlines() or [""]
            lines.append(f"{code(env.name, 60)}, {when}:\n\n{fence(text)}")
        lines += [
            f"{code(env.name, 60)}: {code(item.name)} is refused:\n\n{fence(shortened(item.problem, 600).splitlines())}"
            for item in env.items
            if item.problem
        ]
        if env.status == "removed":
            lines.append(
                f"{code(env.name, 60)} has no file any more. Nothing is destroyed by that: "
                "what runs, runs on, and the state still knows it. Destroy the stack first."
            )
    return lines


def _items(envs: Sequence[Environment], ops: tuple[Op, ...], most: int, *, opened: bool) -> list[str]:
    in_apps = {(env.name, part.urn) for env in envs for app in removed(env) for part in app.parts}
    result = [
        (item, env) for op in ops for env in envs for item in env.changed(op) if (env.name, item.urn) not in in_apps
    ]
    grouped = _grouped(result, lambda item: (item.op, item.type, item.name, item.changes), code if opened else tag)
    return [_entry(item, where, most, opened=opened) for item, where in grouped]


def _removed(envs: Sequence[Environment]) -> list[str]:
    """Each app that goes as one entry, with its parts folded."""
    pairs = [(app, env) for env in envs for app in removed(env)]
    entries = []
    for app, where in _grouped(pairs, _same_app):
        data = holds(app.parts)
        head = f"**removed** {code(app.component.name)}{f', with {data}' if data else ''} · {where}"
        parts = "\n".join(f"- {tag(part.name)} · {tag(part.type)}" for part in app.parts)
        entries.append(f"{head}\n\n<details><summary>{len(app.parts)} resources</summary>\n\n{parts}\n\n</details>")
    return entries


def _same_app(app: Removed) -> object:
    return app.component.name, tuple((part.type, part.name) for part in app.parts)


def _entry(item: Item, where: str, most: int, *, opened: bool) -> str:
    lines = [_line(change) for change in item.changes[:most]]
    if len(item.changes) > most:
        lines.append(f"  … and {len(item.changes) - most} more")
    body = fence(lines, "diff") if lines else ""
    if opened:
        suffix = " (protected)" if item.protect else ""
        head = f"**{DOING[item.op]}**{suffix} {code(item.name)} · {code(item.type)} · {where}"
        return f"{head}\n\n{body}" if body else head
    head = f"{tag(item.name)} · {tag(item.type)} · {where}"
    return f"<details><summary>{head}</summary>\n\n{body}\n\n</details>" if body else f"- {head}"


def _line(change: Change) -> str:
    path = shortened(change.path, 120)
    values = f"{change.old} → {change.new}" if change.kind == "update" else change.old or change.new
    return f"{SIGNS[change.kind]} {path}: {values}" + ("   # forces the replacement" if change.replaces else "")


def _artifacts(envs: Sequence[Environment], most: int) -> list[str]:
    pairs = [(artifact, env) for env in envs for artifact in env.artifacts]
    parts = []
    for artifact, where in _grouped(pairs, lambda one: (one.app, one.lines)):
        lines = [shortened(line, 200) for line in artifact.lines[:most]]
        if len(artifact.lines) > most:
            lines.append(f"… and {len(artifact.lines) - most} more")
        head = f"{code(artifact.app)} · {code(artifact.old[:12])} → {code(artifact.new[:12])} · {where}"
        parts.append(f"{head}\n\n{fence(lines, 'diff')}")
    return parts


def _findings(envs: Sequence[Environment]) -> list[str]:
    pairs = [(finding, env) for env in envs for finding in env.findings]
    pairs.sort(key=lambda pair: pair[0].level != "mandatory")
    return [
        f"- **{code(one.level, 20)}** {code(one.rule)} · {where}: {code(one.message, 600)}"
        for one, where in _grouped(pairs, lambda one: (one.level, one.rule, one.message))
    ]


def _fixed(envs: Sequence[Environment]) -> list[str]:
    pairs = [(finding, env) for env in envs for finding in env.fixed]
    return [
        f"- {code(one.rule)} · {where}: {code(one.message, 300)}"
        for one, where in _grouped(pairs, lambda one: (one.rule, one.message))
    ]


def _costs(envs: Sequence[Environment]) -> list[str]:
    parts = []
    for env in envs:
        if not (env.cost.rows or env.cost.unpriced):
            continue
        change = f": {env.cost.was} → {env.cost.becomes}" if env.cost.becomes else ""
        lines = [f"{code(env.name, 60)}: **{env.cost.monthly} {env.cost.currency}**{change}" + _as_of(env)]
        for row in env.cost.rows[:ROWS]:
            usage = f"; by use {code(', '.join(row.usage), 300)}" if row.usage else ""
            age = f"; price not confirmed since {row.unconfirmed_since}" if row.unconfirmed_since else ""
            where = f"; by the prices of {row.priced_as}" if row.priced_as else ""
            lines.append(f"- {row.monthly} {code(row.name)} ({DOING[row.op]}){usage}{where}{age}")
        if len(env.cost.rows) > ROWS:
            lines.append(f"- … and {len(env.cost.rows) - ROWS} more")
        if env.cost.unpriced:
            types = ", ".join(code(type_) for type_ in env.cost.unpriced[:ROWS])
            lines.append(f"- not priced: {types}")
        parts.append("\n".join(lines))
    return parts


def _as_of(env: Environment) -> str:
    return f", prices confirmed {env.cost.as_of} or later" if env.cost.as_of else ""


def _leftovers(envs: Sequence[Environment]) -> list[str]:
    pairs = [(one, env) for env in envs for one in env.leftovers]
    pairs.sort(key=lambda pair: (not pair[0].new, not pair[0].blocks))
    return [
        f"- {'**new** ' if one.new else ''}{'blocks' if one.blocks else 'stays'}: {code(one.name)} · {code(one.type)} "
        f"{code(one.what, 300)} · {where}"
        for one, where in _grouped(pairs, lambda one: (one.new, one.blocks, one.type, one.name, one.what))
    ]


def _scanned(envs: Sequence[Environment]) -> list[str]:
    pairs = [(one, env) for env in envs for one in env.scanned]
    pairs.sort(key=lambda pair: not pair[0].new)
    return [
        f"- {'**new** ' if one.new else ''}{code(one.subject)} · {code(one.text, 300)} · {where}"
        for one, where in _grouped(pairs, lambda one: one)
    ]


def _warnings(envs: Sequence[Environment]) -> list[str]:
    pairs = [(text, env) for env in envs for text in env.warnings]
    return [f"- {code(text, 600)} · {where}" for text, where in _grouped(pairs, lambda text: text)]


def _grouped(
    result: Iterable[tuple[Thing, Environment]],
    key: Callable[[Thing], object],
    render: Callable[[str, int], str] = code,
) -> list[tuple[Thing, str]]:
    """What is the same in several environments once, with their names as ``render``, in the order of its first."""
    groups: dict[object, tuple[Thing, list[Environment]]] = {}
    for thing, env in result:
        groups.setdefault(key(thing), (thing, []))[1].append(env)
    return [(thing, _names(where, render)) for thing, where in groups.values()]


def _names(envs: Sequence[Environment], render: Callable[[str, int], str] = code) -> str:
    names = list(dict.fromkeys(env.name for env in envs))
    lines = ", ".join(render(name, 60) for name in names[:8])
    return f"{lines} and {len(names) - 8} more" if len(names) > 8 else lines
