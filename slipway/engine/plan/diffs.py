"""What a change is: inputs that are to be ignored, changes that replace, and a comparison of our own."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.providers.protocol import Diff, Serves, Subject
from slipway.engine.values import paths
from slipway.wire.values import Props, same, signature

INIT_ERROR = "#initerror"
"""Stands among properties for the errors that a resource was initialised with."""


def ignoring(new: Props, old: Props, ignored: Iterable[str]) -> tuple[Props, list[str]]:
    """The new inputs with what is ignored set back to what it was, and the paths that could not be."""
    inputs, impossible = copy.deepcopy(new), []
    for text in ignored:
        try:
            path = paths.parse(text)
        except ValueError:
            continue
        if path and not paths.reset(path, old, inputs):
            impossible.append(text)
    return inputs, impossible


def with_replace_on_changes(diff: Diff, names: Sequence[str], init_errors: Sequence[str]) -> Diff:
    """The provider's diff, with changes of ``names`` turned into replacements."""
    if not diff.some and not init_errors:
        return diff
    try:
        outer = [paths.parse(name) for name in names]
    except ValueError as error:
        raise EngineError(f"replace_on_changes: {error}") from error
    detailed = None
    if diff.detailed is not None:
        detailed = {
            path: (_replacing(kind) if _covered(outer, path) else kind, about_inputs)
            for path, (kind, about_inputs) in diff.detailed.items()
        }
    keys = [*diff.replace, *(name for name in diff.changed if _covered(outer, name))]
    some = diff.some
    if init_errors and _covered(outer, INIT_ERROR):
        keys.append(INIT_ERROR)
        some = True
        if detailed is not None:
            detailed[INIT_ERROR] = ("update-replace", False)
    return replace(diff, some=some, replace=tuple(dict.fromkeys(keys)), detailed=detailed)


def ask(served: Serves, old: Resource, urn: str, inputs: Props, ignored: tuple[str, ...], *, preview: bool) -> Diff:
    """What the provider says of a change, or our own comparison of the inputs where it cannot tell."""
    diff = served.diff(subject(old, urn, inputs, ignored, preview=preview))
    if diff.some is not None:
        return diff
    detailed = compare(old.inputs, ignoring(inputs, old.inputs, ignored)[0])
    changed = tuple(dict.fromkeys(str(paths.parse(path)[0]) for path in detailed))
    return replace(diff, some=bool(detailed), changed=changed, detailed=detailed or None)


def subject(old: Resource, urn: str, inputs: Props, ignored: tuple[str, ...], *, preview: bool) -> Subject:
    """An old resource and its new inputs, as a provider is asked about them."""
    return Subject(
        urn,
        id=old.id,
        old_inputs=old.inputs,
        old_outputs=old.outputs,
        inputs=inputs,
        preview=preview,
        ignore=ignored,
    )


def compare(old: Props, new: Props) -> dict[str, tuple[str, bool]]:
    """Property path -> (``add``, ``delete`` or ``update``; True), for each smallest part that differs."""
    changes: dict[str, tuple[str, bool]] = {}
    _compare(old, new, "", changes)
    return changes


def _compare(old: object, new: object, path: str, changes: dict[str, tuple[str, bool]]) -> None:
    plain = signature(old) is None and signature(new) is None
    if plain and isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            inner = _joined(path, key)
            if key not in new:
                changes[inner] = ("delete", True)
            elif key not in old:
                changes[inner] = ("add", True)
            else:
                _compare(old[key], new[key], inner, changes)
    elif isinstance(old, list) and isinstance(new, list):
        for place in range(max(len(old), len(new))):
            inner = f"{path}[{place}]"
            if place >= len(new):
                changes[inner] = ("delete", True)
            elif place >= len(old):
                changes[inner] = ("add", True)
            else:
                _compare(old[place], new[place], inner, changes)
    elif not same(old, new):
        changes[path] = ("update", True)


def inverted(diff: Diff) -> Diff:
    """The same change seen from the other side."""
    opposite = {"add": "delete", "add-replace": "delete-replace", "delete": "add", "delete-replace": "add-replace"}
    detailed = None
    if diff.detailed is not None:
        detailed = {path: (opposite.get(kind, kind), about) for path, (kind, about) in diff.detailed.items()}
    return replace(diff, detailed=detailed)


def _replacing(kind: str) -> str:
    return kind if kind.endswith("-replace") else f"{kind}-replace"


def _covered(outer: Sequence[paths.Path], text: str) -> bool:
    try:
        inner = paths.parse(text)
    except ValueError:
        return False
    return any(paths.contains(path, inner) for path in outer)


def _joined(path: str, key: str) -> str:
    if key and all(letter.isalnum() or letter in "_-#@" for letter in key):
        return f"{path}.{key}" if path else key
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
