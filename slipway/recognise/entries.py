"""Where an app is entered: what its files say, then what its code defines, the most usual name and place first."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from slipway.bundle.entries import Interface
from slipway.recognise.findings import Sure
from slipway.recognise.frameworks import COMMANDS, CONSTRUCTORS, LISTENING, METHODS, RUN, SERVERS, Framework
from slipway.recognise.module import GUESSED, HTTP_FUNCTION, LAMBDA, MADE_BY, OF_A_CLASS, Module, Thing, serves
from slipway.recognise.notes import Notes, Start, said_by

NAMES = (
    "app",
    "application",
    "handler",
    "lambda_handler",
    "create_app",
    "make_app",
    "api",
    "server",
    "main",
    "get_app",
)
FILES = ("wsgi", "app", "main", "application", "asgi", "lambda_function", "server", "api", "index", "__init__", "run",
         "web", "flask_app", "hello", "handler")  # fmt: skip
PASSED_OVER = re.compile(
    r"(^|/)(_?vendor(ed)?|third_?party|externals?|node_modules|tests?|testing|docs?|examples?|samples?|scripts?|migrations|alembic|benchmarks?|notebooks?|build|dist|site-packages)(/|$)|(^|/)(conftest|setup|test_\w+|\w+_test|noxfile|tasks|fabfile)\.py$"
)
FRAMEWORKS_OF_A_FILE = ("bottle", "microdot")
"""Frameworks of one file, which some apps have a copy of."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A way into the app."""

    framework: Framework
    entry: str = ""
    """As :mod:`slipway.bundle.entries` writes it."""
    file: str = ""
    line: int = 0
    """Where it was read."""
    code: str = ""
    """The file that is run or imported."""
    sure: Sure = Sure.likely
    command: str = ""
    needs: int = 0

    @property
    def interface(self) -> Interface:
        """How it is called."""
        return self.framework.interface


class Code:
    """The modules of an app, and where Python finds them."""

    def __init__(
        self, modules: Mapping[str, Module], packages: frozenset[str], settings: Mapping[str, str] | None = None
    ) -> None:
        self.modules, self.packages = modules, packages
        self.settings_call = f"({{}}, **{dict(settings)!r})" if settings else "({})"
        """How a factory is called that takes the settings of an ``.ini`` file."""

    def root_of(self, path: str) -> str:
        """The folder that has to be on Python's path for the module at ``path``, by its package and what it imports."""
        folder = posixpath.dirname(path)
        while folder and f"{folder}/__init__.py" in self.packages:
            folder = posixpath.dirname(folder)
        module = self.modules[path]
        best, score = folder, self._resolving(module, folder)
        above = folder
        while above:
            above = posixpath.dirname(above)
            if (resolving := self._resolving(module, above)) > score:
                best, score = above, resolving
        if module.relative and best == posixpath.dirname(path) and best:
            return posixpath.dirname(best)
        return best

    def _resolving(self, module: Module, root: str) -> int:
        return sum(self.find(name, root) is not None for name in set(module.absolute))

    def find(self, name: str, root: str) -> Module | None:
        """The module called ``name`` below ``root``."""
        base = posixpath.join(root, name.replace(".", "/"))
        return self.modules.get(f"{base}.py") or self.modules.get(f"{base}/__init__.py")

    def name_of(self, path: str, root: str) -> str:
        """What a file is imported as, with its folder: ``src/flaskr``."""
        below = posixpath.relpath(path, root or ".").removesuffix(".py").removesuffix("/__init__")
        dotted = below.replace("/", ".")
        return f"{root}/{dotted}" if root else dotted

    def command(self, framework: Framework, module: Module) -> str:
        """What starts a file; as a module where what it imports is found from the app's own folder alone."""
        inside = posixpath.dirname(module.path)
        start = framework.command
        port = " --port=$PORT" if framework.name == "tornado" and "port" in module.options else ""
        if start == RUN and not port and not any(one.reads_port for one in self.modules.values()):
            start = LISTENING
        if framework.command == RUN and inside and not self.root_of(module.path):
            return start.format(file=f"-m {self.name_of(module.path, '')}")
        return start.format(file=module.path) + port

    def resolved(self, module: Module, thing: Thing, depth: int = 0) -> Thing | None:
        """The thing that an imported name stands for; None where it is no app."""
        if thing.alias is None:
            return thing
        base, name = thing.alias
        source = self._relative(module, base) if base.startswith(".") else self.find(base, self.root_of(module.path))
        if base.startswith(".") and source is None:
            source = self._relative(module, f"{base}.{name}" if not base.endswith(".") else base + name)
        if source is None or source is module or depth > 6:
            return None
        original = next((one for one in source.things if one.name == name), None)
        return self.resolved(source, original, depth + 1) if original else None

    def starred(self, module: Module, name: str) -> Thing | None:
        """What a module has under a name by ``from other import *``."""
        return next((thing for thing in self.all_starred(module) if thing.name == name), None)

    def all_starred(self, module: Module) -> Iterator[Thing]:
        """What a module has by ``from other import *``, of apps and what makes them."""
        for base in module.stars:
            source = (
                self._relative(module, base) if base.startswith(".") else self.find(base, self.root_of(module.path))
            )
            if source is not None and source is not module:
                yield from (thing for thing in source.things if thing.alias is None)

    def _relative(self, module: Module, base: str) -> Module | None:
        level = len(base) - len(base.lstrip("."))
        folder = posixpath.dirname(module.path)
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        name = base.lstrip(".")
        return self.find(name, folder) if name else self.modules.get(posixpath.join(folder, "__init__.py"))


