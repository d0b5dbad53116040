"""How an app is entered: ``module:object`` as its author has it, and the module made where a platform needs another.

src/flaskr:create_app()     in the folder src, the module flaskr, what its create_app returns
layers/,hello/app:handler   in the folder hello, with the folder layers before it on Python's path
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from slipway.bundle.errors import BundleError

CHALICE = Path(__file__).with_name("chalice_events.py")
LISTEN = "slipway_listen.py"
"""The module beside an app that starts its own server on the platform's port."""
DJANGO = Path(__file__).with_name("django_static.py")
MADE = "slipway_entry"
"""The module that is made; its object is ``app``, a function of Lambda's ``handler``."""

_ENTRY = re.compile(
    r"((?:(?:[\w.-]+/)+,)*(?:[\w.-]+/)+)?(?:([A-Za-z_][\w.]*)\+)?([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)(\(.*\))?",
    re.DOTALL,
)


class Interface(StrEnum):
    """What an entry is called as."""

    wsgi = "wsgi"
    asgi = "asgi"
    function = "function"
    """Lambda's own: ``handler(event, context)``."""
    django = "django"
    """A WSGI application of Django, whose static files are served beside it."""
    chalice = "chalice"
    """Chalice's own: a function that takes API Gateway's first format of events."""
    command = "command"
    """The app brings a server of its own, which a command starts."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Where an app's object is."""

    module: str
    name: str
    call: str = ""
    """``()`` or with literal arguments, where ``name`` is a factory; "" where it is the object."""
    first: str = ""
    """A module that is imported before, for what it does to ``module``."""
    folder: str = ""
    """The folder that is to be on Python's path, relative to the app; "" for the app's own.

    Several have commas between them.
    """

    @property
    def plain(self) -> bool:
        """Whether a server can import it as it is."""
        return not (self.call or self.folder or self.first) and "." not in self.name

    def __str__(self) -> str:
        folder, first = (
            f"{self.folder.replace(',', '/,')}/" if self.folder else "",
            f"{self.first}+" if self.first else "",
        )
        return f"{folder}{first}{self.module}:{self.name}{self.call}"


def entry_of(text: str) -> Entry:
    """The entry that a setting says. Raises :class:`BundleError`."""
    match = _ENTRY.fullmatch(text.strip())
    if match is None:
        raise BundleError(f"the entry {text!r} is not of the form module:application, as main:app or app:create_app()")
    if call := match[5] or "":
        _check_call(call, text)
    folder = ",".join(one.rstrip("/") for one in (match[1] or "").split(","))
    return Entry(folder=folder, first=match[2] or "", module=match[3], name=match[4], call=call)


def _check_call(call: str, text: str) -> None:
    try:
        node = ast.parse(f"f{call}", mode="eval").body
        if isinstance(node, ast.Call):
            for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
                ast.literal_eval(value)
            return
    except (SyntaxError, ValueError):
        pass
    raise BundleError(f"the entry {text!r} calls its factory with more than plain values")


WRAPPERS: Mapping[str, tuple[str, str]] = {
    "apig-wsgi": (
        "from apig_wsgi import make_lambda_handler",
        "handler = make_lambda_handler(app, binary_support=True)",
    ),
    "mangum": ("from mangum import Mangum", "handler = Mangum(app)"),
    "chalice": ("from slipway_chalice import handler_of", "handler = handler_of(app)"),
    "a2wsgi": ("from a2wsgi import ASGIMiddleware", "app = ASGIMiddleware(app)"),
}
"""Adapter -> how it is imported and what it makes of ``app``."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a platform needs to serve an interface: packages, one of which may wrap the app."""

    add: tuple[str, ...] = ()
    wrapper: str = ""
    static: bool = False
    """Whether a Django site's static files are served beside it, by WhiteNoise."""
    worker: str = ""
    """The class of gunicorn's workers."""


ASGI_SERVER = Need(add=("gunicorn", "uvicorn-worker"), worker="uvicorn_worker.UvicornWorker")
DJANGO_SERVER = Need(add=("gunicorn", "whitenoise"), static=True)

