"""Property paths, as in ignore_changes: ``root.nested[0]["a.key"].*`` (Pulumi's property path syntax)."""

from collections.abc import Sequence
from typing import Any

from slipway.wire.values import is_secret, secret

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
        key, at = "", at + 1
        while at < len(text) and text[at] != '"':
            if text[at] == "\\":
                at += 1
            key += text[at : at + 1]
            at += 1
        if text[at : at + 2] != '"]':
            raise ValueError('a quoted key must end in "]')
        return key, at + 2
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

    Nothing is added to or taken from a list, and no part of the way is made. Returns whether old and new agree in the
    place now. What was secret in ``old`` is secret in ``new``.
    """
    return _reset(path, old, new, sealed=False)


def _reset(path: Sequence[str | int], old: Any, new: Any, *, sealed: bool) -> bool:  # noqa: ANN401
    """``sealed`` says that ``old`` lies within a secret and ``new`` does not."""
    sealed = (sealed or is_secret(old)) and not is_secret(new)
    old, new = _inside(old), _inside(new)
    step, rest = path[0], path[1:]
    if step == WILDCARD:
        return _reset_each(rest, old, new, sealed=sealed)
    if isinstance(step, int):
        return _reset_item(step, rest, old, new, sealed=sealed)
    return _reset_key(step, rest, old, new, sealed=sealed)


def _reset_item(step: int, rest: Sequence[str | int], old: Any, new: Any, *, sealed: bool) -> bool:  # noqa: ANN401
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and not isinstance(new, list)
    if step >= len(old) or step >= len(new):
        return not rest and step >= len(old) and step >= len(new)
    if rest:
        return _reset(rest, old[step], new[step], sealed=sealed)
    new[step] = _sealed(old[step], sealed)
    return True


def _reset_key(step: str, rest: Sequence[str | int], old: Any, new: Any, *, sealed: bool) -> bool:  # noqa: ANN401
    if rest:
        if not isinstance(old, dict) or not isinstance(new, dict):
            return not isinstance(old, dict) and not isinstance(new, dict)
        if step not in new:
            return step not in old
        return _reset(rest, old.get(step), new[step], sealed=sealed)
    if isinstance(old, dict) and step in old:
        if not isinstance(new, dict):
            return False
        new[step] = _sealed(old[step], sealed)
    elif isinstance(new, dict):
        new.pop(step, None)
    return True


def _reset_each(rest: Sequence[str | int], old: Any, new: Any, *, sealed: bool) -> bool:  # noqa: ANN401
    if isinstance(new, dict):
        if not isinstance(old, dict):
            return not rest
        if rest:
            return all(key in new and _reset(rest, value, new[key], sealed=sealed) for key, value in old.items())
        new.clear()
        new.update({key: _sealed(value, sealed) for key, value in old.items()})
        return True
    if isinstance(new, list):
        if not isinstance(old, list):
            return not rest
        common = range(min(len(old), len(new)))
        if rest and not all(_reset(rest, old[place], new[place], sealed=sealed) for place in common):
            return False
        if not rest:
            new[: len(common)] = [_sealed(old[place], sealed) for place in common]
        return len(old) == len(new)
    return False


def _sealed(value: Any, sealed: bool) -> Any:  # noqa: ANN401
    return secret(value) if sealed else value


def _inside(value: Any) -> Any:  # noqa: ANN401
    """What a secret holds."""
    return value["value"] if is_secret(value) else value
