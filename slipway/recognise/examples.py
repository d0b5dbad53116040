"""Values of environment variables that an app's own examples name: ``.env.example``, ``app.json``, ``render.yaml``."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

import yaml

from slipway.recognise.notes import Read

FILES = (
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    ".env-example",
    ".env.local.example",
    "env.example",
    "env.sample",
    "example.env",
    "sample.env",
    ".env",
    ".envrc.example",
)
"""Files of variables, in the order in which they count."""
LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*(.*?)\s*$", re.MULTILINE)
IN_TEXT = re.compile(r"^\s*(?:\$\s*)?(?:export|set|ENV)\s+([A-Z][A-Z0-9_]{2,})=(\S+)\s*$", re.MULTILINE)
"""A line of a page that sets a variable."""


def examples_of(read: Read) -> tuple[tuple[str, str, str], ...]:
    """(name, value, file) of every variable, the file first that counts first."""
    examples: dict[str, tuple[str, str, str]] = {}
    for file, reader in READERS.items():
        text = read(file)
        try:
            for name, value in reader(text) if text else ():
                examples.setdefault(name, (name, value, file))
        except (ValueError, TypeError, AttributeError, yaml.YAMLError):
            continue  # An example that cannot be read has no values.
    return tuple(examples.values())


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for match in LINE.finditer(text):
        value = match[2]
        if value.startswith(('"', "'")):
            value = value[1:].partition(value[0])[0]
        else:
            value = re.sub(r"(?:^|\s+)#.*$", "", value)
        yield match[1], value


def _page(text: str) -> Iterator[tuple[str, str]]:
    for match in IN_TEXT.finditer(text):
        yield match[1], match[2].strip("\"'`")


def _app_json(text: str) -> Iterator[tuple[str, str]]:
    """Heroku's: https://devcenter.heroku.com/articles/app-json-schema#env."""
    for name, value in (json.loads(text).get("env") or {}).items():
        value = value.get("value", "") if isinstance(value, Mapping) else value
        yield name, str(value)


def _render(text: str) -> Iterator[tuple[str, str]]:
    """Render's: https://render.com/docs/blueprint-spec."""
    for service in (yaml.safe_load(text) or {}).get("services") or ():
        for variable in service.get("envVars") or ():
            if "key" in variable and "value" in variable:
                yield str(variable["key"]), str(variable["value"])


READERS: Mapping[str, Callable[[str], Iterator[tuple[str, str]]]] = {
    **dict.fromkeys(FILES, _lines),
    "app.json": _app_json,
    "render.yaml": _render,
    **dict.fromkeys(("README.md", "readme.md", "Readme.md", "README.rst", "README.txt", "README"), _page),
}
"""File -> what reads it."""
