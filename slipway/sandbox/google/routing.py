"""Which method of which API a request is for: rows with Google's own path templates."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.errors import ApiError, Json

PAGE = 100
"""Items that a list gives where the caller says no number."""
MOST = 1000
"""And at most."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to a method."""

    cloud: Cloud
    path: Mapping[str, str]
    """What stood for the template's variables."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    region: str = ""
    """The one that the address named, where a method's path has none."""

    def __getitem__(self, variable: str) -> str:
        return self.path[variable]

    def text(self, name: str) -> str:
        """A field of the body that must be a text and be there."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise ApiError(400, f"Invalid value at '{name}': a text is required, got {value!r}")
        return value

    def flag(self, name: str) -> bool:
        """A query parameter that says yes."""
        return self.query.get(name, "").lower() == "true"

    def changes(self, *allowed: str) -> Json:
        """The fields of the body that ``updateMask`` names, all of ``allowed`` where it names none or ``*``.

        A masked field that the body lacks is to be emptied: it comes as None.
        """
        mask = [camel(name.strip()) for name in self.query.get("updateMask", "").split(",") if name.strip()]
        names = allowed if not mask or mask == ["*"] else [name.partition(".")[0] for name in mask]
        if wrong := [name for name in names if name not in allowed]:
            raise ApiError(400, f"Invalid update mask: {wrong[0]!r} cannot be updated; allowed: {', '.join(allowed)}")
        given = [name for name in names if mask or name in self.body]
        return {name: self.body.get(name) for name in given}

    def page(self, key: str, items: Iterable[Json], *, size: str = "pageSize", most: int = MOST) -> Json:
        """One page of a list, with the token of the next: https://cloud.google.com/apis/design/design_patterns."""
        found = list(items)
        try:
            start = int(self.query.get("pageToken") or 0)
            asked = int(self.query.get(size) or 0)
        except ValueError:
            raise ApiError(400, f"Invalid page token or page size: {dict(self.query)}") from None
        if start < 0 or asked < 0:
            raise ApiError(400, "Page size and page token cannot be negative.")
        end = start + min(asked or PAGE, most)
        more = {"nextPageToken": str(end)} if end < len(found) else {}
        return {**({key: found[start:end]} if found[start:end] else {}), **more}


Method = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    """A row: HTTP's method, the template, what answers, and the id in the discovery document."""

    verb: str
    template: str
    """As ``v1/projects/{project}:getIamPolicy``: a variable stands for one segment, ``{name+}`` for what is left."""
    method: Method
    id: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a path of it looks like."""
        parts = re.split(r"\{(\w+)(\+?)\}", self.template)
        text = re.escape(parts[0])
        for name, rest, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            text += f"(?P<{name}>{'.+' if rest else '[^/:]+'})" + re.escape(literal)
        return re.compile(text)


def standard(collection: str, variable: str, id: str, **methods: Method) -> Iterator[Route]:
    """The rows of a collection's standard methods: ``create`` (Compute's ``insert``), ``list``, ``get`` and so on.

    ``collection`` is the template of the list, ``variable`` what names one of it, ``id`` what each method's id begins
    with. https://google.aip.dev/130
    """
    one = f"{collection}/{{{variable}}}"
    for name, method in methods.items():
        verb, whole = STANDARD[name]
        yield Route(verb, collection if whole else one, method, f"{id}{name}")


STANDARD: Mapping[str, tuple[str, bool]] = {
    "create": ("POST", True),
    "insert": ("POST", True),
    "list": ("GET", True),
    "get": ("GET", False),
    "patch": ("PATCH", False),
    "delete": ("DELETE", False),
}
"""By a method's name HTTP's, and whether it is asked of the collection."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """An API: its name in addresses (``run``), and its rows."""

    name: str
    routes: tuple[Route, ...]

    def find(self, verb: str, path: str) -> tuple[Route, dict[str, Any]] | None:
        """The row for a path, and what stood for its variables."""
        for route in self.routes:
            if route.verb == verb and (match := route.pattern.fullmatch(path)):
                return route, match.groupdict()
        return None


def camel(name: str) -> str:
    """``display_name`` as ``displayName``: a mask may be in either."""
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)
