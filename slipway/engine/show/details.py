"""The properties that a step changes, as lines for a person.

Secrets are ``[secret]``, what is not known yet ``[unknown]``, long texts are shortened, and texts that are JSON on both
sides are compared as JSON.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.wire.signatures import ARCHIVE, ASSET, UNKNOWN
from slipway.wire.values import Props, bare, is_secret, same, signature

LONGEST = 100
"""Characters of a text that are shown."""
_DEEPEST = 12


@dataclass(frozen=True)
class _Style:
    """How values are written."""

    secrets: bool = False
    whole: bool = False


def changed(step: Step, *, secrets: bool = False, whole: bool = False) -> list[str]:
    """A line for each property: its sign (``+``, ``-`` or ``~``), its path, and what it was and will be."""
    style = _Style(secrets, whole)
    old = step.old.inputs if step.old and step.op is not StepOp.CREATE else {}
    new = step.new.inputs if step.new and step.op is not StepOp.DELETE else {}
    why = {"replacementTrigger", "replaceWith", "deletedWith", "provider", "id"} & set(step.keys)
    return [*_lines(old, new, 0, style), *(f"~ {name} (forces replacement)" for name in sorted(why))]


def outputs(old: Props, new: Props, *, all_of_them: bool, secrets: bool = False, whole: bool = False) -> list[str]:
    """The stack's outputs: those that change, or every one."""
    style = _Style(secrets, whole)
    lines = list(_lines(old, new, 0, style))
    if all_of_them:
        unchanged = [f"  {name}: {_shown(value, style)}" for name, value in new.items() if same(old.get(name), value)]
        return [*unchanged, *lines]
    return lines


def _shown(value: Any, style: _Style) -> str:  # noqa: ANN401 - any JSON
    """One value on one line."""
    text = _text(bare(value) if style.secrets else value)
    return text if style.whole else _short(text)


def _lines(old: Props, new: Props, depth: int, style: _Style) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if name.startswith("__"):
            continue
        if name not in new:
            yield f"- {name}: {_shown(old[name], style)}"
        elif name not in old:
            yield f"+ {name}: {_shown(new[name], style)}"
        elif not same(old[name], new[name]):
            yield from _update(name, old[name], new[name], depth, style)


def _update(name: str, old: Any, new: Any, depth: int, style: _Style) -> Iterator[str]:  # noqa: ANN401
    before, after = _structure(old), _structure(new)
    nested = type(before) is type(after) and isinstance(before, dict | list) and depth < _DEEPEST
    if nested and signature(old) is None and signature(new) is None:
        yield f"~ {name}:"
        yield from (f"    {line}" for line in _lines(_numbered(before), _numbered(after), depth + 1, style))
    else:
        yield f"~ {name}: {_shown(old, style)} => {_shown(new, style)}"


def _structure(value: Any) -> Any:  # noqa: ANN401
    """A text that is JSON is compared as what it means."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _numbered(value: Any) -> Props:  # noqa: ANN401
    return value if isinstance(value, dict) else {f"[{place}]": item for place, item in enumerate(value)}


def _text(value: Any) -> str:  # noqa: ANN401
    if is_secret(value):
        return "[secret]"
    if value == UNKNOWN:
        return "[unknown]"
    if signature(value) in (ASSET, ARCHIVE):
        kind = "asset" if signature(value) == ASSET else "archive"
        return f"{kind}({value.get('path') or 'in memory'}, sha256 {value.get('hash', '')[:12]})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]}…{text[-12:]} ({len(text)} characters)"
