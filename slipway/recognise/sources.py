"""What the Python files of an app define: apps, factories, functions, routes, what they read; by ``ast`` alone."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from slipway.bundle.entries import Interface
from slipway.recognise.frameworks import CONSTRUCTORS, METHODS, SERVING_CALLS, Framework

LIKE_A_FACTORY = re.compile(
    r"(?:create|make|build|get|init|setup)_?(?:app|application|server|api|wsgi\w*|asgi\w*)?|app_factory|main|factory"
)
ROUTE_CALLS = frozenset(
    {
        "route",
        "get",
        "add_url_rule",
        "add_route",
        "add_api_route",
        "add_get",
        "path",
        "re_path",
        "url",
        "api_route",
        "Route",
        "http_get",
    }
)


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


def read_module(path: str, text: str) -> Module:
    """What a file defines."""
    module = Module(path=path)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as wrong:
        module.broken = str(wrong)
        _by_pattern(module, text)
        return module
    _imports(module, tree)
    for node in _top(tree.body):
        _statement(module, node)
    for node in ast.walk(tree):
        _anywhere(module, node)
    module.creates_tables = any(map(_creates_tables, _serving(tree)))
    return module


def _serving(node: ast.AST) -> Iterator[ast.AST]:
    """What runs in an app that serves: nothing of a command, and nothing below ``__main__``."""
    for below in ast.iter_child_nodes(node):
        match below:
            case ast.If() if "__main__" in ast.dump(below.test):
                continue
            case ast.FunctionDef() if any("command" in ast.dump(one) for one in below.decorator_list):
                continue
            case _:
                yield below
                yield from _serving(below)


def _creates_tables(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("create_all", "create_tables")


def _by_pattern(module: Module, text: str) -> None:
    """The least that can be told of a file whose syntax this Python does not know."""
    for name, maker in re.findall(r"^(\w+)\s*(?::[^=\n]+)?=\s*([A-Za-z_][\w.]*)\(", text, re.MULTILINE):
        full = next(
            (constructor for constructor in CONSTRUCTORS if constructor.rpartition(".")[2] == maker.rpartition(".")[2]),
            None,
        )
        if full and re.search(rf"\b{full.partition('.')[0]}\b", text):
            module.things.append(Thing(name=name, line=0, framework=CONSTRUCTORS[full]))


def _imports(module: Module, tree: ast.Module) -> None:
    optional = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for below in ast.walk(node)
    }
    inside = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for below in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            for alias in node.names:
                module.imports[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                module.relative = True
            base = "." * node.level + (node.module or "")
            names = [] if node.level else [base]
            for alias in node.names:
                if alias.name == "*":
                    module.imports.update(_starred(base))
                    module.stars.append(base)
                module.imports[alias.asname or alias.name] = (
                    f"{base}.{alias.name}" if not base.endswith(".") else base + alias.name
                )
        else:
            continue
        module.absolute += names
        if id(node) in optional or id(node) in inside:
            module.guarded.update(name.partition(".")[0] for name in names)


def _starred(base: str) -> dict[str, str]:
    """The makers of apps that ``from PACKAGE import *`` brings."""
    return {
        constructor.rpartition(".")[2]: constructor
        for constructor in CONSTRUCTORS
        if constructor.rpartition(".")[0] == base
    }


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported, inside of conditions too; not below ``__main__``."""
    for node in body:
        if isinstance(node, ast.If) and "__main__" in ast.dump(node.test):
            yield node
            continue
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from _top(node.body)
            for name in ("orelse", "finalbody"):
                yield from _top(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _top(handler.body)


def _statement(module: Module, node: ast.stmt) -> None:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                if isinstance(names[0], ast.Name):
                    _assigned(module, names[0].id, value, node.lineno)
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            _assigned(module, name, value, node.lineno)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _function(module, node)
        case ast.ClassDef():
            _class(module, node)
        case ast.ImportFrom():
            for alias in node.names:
                base = "." * node.level + (node.module or "")
                if alias.name != "*" and (alias.asname or alias.name) in ("app", "application", "api", "server"):
                    module.things.append(
                        Thing(
                            name=alias.asname or alias.name,
                            line=node.lineno,
                            framework=UNKNOWN,
                            alias=(base, alias.name),
                        )
                    )
        case ast.If() if "__main__" in ast.dump(node.test):
            module.runs = True
        case ast.While(test=ast.Constant(value=True)):
            module.loops = module.runs = True
        case ast.Expr(value=ast.Call()):
            module.runs = True


UNKNOWN = Framework(name="", interface=Interface.wsgi)
GUESSED = Framework(name="an unknown framework", interface=Interface.wsgi)
"""Of what is called ``application`` and made by something else than a known framework."""


def _assigned(module: Module, name: str, value: ast.expr, line: int) -> None:
    if isinstance(value, ast.Call):
        if full_name(module, value.func) == "flask_sqlalchemy.SQLAlchemy":
            module.databases.append(name)
        if framework := made_by(module, value):
            module.things.append(Thing(name=name, line=line, framework=framework))
        elif isinstance(value.func, ast.Name):
            maker = next((thing for thing in module.things if thing.name == value.func.id), None)
            if maker is not None:
                module.things.append(Thing(name=name, line=line, framework=maker.framework))
            elif value.func.id in module.imports and LIKE_A_FACTORY.fullmatch(value.func.id):
                full = module.imports[value.func.id]
                base, _, last = full.rpartition(".")
                module.things.append(
                    Thing(name=name, line=line, framework=UNKNOWN, alias=(base or ".", last), made=True)
                )
            elif name in ("app", "application") and value.func.id in module.imports:
                base, _, last = module.imports[value.func.id].rpartition(".")
                module.things.append(
                    Thing(name=name, line=line, framework=UNKNOWN, alias=(base or ".", last), made=True)
                )
        elif name in ("app", "application") and value.args and isinstance(value.args[0], ast.Name):
            # A middleware around the app: app = CORSMiddleware(app, …).
            _renamed(module, name, value.args[0].id, line)
        if name == "application" and not any(thing.name == name for thing in module.things):
            module.things.append(Thing(name=name, line=line, framework=GUESSED))
    elif isinstance(value, ast.Name):
        _renamed(module, name, value.id, line)
    elif isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        binding = next((thing for thing in module.things if thing.name == value.value.id), None)
        if binding is not None and binding.framework.attribute == value.attr:
            plain = Framework(name=binding.framework.name, interface=binding.framework.interface)
            module.things.append(Thing(name=name, line=line, framework=plain))
    elif isinstance(value, ast.Lambda) and len(value.args.args) == 2 and value.args.args[0].arg == "environ":
        module.things.append(Thing(name=name, line=line, framework=PLAIN_WSGI))


def _returned(module: Module, name: str, line: int, base: str, last: str) -> None:
    """Note what an imported factory has returned."""
    module.things.append(Thing(name=name, line=line, framework=UNKNOWN, alias=(base or ".", last), made=True))


def _renamed(module: Module, name: str, other: str, line: int) -> None:
    binding = next((thing for thing in module.things if thing.name == other), None)
    if binding is not None:
        module.things.append(Thing(name=name, line=line, framework=binding.framework, alias=binding.alias, call=""))


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


OF_DJANGO = ("path", "re_path", "url")
"""How Django's lists of routes name one, without a slash at its start."""
CLASSES = {
    constructor.rpartition(".")[2]: framework
    for constructor, framework in CONSTRUCTORS.items()
    if constructor.rpartition(".")[2].lower() == framework.name
}
"""Classes whose name is their framework's."""
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

VIEWED_BY = frozenset({"aiohttp", "django", "pyramid", "rest_framework", "sanic", "starlette", "wsgiref"})
"""Packages whose views are functions of a request too."""


def _function(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    names = [argument.arg for argument in node.args.args]
    decorated = {full_name(module, one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list}
    if decorated & {"functions_framework.http", "functions_framework.cloud_event", "functions_framework.typed"}:
        module.things.append(Thing(name=node.name, line=node.lineno, framework=HTTP_FUNCTION))
    elif decorated & {"functions_framework.aio.http", "functions_framework.aio.cloud_event"}:
        module.things.append(Thing(name=node.name, line=node.lineno, framework=ASYNC_FUNCTION))
    elif "werkzeug.wrappers.Request.application" in decorated or names[:2] == ["environ", "start_response"]:
        module.things.append(Thing(name=node.name, line=node.lineno, framework=PLAIN_WSGI))
    elif names[:3] == ["scope", "receive", "send"] and isinstance(node, ast.AsyncFunctionDef):
        module.things.append(Thing(name=node.name, line=node.lineno, framework=PLAIN_ASGI))
    elif "functions_framework" not in {name.partition(".")[0] for name in module.absolute} and (
        len(names) >= 2 and names[0] in ("event", "_event") and names[1] in ("context", "_context", "ctx", "_")
    ):
        module.things.append(Thing(name=node.name, line=node.lineno, framework=LAMBDA))
    elif (framework := _made_inside(module, node)) is not None:
        needs = len(names) - len(node.args.defaults)
        needs += sum(default is None for default in node.args.kw_defaults)
        # Source: https://docs.pylonsproject.org/projects/pyramid/en/latest/narr/startup.html.
        paste = framework.name == "pyramid" and needs == 1 and node.args.kwarg is not None
        needs = 0 if paste else needs
        thing = Thing(name=node.name, line=node.lineno, framework=framework, call="()", needs=needs, settings=paste)
        module.things.append(thing)
    elif (
        names == ["request"]
        and not node.decorator_list
        and "/" not in module.path
        and not VIEWED_BY & {name.partition(".")[0] for name in module.absolute}
    ):
        module.things.append(Thing(name=node.name, line=node.lineno, framework=HTTP_FUNCTION))


def _made_inside(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Framework | None:
    """The framework of the app that a function makes and returns."""
    if isinstance(node, ast.AsyncFunctionDef):
        return None
    inner = Module(path=module.path, imports=dict(module.imports), absolute=module.absolute)
    for below in ast.walk(node):
        if isinstance(below, ast.ImportFrom):
            for alias in below.names:
                inner.imports[alias.asname or alias.name] = f"{below.module}.{alias.name}"
    frameworks: dict[str, Framework] = {}
    for below in ast.walk(node):
        if isinstance(below, ast.Assign | ast.AnnAssign) and isinstance(below.value, ast.Call):
            framework = made_by(inner, below.value)
            targets = below.targets if isinstance(below, ast.Assign) else [below.target]
            if framework is not None:
                frameworks.update({target.id: framework for target in targets if isinstance(target, ast.Name)})
    for below in ast.walk(node):
        if isinstance(below, ast.Return):
            if isinstance(below.value, ast.Name) and below.value.id in frameworks:
                return frameworks[below.value.id]
            if isinstance(below.value, ast.Call):
                if framework := made_by(inner, below.value):
                    return framework
                if isinstance(below.value.func, ast.Name) and (maker := _factory(module, below.value.func.id)):
                    return maker.framework
                first = below.value.args[0] if below.value.args else None
                if isinstance(first, ast.Name) and first.id in frameworks:
                    return frameworks[first.id]
    return _declared(module, node)


def _declared(module: Module, node: ast.FunctionDef) -> Framework | None:
    """The framework whose class a function is annotated to return: by its whole name, or by a class of that name."""
    returns = node.returns
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        full = module.imports.get(returns.value, returns.value)
    else:
        full = full_name(module, returns) if returns is not None else ""
    if full in CONSTRUCTORS:
        return CONSTRUCTORS[full]
    # The app's own modules hand some frameworks on: from .compatible import Bottle.
    named = CLASSES.get(full.rpartition(".")[2])
    return named if named and "." in full else None


def _factory(module: Module, name: str) -> Thing | None:
    """The factory of the module that is called so."""
    return next((thing for thing in module.things if thing.name == name and thing.call == "()"), None)


def _class(module: Module, node: ast.ClassDef) -> None:
    bases = [CONSTRUCTORS.get(full_name(module, base)) for base in node.bases]
    framework = next((base for base in bases if base is not None), None)
    for below in node.body:
        if isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef) and below.name == "__call__":
            names = [argument.arg for argument in below.args.args]
            framework = PLAIN_WSGI if len(names) == 3 and "environ" in names[1] else framework
            framework = PLAIN_ASGI if names[1:4] == ["scope", "receive", "send"] else framework
    if framework is not None:
        # Its instances are apps; what the class itself needs is not known.
        module.things.append(Thing(name=node.name, line=node.lineno, framework=framework, call="()", needs=OF_A_CLASS))


def _anywhere(module: Module, node: ast.AST) -> None:
    match node:
        case ast.Call():
            _called(module, node)
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if isinstance(node.ctx, ast.Load):
            if full_name(module, value) == "os.environ":
                module.required.append((name, node.lineno))
        case ast.While(test=ast.Constant(value=True)):
            module.loops = True
        case ast.ClassDef() if any(full_name(module, base).endswith("BaseSettings") for base in node.bases):
            prefix = _prefix_of_settings(node)
            for below in node.body:
                match below:
                    case ast.AnnAssign(target=ast.Name(id=name), value=None) if not name.startswith("model_"):
                        module.required.append((f"{prefix}{name}".upper(), below.lineno))
                    case _:
                        pass
        case ast.BinOp(left=ast.Constant(value=str(text)), right=path) if re.fullmatch(r"sqlite[+\w]*:/{3,4}", text):
            # 'sqlite:///' + os.path.join(here, 'shop.db'): in the app's folder, as far as it can be read.
            names = [
                one.value for one in ast.walk(path) if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            module.texts.append((f"sqlite:///{names[-1] if names else ''}", node.lineno))
        case ast.BoolOp(op=ast.Or(), values=[ast.Call(args=[ast.Constant(value=str(text))]) as asked, *_]):
            if full_name(module, asked.func) in ("os.getenv", "os.environ.get"):
                module.defaults.add(text)
        case ast.Constant(value="PORT"):
            module.reads_port = True
        case ast.Constant(value=str(text)) if len(text) < 300:
            if text.startswith("sqlite") and ":///" in text and ":memory:" not in text and len(text) > 10:
                module.texts.append((text, node.lineno))
            elif text == "django.contrib.staticfiles":
                module.static_files = module.static_files or node.lineno
            elif text == "django.db.backends.sqlite3":
                module.texts.append(("sqlite:///db.sqlite3", node.lineno))
        case ast.Assign(targets=[ast.Name(id="ALLOWED_HOSTS")], value=value):
            module.hosts = _variable_in(value)
        case ast.Assign(targets=[ast.Name(id="MEDIA_ROOT" | "UPLOAD_FOLDER" as name)]):
            module.texts.append((name, node.lineno))
        case _:
            pass


def _called(module: Module, node: ast.Call) -> None:
    name = full_name(module, node.func)
    last = name.rpartition(".")[2]
    module.calls.add(last)
    first = node.args[0] if node.args else None
    text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    if last in ROUTE_CALLS and text is not None and (text.startswith("/") or last in OF_DJANGO):
        plain = text if last == "path" else text.removeprefix("^").removesuffix("$")
        match node.args[1:2]:
            case [ast.Call(func=ast.Name(id="include"), args=[ast.Constant(value=str(below)), *_])]:
                module.includes.append((plain, below))
            case _ if _is_open(node):
                module.routes.append((plain, node.lineno))
            case _:
                pass
    if name == "decouple.config" and text is not None and len(node.args) == 1 and not _has(node, "default"):
        module.required.append((text, node.lineno))
    if name in ("os.getenv", "os.environ.get") and text:
        if len(node.args) == 1 or _is_empty(node.args[1]):
            module.optional.append((text, node.lineno))
        else:
            module.defaults.add(text)
    if name in ("tornado.options.define", "define") and text is not None:
        module.options.add(text)
    if last in ADDS_ARGUMENT and (argument := _long_option(node)):
        module.arguments[argument] = _is_required(node)
    if name == "sqlite3.connect" and text not in (None, ":memory:"):
        module.texts.append((f"sqlite:///{text}", node.lineno))
    if name in ("uvicorn.run", "hypercorn.run") and text and ":" in text:
        module.served_by = text
    if last in ("run", "run_app", "listen", "launch"):
        ports = [_number(one.value) for one in node.keywords if one.arg in ("port", "server_port")]
        module.port = next(iter(ports), 0) or module.port


def _is_empty(default: ast.expr) -> bool:
    """Whether a default is none."""
    return isinstance(default, ast.Constant) and default.value in (None, "")


def _prefix_of_settings(node: ast.ClassDef) -> str:
    """What the variables of a class of pydantic's settings begin with."""
    for below in ast.walk(node):
        match below:
            case ast.keyword(arg="env_prefix", value=ast.Constant(value=str(prefix))):
                return prefix
            case ast.Assign(targets=[ast.Name(id="env_prefix")], value=ast.Constant(value=str(prefix))):
                return prefix
            case _:
                pass
    return ""


ADDS_ARGUMENT = ("add_argument", "add_value_provider_argument")
"""As argparse and Beam's options call it."""


def _long_option(call: ast.Call) -> str:
    """The first option of a call that has two hyphens, without them; "" where it has none."""
    texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return next((text.removeprefix("--") for text in texts if text.startswith("--")), "")


def _is_required(call: ast.Call) -> bool:
    """Whether the parser refuses a command line without it."""
    return any(
        one.arg == "required" and isinstance(one.value, ast.Constant) and one.value.value is True
        for one in call.keywords
    )


def _is_open(route: ast.Call) -> bool:
    """Whether a route takes a plain GET: it names no other methods alone, and asks for no authorisation."""
    for keyword in route.keywords:
        match keyword:
            case ast.keyword(arg="methods", value=ast.List(elts=methods) | ast.Tuple(elts=methods)):
                values = {one.value for one in methods if isinstance(one, ast.Constant)}
                if "GET" not in values:
                    return False
            case ast.keyword(arg="authorizer"):
                return False
            case _:
                pass
    return True


def _variable_in(value: ast.expr) -> str:
    """The environment variable that an expression reads, by whatever function; "" where it reads none."""
    for below in ast.walk(value):
        match below:
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if name.isupper():
                return name
            case ast.Subscript(slice=ast.Constant(value=str(name))) if name.isupper():
                return name
            case _:
                pass
    return ""


def _has(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name for keyword in call.keywords)


def _number(node: ast.expr) -> int:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else 0


def serves(module: Module, package: str) -> bool:
    """Whether a file that imports ``package`` serves by it when it is run."""
    needed = SERVING_CALLS.get(package)
    return package in {name.partition(".")[0] for name in module.absolute} and (
        needed is None or needed in module.calls
    )
