"""Property paths, as in ignore_changes: ``root.nested[0]["a.key"].*`` (Pulumi's property path syntax)."""

from collections.abc import Sequence
from typing import Any

Path = list[str | int]
WILDCARD = "*"


def parse(text: str) -> Path:
    """The steps of a path: names, indexes, and ``*`` for any. Raises ValueError."""
    steps: Path = []
    at = 0
    while at < len(text):
        if text[at] == ".":
            if at + 1 == len(text) or at == 0:
                raise ValueError("a period must stand between two names")
            at += 1
        elif text[at] == "[":
            step, at = _bracket(text, at + 1)
            steps.append(step)
            continue
        end = min((place for place in (text.find(".", at), text.find("[", at)) if place >= 0), default=len(text))
        if end == at:
            if text[at] == "[":
                continue
            raise ValueError("a name is empty")
        steps.append(text[at:end])
        at = end
    return steps


def _bracket(text: str, at: int) -> tuple[str | int, int]:
    if text[at : at + 1] == '"':
        found, at = "", at + 1
        while at < len(text) and text[at] != '"':
            if text[at] == "\\":
                at += 1
            found += text[at : at + 1]
            at += 1
        if text[at : at + 2] != '"]':
            raise ValueError('a quoted key must end in "]')
        return found, at + 2
    end = text.find("]", at)
    if end < 0:
        raise ValueError("a bracket is not closed")
    inner = text[at:end]
    if inner == WILDCARD:
        return WILDCARD, end + 1
    if not inner.isdigit():
        raise ValueError(f"{inner!r} is not an index")
    return int(inner), end + 1


def contains(outer: Sequence[str | int], inner: Sequence[str | int]) -> bool:
    """Whether ``inner`` is ``outer`` or lies within it; ``*`` stands for any one step."""
    return len(outer) <= len(inner) and all(a in (WILDCARD, b) for a, b in zip(outer, inner, strict=False))


def reset(path: Sequence[str | int], old: Any, new: Any) -> bool:  # noqa: ANN401 - any JSON
    """Set what ``path`` names in ``new`` to what it is in ``old``, absent where it is absent there.

    Returns whether that could be done: it cannot where a part of the way is missing on one side only.
    """
    step, rest = path[0], path[1:]
    if step == WILDCARD:
        return _reset_each(rest, old, new)
    in_old, in_new = _get(old, step), _get(new, step)
    if not rest:
        return _assign(new, step, in_old)
    if in_old is _ABSENT and in_new is _ABSENT:
        return True
    if in_old is _ABSENT:
        return _absent_along(rest, in_new)
    if in_new is _ABSENT:
        return False
    return reset(rest, _inside(in_old), _inside(in_new))


def _reset_each(rest: Sequence[str | int], old: Any, new: Any) -> bool:  # noqa: ANN401
    if isinstance(old, list) and isinstance(new, list):
        steps: list[Any] = list(range(len(new)))
        if not rest:
            new[: len(old)] = old[: len(new)]
            return True
    elif isinstance(old, dict) and isinstance(new, dict):
        steps = [*dict.fromkeys([*old, *new])]
    else:
        return True
    done = [reset([step, *rest], old, new) for step in steps]
    return all(done)


def _absent_along(rest: Sequence[str | int], new: Any) -> bool:  # noqa: ANN401
    """The old side ends here: what the path names on the new side must go."""
    step, rest = rest[0], rest[1:]
    found = _get(_inside(new), step)
    if found is _ABSENT:
        return True
    if rest:
        return _absent_along(rest, found)
    return _assign(_inside(new), step, _ABSENT)


_ABSENT = object()


def _get(value: Any, step: str | int) -> Any:  # noqa: ANN401
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else _ABSENT
    return value.get(step, _ABSENT) if isinstance(value, dict) else _ABSENT


def _inside(value: Any) -> Any:  # noqa: ANN401
    """What a secret holds."""
    from slipway.wire.values import is_secret

    return value["value"] if is_secret(value) else value


def _assign(container: Any, step: str | int, value: Any) -> bool:  # noqa: ANN401
    if isinstance(step, int):
        if not isinstance(container, list):
            return False
        if value is _ABSENT:
            return step >= len(container)
        if step > len(container):
            return False
        container[step : step + 1] = [value]
        return True
    if not isinstance(container, dict):
        return False
    if value is _ABSENT:
        container.pop(step, None)
    else:
        container[step] = value
    return True
