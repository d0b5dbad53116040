"""One Python file of an app, as it is read: what could be an entry, and what it asks of its surroundings."""

import ast
from dataclasses import dataclass, field

from slipway.bundle.entries import Interface
from slipway.recognise.frameworks import CONSTRUCTORS, METHODS, SERVING_CALLS, Framework


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something of a module that could be an entry."""

    name: str
    line: int
    framework: Framework
    call: str = ""
    """``()`` for a factory."""
    needs: int = 0
    """Arguments that a factory asks for and has no default of."""
    settings: bool = False
    """Whether it is a factory that PasteDeploy calls with the settings of an ``.ini`` file, as Pyramid's are."""
    alias: tuple[str, str] | None = None
    """(module, name) that it was imported from, where that is to be looked up."""
    made: bool = False
    """Whether it is what ``alias`` returned, not ``alias`` itself."""

    def call_of(self, original: "Thing") -> str:
        """How it is called, where ``original`` is what it was imported from."""
        if self.alias is None:
            return self.call
        return "" if self.made else original.call


@dataclass(kw_only=True)
class Module:
    """One Python file."""

    path: str
    things: list[Thing] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    """Name in the module -> what it is, as ``flask.Flask``."""
    absolute: list[str] = field(default_factory=list)
    """Modules that are imported by whole names."""
    relative: bool = False
    """Whether it imports by dots, and so belongs to a package."""
    guarded: set[str] = field(default_factory=set)
    """Top packages whose imports may fail (below ``try``), or that only type checkers make."""
    routes: list[tuple[str, int]] = field(default_factory=list)
    includes: list[tuple[str, str]] = field(default_factory=list)
    """(path, module) of what Django's ``include`` puts below a path."""
    required: list[tuple[str, int]] = field(default_factory=list)
    """Environment variables without a default."""
    optional: list[tuple[str, int]] = field(default_factory=list)
    """Environment variables that are asked for without a default, and may be missing."""
    databases: list[str] = field(default_factory=list)
    """Names of the objects of Flask-SQLAlchemy's, which make an app's tables."""
    setups: list[tuple[str, str]] = field(default_factory=list)
    """(command of Flask's or "", function) of what makes the app's tables once, as the tutorial's ``init-db``."""
    creates_tables: bool = False
    """Whether it makes those itself, and not only as a command or as a file that is run."""
    runs: bool = False
    """Whether it does something when it is run as a file."""
    loops: bool = False
    """Whether it has a loop without end, or a scheduler."""
    calls: set[str] = field(default_factory=set)
    """The last names of everything that is called."""
    texts: list[tuple[str, int]] = field(default_factory=list)
    """Strings that name a database or a folder of uploads."""
    stars: list[str] = field(default_factory=list)
    """Modules of which everything is imported."""
    hosts: str = ""
    """The variable that Django's ``ALLOWED_HOSTS`` is read from."""
    static_files: int = 0
    """The line that installs ``django.contrib.staticfiles``; 0 where there is none."""
    defaults: set[str] = field(default_factory=set)
    """Environment variables that it has a default of."""
    options: set[str] = field(default_factory=set)
    """Options of the command line that Tornado's ``define`` names."""
    arguments: dict[str, bool] = field(default_factory=dict)
    """Long options that the program's own parser has (``input``), and whether it has to get each."""
    served_by: str = ""
    """``module:app`` in a call of ``uvicorn.run``."""
    port: int = 0
    reads_port: bool = False
    """Whether it names the variable ``PORT``."""
    broken: str = ""
    """Why it cannot be read; a later Python's syntax, as a rule."""


UNKNOWN = Framework(name="", interface=Interface.wsgi)
GUESSED = Framework(name="an unknown framework", interface=Interface.wsgi)
"""Of what is called ``application`` and made by something else than a known framework."""


def made_by(module: Module, call: ast.Call) -> Framework | None:
    """The framework whose app a call makes."""
    name = full_name(module, call.func)
    if name in CONSTRUCTORS:
        return CONSTRUCTORS[name]
    last = name.rpartition(".")[2]
    if last in METHODS and any(one.partition(".")[0] == METHODS[last][0] for one in module.absolute):
        return METHODS[last][1]
    return None


def full_name(module: Module, node: ast.expr) -> str:
    """A dotted name with what its first part was imported as; "" for what is none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Call):
        parts.append("()")
    elif isinstance(node, ast.Name):
        parts.append(module.imports.get(node.id, node.id))
    return ".".join(reversed(parts))


OF_A_CLASS = 99
"""Arguments that a class of apps is taken to need: it is no entry, and its instances are."""
PLAIN_WSGI = Framework(name="wsgi", interface=Interface.wsgi)
PLAIN_ASGI = Framework(name="asgi", interface=Interface.asgi)
LAMBDA = Framework(name="lambda", interface=Interface.function)
HTTP_FUNCTION = Framework(name="functions-framework", interface=Interface.wsgi)
ASYNC_FUNCTION = Framework(name="functions-framework", interface=Interface.asgi)
MADE_BY = {
    Interface.wsgi: "functions_framework:create_app({name!r}, {file!r})",
    Interface.asgi: "functions_framework.aio:create_asgi_app({name!r}, {file!r})",
}
"""How a function of Google's becomes an app. Source: the README of functions-framework."""


def serves(module: Module, package: str) -> bool:
    """Whether a file that imports ``package`` serves by it when it is run."""
    needed = SERVING_CALLS.get(package)
    return package in {name.partition(".")[0] for name in module.absolute} and (
        needed is None or needed in module.calls
    )
