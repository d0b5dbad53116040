"""Partial answers: ``fields=items(name,size),nextPageToken``.

https://cloud.google.com/storage/docs/json_api#partial-response
"""

import re
from typing import Any

from slipway.sandbox.cloudstorage.errors import StorageError

Tree = dict[str, "Tree"]
"""The names that are asked for, each with what is asked for below it; {} for all of it."""
TOKEN = re.compile(r"[(),/]|[^(),/\s]+")


def parsed(mask: str) -> Tree:
    """The tree of a mask. Raises :class:`StorageError` for one that cannot be read."""
    tokens = TOKEN.findall(mask)
    tree, rest = _selection(tokens)
    if rest or not tree:
        raise StorageError(400, "invalidParameter", f"Invalid field selection {mask}")
    return tree


def selected(document: Any, tree: Tree) -> Any:  # noqa: ANN401
    """The part of a document that a tree asks for."""
    if not tree or ("*" in tree and not tree["*"]):
        return document
    if isinstance(document, list):
        return [selected(one, tree) for one in document]
    if not isinstance(document, dict):
        return document
    everywhere = tree.get("*")
    return {
        key: selected(value, tree.get(key, everywhere or {}))
        for key, value in document.items()
        if key in tree or everywhere is not None
    }


def _selection(tokens: list[str]) -> tuple[Tree, list[str]]:
    """Paths with commas between them, up to a closing bracket."""
    tree: Tree = {}
    while tokens and tokens[0] != ")":
        tokens = _path(tree, tokens)
        if tokens[:1] == [","]:
            tokens = tokens[1:]
        elif tokens[:1] not in ([], [")"]):
            return {}, tokens
    return tree, tokens


def _path(tree: Tree, tokens: list[str]) -> list[str]:
    """``a/b/c(d,e)``."""
    while tokens and tokens[0] not in "(),/":
        tree = tree.setdefault(tokens[0], {})
        tokens = tokens[1:]
        if tokens[:1] == ["("]:
            inner, tokens = _selection(tokens[1:])
            tree.update(inner)
            return tokens[1:] if tokens[:1] == [")"] else ["("]
        if tokens[:1] != ["/"]:
            return tokens
        tokens = tokens[1:]
    return ["("]