def candidates(code: Code, notes: Notes) -> list[Candidate]:
    """Every way in, the best first."""
    named = list(_named(code, notes))
    defined = sorted(_defined(code), key=lambda one: _rank(code, one))
    return [*named, *defined, *_run(code)]


def _named(code: Code, notes: Notes) -> Iterator[Candidate]:
    for handler, file, line in notes.handlers:
        folder, _, dotted = handler.rpartition("/")
        module, _, name = dotted.rpartition(".")
        entry = f"{folder}/{module}:{name}" if folder else f"{module}:{name}"
        path = posixpath.join(folder, module.replace(".", "/")) + ".py"
        for layer in reversed(notes.layers.get(handler, ())):
            # What SAM builds lies in the layer's folder, what is packed as it is in `python` below it.
            inside = f"{layer}/python" if any(one.startswith(f"{layer}/python/") for one in code.modules) else layer
            entry = f"{inside}/,{entry}" if "/" in entry else f"{inside}/{entry}"
        if path in code.modules:
            yield Candidate(framework=LAMBDA, entry=entry, file=file, line=line, code=path, sure=Sure.certain)
    for start, file, line in said_by(notes):
        yield from _started(code, start, file, line)


def _started(code: Code, start: Start, file: str, line: int) -> Iterator[Candidate]:
    if start.entry.startswith("functions_framework:"):
        yield Candidate(framework=HTTP_FUNCTION, entry=start.entry, file=file, line=line, sure=Sure.certain)
        return
    if start.file:
        path = posixpath.normpath(posixpath.join(start.folder, start.file))
        module = code.modules.get(path) or code.modules.get(f"{path.removesuffix('.py')}/__main__.py")
        if module is not None:
            yield from _of_file(code, module, file, line)
        return
    dotted, _, name = start.entry.partition(":")
    called = re.match(r"([\w.]+)(\(.*\))?$", name) if name else None
    roots = (start.folder, "", "src")
    if dotted.removeprefix("./") in code.modules:
        # Flask finds what a file imports beside the file, where that is no package.
        roots = (code.root_of(dotted.removeprefix("./")),)
        dotted = code.name_of(dotted.removeprefix("./"), roots[0]).rpartition("/")[2]
    dotted = dotted.removesuffix(".py").strip("/").replace("/", ".")
    for root in dict.fromkeys(roots):
        module = code.find(dotted, root)
        if module is None:
            continue
        things = [resolved for thing in module.things if (resolved := code.resolved(module, thing))]
        dependencies = called[1] if called else ""
        thing = next((one for one in module.things if one.name == dependencies.partition(".")[0]), None)
        thing = thing or code.starred(module, dependencies.partition(".")[0])
        properties = thing
        thing = thing and (code.resolved(module, thing) or thing)
        if not dependencies:
            own = sorted(module.things, key=lambda one: NAMES.index(one.name) if one.name in NAMES else 99)
            if not own:
                continue
            thing = code.resolved(module, own[0]) or own[0]
            dependencies, call = own[0].name, own[0].call_of(thing)
        else:
            call = (called and called[2]) or (properties.call_of(thing) if properties and thing else "")
        framework = thing.framework if thing and thing.framework.name else _framework(things, start.interface)
        if framework.name in Interface.__members__ and (own := _served_framework(module)):
            framework = replace(framework, name=own)
        prefix = f"{root}/{dotted}" if root else dotted
        yield Candidate(
            framework=framework,
            entry=f"{prefix}:{dependencies}{call}",
            file=file,
            line=line,
            code=module.path,
            sure=Sure.certain,
        )
        return


def _framework(things: list[Thing], interface: Interface | None) -> Framework:
    if things and things[0].framework.name:
        return things[0].framework
    chosen = interface or Interface.wsgi
    return Framework(name=str(chosen), interface=chosen)


def _of_file(code: Code, module: Module, file: str, line: int) -> Iterator[Candidate]:
    """A file that is run: what it serves by importing it, else the file itself."""
    if module.served_by:
        yield from _started(code, Start(entry=module.served_by, folder=code.root_of(module.path)), file, line)
    for candidate in sorted(_of_module(code, module), key=lambda one: _rank(code, one)):
        yield Candidate(
            framework=candidate.framework, entry=candidate.entry, file=file or candidate.file,
            line=line or candidate.line, code=module.path, sure=Sure.certain, command=candidate.command,
            needs=candidate.needs,
        )  # fmt: skip
    yield from _by_running(code, module, file, line)


