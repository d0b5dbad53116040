"""Pulumi's YAML files: read fast and strictly (YAML 1.2 scalars, no duplicate keys), edited without losing comments.

YAML 1.1 reads ``no`` as false and ``1e3`` as a number; Pulumi does not, so scalars are resolved here.
"""

import re
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.files import replace_file
from slipway.engine.errors import UsageError

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Text(str):
    """A scalar that YAML would read as something else than a text; its literal spelling."""

    __slots__ = ("value",)

    def __new__(cls, spelling: str, value: Any = None) -> "Text":  # noqa: ANN401 - a bool, a number or None
        """Keep the spelling as the text and what YAML makes of it as ``value``."""
        scalar = super().__new__(cls, spelling)
        scalar.value = value
        return scalar


def read(path: Path) -> dict[str, Any]:
    """A YAML file whose top is a map; empty where there is no such file. Plain scalars come as :class:`Text`.

    Raises :class:`UsageError` naming file and line.
    """
    import yaml

    try:
        text = path.read_text()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: it is not UTF-8 (byte {error.start})") from error
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not YAML: {_with_tab(error, text)}") from error
    document = {} if node is None else _plain(node, path)
    if not isinstance(document, dict):
        raise UsageError(f"{path}: expected a map of keys and values")
    return document


def resolved(value: Any) -> Any:  # noqa: ANN401
    """The value with each plain scalar turned into what YAML 1.2 makes of it."""
    if isinstance(value, Text):
        return value.value
    if isinstance(value, dict):
        return {key: resolved(item) for key, item in value.items()}
    return [resolved(item) for item in value] if isinstance(value, list) else value


def edit(path: Path, change: Any) -> None:  # noqa: ANN401 - a function of ruamel's map
    """Apply ``change`` to the map in a YAML file and write it back, comments and order kept."""
    text = edited(path.read_text() if path.exists() else "", change)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    replace_file(path, text.encode())
    path.chmod(mode)


def edited(text: str, change: Any) -> str:  # noqa: ANN401 - a function of ruamel's map
    """The YAML ``text`` with ``change`` applied to its map, comments and order kept."""
    from io import StringIO

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    document = {} if document is None else document
    change(document)
    stream = StringIO()
    if document:
        yaml.dump(document, stream)
    return stream.getvalue()


def _plain(node: Any, path: Path) -> Any:  # noqa: ANN401
    if node.id == "mapping":
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            if key.value in mapping:
                raise UsageError(f"{path}:{key.start_mark.line + 1}: the key {key.value!r} stands there twice")
            mapping[str(key.value)] = _plain(value, path)
        return mapping
    if node.id == "sequence":
        return [_plain(item, path) for item in node.value]
    if node.style or (node.tag.endswith(":str") and not _is_special(node.value)):
        return node.value
    return _scalar(node.value)


def _is_special(text: str) -> bool:
    return text in _WORDS or bool(_FLOAT.fullmatch(text))


def _scalar(text: str) -> str:
    if text.lower() in _WORDS:
        return Text(text, _WORDS[text.lower()])
    if _INTEGER.fullmatch(text):
        return Text(text, int(text))
    return Text(text, float(text)) if _FLOAT.fullmatch(text) else text


def _with_tab(error: Exception, text: str) -> str:
    """The parser's sentence; behind the line where a tab stands in the place of spaces, if that is what it met."""
    mark = getattr(error, "problem_mark", None)
    number = mark.line if mark is not None else 0
    lines = text.splitlines()
    line = lines[number] if number < len(lines) else ""
    is_indented_by_tab = "\t" in line[: len(line) - len(line.lstrip())]
    return (
        f"line {number + 1} begins with a tab, and YAML takes spaces alone: {error}"
        if is_indented_by_tab
        else str(error)
    )
