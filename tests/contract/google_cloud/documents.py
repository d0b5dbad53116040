"""Google's discovery documents, as google-api-python-client brings them: what a request and an answer may look like."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from slipway.sandbox.google.routing import Api, Route

Json = dict[str, Any]


NEEDED: Mapping[str, list[str]] = json.loads((Path(__file__).parent / "needed.json").read_text(encoding="utf-8"))
"""By client the methods that the contract suite makes it call. The tests hold both: that each call is in this list, and
that nothing was asked for that is not served."""


def version_of(route: Route) -> str:
    """The version of the document that a row is in: the segment of its path that says so."""
    return next(part for part in route.template.split("/") if part[0] == "v" and part[1:2].isdigit())


def wrong_answer(api: Api, route: Route, answer: Any) -> Iterator[str]:
    """What of the answer of a method is not as the document has it."""
    version = version_of(route)
    described = method(api.name, version, route.id)
    if described and "response" in described:
        yield from wrong(api.name, version, described["response"], answer)


def not_listed(client: str, calls: Iterable[str]) -> list[str]:
    """The calls of a client that needed.json lacks: they belong there."""
    return sorted({*calls} - {*NEEDED.get(client, ())})


@cache
def document(api: str, version: str) -> Json:
    """The document of an API."""
    folder = files("googleapiclient.discovery_cache").joinpath("documents")
    return json.loads(folder.joinpath(f"{api}.{version}.json").read_text(encoding="utf-8"))


def methods(part: Mapping[str, Any]) -> Iterator[Json]:
    """Every method of a document or of a resource in it."""
    yield from part.get("methods", {}).values()
    for resource in part.get("resources", {}).values():
        yield from methods(resource)


@cache
def method(api: str, version: str, id: str) -> Json | None:
    """A method by its id (``run.projects.locations.services.get``)."""
    return next((each for each in methods(document(api, version)) if each["id"] == id), None)


def template(api: str, version: str, of: Mapping[str, Any]) -> str:
    """A method's path with every variable as ``{}``: ``v1/projects/{}:getIamPolicy``."""
    prefix = document(api, version)["servicePath"]
    path = of.get("flatPath") or of["path"]
    return prefix + re.sub(r"\{[^}]*\}", "{}", path)


def wrong(api: str, version: str, schema: Mapping[str, Any], value: Any, at: str = "") -> Iterator[str]:
    """What of a value is not as its schema says."""
    if "$ref" in schema:
        schema = document(api, version)["schemas"][schema["$ref"]]
    kind = schema.get("type", "object")
    if not isinstance(value, _TYPES.get(kind, object)) or (kind in ("integer", "number") and isinstance(value, bool)):
        yield f"{at}: {kind} expected, got {value!r}"
    elif kind == "object":
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, item in value.items():
            if key in known or others is not None:
                yield from wrong(api, version, known.get(key, others or {}), item, f"{at}.{key}")
            else:
                yield f"{at}.{key}: no such property"
    elif kind == "array":
        for index, item in enumerate(value):
            yield from wrong(api, version, schema["items"], item, f"{at}[{index}]")
    elif kind == "string":
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is none of {schema['enum']}"
        if schema.get("format") in ("int64", "uint64") and not re.fullmatch(r"-?\d+", value):
            yield f"{at}: a number in quotes expected, got {value!r}"
        if schema.get("format") == "google-datetime" and not _STAMP.fullmatch(value):
            yield f"{at}: a moment in UTC expected, got {value!r}"


_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