NEEDS: Mapping[str, Mapping[Interface, Need]] = {
    "app-engine": {
        Interface.wsgi: Need(add=("gunicorn",)),
        Interface.django: DJANGO_SERVER,
        Interface.asgi: ASGI_SERVER,
        Interface.command: Need(),
    },
    "beanstalk": {
        Interface.wsgi: Need(),
        Interface.django: Need(add=("whitenoise",), static=True),
        Interface.asgi: ASGI_SERVER,
        Interface.command: Need(),
    },
    "container": {
        Interface.wsgi: Need(add=("gunicorn",)),
        Interface.django: DJANGO_SERVER,
        Interface.asgi: ASGI_SERVER,
        Interface.command: Need(),
    },
    "cloud-run": {
        Interface.wsgi: Need(add=("gunicorn",)),
        Interface.django: DJANGO_SERVER,
        Interface.asgi: ASGI_SERVER,
        Interface.command: Need(),
    },
    "lambda": {
        Interface.function: Need(),
        Interface.chalice: Need(wrapper="chalice"),
        Interface.wsgi: Need(add=("apig-wsgi",), wrapper="apig-wsgi"),
        Interface.django: Need(add=("apig-wsgi", "whitenoise"), wrapper="apig-wsgi", static=True),
        Interface.asgi: Need(add=("mangum",), wrapper="mangum"),
    },
    "pythonanywhere": {
        Interface.wsgi: Need(),
        Interface.django: Need(add=("whitenoise",), static=True),
        Interface.asgi: Need(add=("a2wsgi",), wrapper="a2wsgi"),
    },
}
"""Platform -> interface -> what is needed; an interface that is not there cannot be served there."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """How a platform serves an app."""

    made: Mapping[str, bytes]
    """Files to add to the artifact."""
    add: tuple[str, ...]
    """Adapters to add to what the app's lock pins."""
    entry: Entry
    """What the platform's server imports."""
    worker: str = ""

    def gunicorn(self, bind: str, workers: int = 1) -> str:
        """The command that serves it at an address."""
        worker = f" -k {self.worker}" if self.worker else ""
        return f"gunicorn -b {bind} -w {workers}{worker} {self.entry.module}:{self.entry.name}"


NOTHING = Served(made={}, add=(), entry=Entry(module="", name=""))


def started(command: str) -> Served:
    """What a command that starts an app with its own server needs: the module beside the app, where it names it."""
    files = {LISTEN: Path(__file__).with_name("inside").joinpath(LISTEN).read_bytes()} if LISTEN in command else {}
    return replace(NOTHING, made=files)


def served(platform: str, entry: str, interface: str) -> Served:
    """How a platform serves an entry. Raises :class:`BundleError` for an interface that it cannot serve."""
    if not entry:
        return NOTHING
    if interface == Interface.command:
        return started(LISTEN)
    parsed, needs = entry_of(entry), NEEDS[platform]
    if interface not in Interface.__members__.values() or Interface(interface) not in needs:
        raise BundleError(
            f"{platform} serves {' and '.join(needs)}, and {entry} is called as {interface!r}: choose another platform"
        )
    need = needs[Interface(interface)]
    if parsed.plain and not need.wrapper and not need.static:
        return Served(made={}, add=need.add, entry=parsed, worker=need.worker)
    name = "handler" if need.wrapper in ("apig-wsgi", "mangum", "chalice") or interface == Interface.function else "app"
    temporary = {f"{MADE}.py": made_entry(parsed, need.wrapper, name, static=need.static)}
    if need.wrapper == "chalice":
        temporary["slipway_chalice.py"] = CHALICE.read_bytes()
    if need.static:
        temporary["slipway_static.py"] = DJANGO.read_bytes()
    return Served(made=temporary, add=need.add, entry=Entry(module=MADE, name=name), worker=need.worker)


def made_entry(entry: Entry, wrapper: str = "", name: str = "app", *, static: bool = False) -> bytes:
    """The module that enters the app as it wants, and hands it to the platform by ``wrapper`` as ``name``."""
    top, _, below = entry.name.partition(".")
    lines = ['"""Made by Slipway: how the platform starts the app."""', ""]
    if entry.folder:
        lines += ["import os", "import sys", ""]
        for folder in entry.folder.split(","):
            lines += [f"sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), {folder!r}))"]
        lines += [""]
    load, wrap = WRAPPERS.get(wrapper, ("", ""))
    lines += [load] if load else []
    lines += ["from slipway_static import with_static"] if static else []
    if entry.first:
        # A small app ends in a call that serves, and would never come back from it.
        lines += [f"import {entry.module}", "", f"{entry.module}.run = lambda *args, **options: None", ""]
        lines += [f"import {entry.first}  # noqa: E402, F401"]
    lines += [f"from {entry.module} import {top} as entry", ""]
    value = f"entry{'.' + below if below else ''}{entry.call}"
    lines += [f"{'app' if wrap else name} = {f'with_static({value})' if static else value}"]
    lines += [wrap] if wrap else []
    return ("\n".join(lines) + "\n").encode()
