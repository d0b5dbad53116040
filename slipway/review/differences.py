"""What differs between the inputs of a resource, property by property, as a reader may see it.

Texts that are JSON are compared as JSON; elements of lists are matched, so that one more in front is one more.
"""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from slipway.review import placeholders
from slipway.review.model import Change
from slipway.wire.signatures import ARCHIVE, ASSET, RESOURCE, SIGNATURE, UNKNOWNS
from slipway.wire.values import is_secret, signature

LONGEST = 160
"""Characters of a value that are shown."""
_SIMPLE = re.compile(r"[A-Za-z_$][\w$-]*")
_INTERNAL = frozenset({"__defaults", "__internal"})


def changes(old: Mapping[str, Any], new: Mapping[str, Any], replacing: frozenset[str]) -> tuple[Change, ...]:
    """The differences in the order of their paths. ``replacing`` are the properties whose change replaces."""
    result: list[Change] = []
    for key in sorted((old.keys() | new.keys()) - _INTERNAL):
        for path, before, after in _compare(_step("", key), old.get(key, _ABSENT), new.get(key, _ABSENT)):
            kind = "add" if before is _ABSENT else "delete" if after is _ABSENT else "update"
            result.append(
                Change(path=path, kind=kind, old=_shown(before), new=_shown(after), replaces=key in replacing)
            )
    return tuple(result)


def whole(props: Mapping[str, Any]) -> tuple[Change, ...]:
    """Everything that a new resource has."""
    return changes({}, props, frozenset())


def shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A value in few characters; secrets and unknowns are told as such."""
    text = placeholders.readable(_plain(value))
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 50]} … {text[-30:]} ({len(text)} characters)"


class _Absent:
    """What is not there."""


_ABSENT = _Absent()


def _shown(value: Any) -> str:  # noqa: ANN401
    return "" if value is _ABSENT else shown(value)


def _compare(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    if old == new and type(old) is type(new):
        return
    if _ABSENT in (old, new) and _opens(old if new is _ABSENT else new):
        for key in sorted(old.keys() if new is _ABSENT else new.keys()):
            inner = _step(path, key)
            yield from _compare(inner, *(_ABSENT if side is _ABSENT else side[key] for side in (old, new)))
        return
    marked = signature(old) or signature(new)
    documents = _document(old), _document(new)
    if marked or documents == (None, None):
        pass
    elif None not in documents:
        yield from _inside(f"{path} (JSON)", *documents)
        return
    if not marked and type(old) is type(new) and isinstance(old, dict | list):
        yield from _inside(path, old, new)
    elif signature(old) in (ASSET, ARCHIVE) and signature(old) == signature(new) and old.get("hash") == new.get("hash"):
        return
    else:
        yield path, old, new


def _opens(value: Any) -> bool:  # noqa: ANN401
    """Whether a value that comes or goes as a whole is told part by part."""
    return isinstance(value, dict) and bool(value) and signature(value) is None


def _inside(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _compare(_step(path, key), old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(path, old, new)
    elif old != new:
        yield path, old, new


def _lists(path: str, old: list[Any], new: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    texts = [[json.dumps(item, sort_keys=True) for item in side] for side in (old, new)]
    for what, i, i_end, j, j_end in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        both = min(i_end - i, j_end - j)
        for step in range(both):
            yield from _compare(f"{path}[{j + step}]", old[i + step], new[j + step])
        yield from ((f"{path}[{place}]", old[place], _ABSENT) for place in range(i + both, i_end))
        yield from ((f"{path}[{place}]", _ABSENT, new[place]) for place in range(j + both, j_end))


def _document(value: Any) -> Any:  # noqa: ANN401
    """What a text says that is JSON of some structure; None for any other value."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None


def _plain(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return "[unknown]" if value in UNKNOWNS else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        if is_secret(value):
            return "[secret]"
        if value.get(SIGNATURE) in (ASSET, ARCHIVE):
            return _file(value)
        if value.get(SIGNATURE) == RESOURCE:
            return f"resource {str(value.get('urn', '')).rsplit('::', 1)[-1]}"
        inner = ", ".join(f"{key}: {_plain(item)}" for key, item in sorted(value.items()) if key not in _INTERNAL)
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return json.dumps(value)


def _file(value: Mapping[str, Any]) -> str:
    """A file or archive by its name and content; where it lies is one machine's business."""
    name = str(value.get("path") or value.get("uri") or "").rsplit("/", 1)[-1]
    kind = "archive" if value.get(SIGNATURE) == ARCHIVE else "file" if name else "text"
    return f"{kind} {name} (sha256 {str(value.get('hash', ''))[:12]})".replace("  ", " ")


def _step(path: str, key: str) -> str:
    if not _SIMPLE.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key