def _defined(code: Code) -> Iterator[Candidate]:
    for path, module in code.modules.items():
        if not PASSED_OVER.search(path) and not _is_framework(path):
            yield from _of_module(code, module)


def _is_framework(path: str) -> bool:
    """Whether a file is a framework itself that an app brings along, as ``bottle.py``."""
    return posixpath.basename(path).removesuffix(".py") in FRAMEWORKS_OF_A_FILE


def _of_module(code: Code, module: Module) -> Iterator[Candidate]:
    root = code.root_of(module.path)
    name = code.name_of(module.path, root)
    for thing in [*module.things, *code.all_starred(module)]:
        original = code.resolved(module, thing)
        if original is None or not original.framework.name or original.needs == OF_A_CLASS:
            continue
        framework = original.framework
        called = code.settings_call if original.settings else thing.call_of(original)
        attribute = f".{framework.attribute}" if framework.attribute else ""
        attribute, call = (attribute[:-2], "()") if attribute.endswith("()") else (attribute, called)
        if framework.interface is Interface.command:
            file = module.path
            command = code.command(framework, module)
            yield Candidate(framework=framework, entry=file, file=file, line=thing.line, code=file, command=command)
        elif framework.name == HTTP_FUNCTION.name:
            entry = MADE_BY[framework.interface].format(name=thing.name, file=module.path)
            yield Candidate(framework=framework, entry=entry, file=module.path, line=thing.line, code=module.path)
        else:
            entry = f"{name}:{thing.name}{attribute}{call}"
            yield Candidate(
                framework=framework,
                entry=entry,
                file=module.path,
                line=thing.line,
                code=module.path,
                needs=original.needs,
            )


def _run(code: Code) -> Iterator[Candidate]:
    paths = [path for path in code.modules if not PASSED_OVER.search(path) and not _is_framework(path)]
    paths.sort(key=_file_rank)
    for path in paths:
        yield from _by_running(code, code.modules[path], path, 0)


def _by_running(code: Code, module: Module, file: str, line: int) -> Iterator[Candidate]:
    for package, framework in COMMANDS.items():
        if serves(module, package):
            if package in SERVERS and (own := _served_framework(module)):
                framework = replace(framework, name=own)
            command = code.command(framework, module)
            yield Candidate(
                framework=framework, entry=module.path, file=file, line=line, code=module.path, command=command
            )
            return
    if "bottle" in {name.partition(".")[0] for name in module.absolute} and module.routes:
        yield Candidate(
            framework=Framework(name="bottle", interface=Interface.wsgi),
            entry=f"{module.path.removesuffix('.py').replace('/', '.')}+bottle:default_app()",
            file=file, line=line, code=module.path,
        )  # fmt: skip


def _served_framework(module: Module) -> str:
    """The framework that a file imports, which another package's server serves; "" for none that is known."""
    names = {framework.name for framework in [*CONSTRUCTORS.values(), *(one for _, one in METHODS.values())]}
    return next((top for top in (name.partition(".")[0] for name in module.absolute) if top in names), "")


def _rank(code: Code, candidate: Candidate) -> tuple[int, ...]:
    _, _, rest = candidate.entry.rpartition("/")
    name = rest.partition(":")[2].partition("(")[0].partition(".")[0]
    stem = posixpath.basename(candidate.code).removesuffix(".py")
    interface = {
        Interface.wsgi: 0,
        Interface.django: 0,
        Interface.asgi: 1,
        Interface.function: 2,
        Interface.chalice: 2,
        Interface.command: 3,
    }[candidate.interface]
    unusual = candidate.framework in (LAMBDA, HTTP_FUNCTION) and name not in ("lambda_handler", "handler") and 3
    return (
        min(candidate.needs, 1),
        {"http.server": 2, GUESSED.name: 1}.get(candidate.framework.name, 0),
        int(unusual),
        # A file that an import can name, then a project's own for servers; the shallow, the objects, the usual names.
        int(not stem.isidentifier()),
        0 if stem == "wsgi" else 1,
        0 if interface < 3 else 1,
        candidate.code.count("/") - (1 if candidate.code.startswith("src/") else 0) - (1 if stem == "__init__" else 0),
        int(candidate.entry.endswith(")")),
        NAMES.index(name) if name in NAMES else len(NAMES),
        FILES.index(stem) if stem in FILES else len(FILES),
        interface,
    )


def _file_rank(path: str) -> tuple[int, int, str]:
    stem = posixpath.basename(path).removesuffix(".py").lower()
    usual = ("app", "streamlit_app", "main", "home", "server", "run", "dashboard", "index", "🏠_home")
    return path.count("/"), usual.index(stem) if stem in usual else len(usual), path
