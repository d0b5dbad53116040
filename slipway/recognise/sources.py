"""What the Python files of an app define at their top: apps, factories, functions; by ``ast`` alone."""

import ast
import re
from collections.abc import Iterator

from slipway.recognise.calls import read_anywhere
from slipway.recognise.frameworks import CONSTRUCTORS, Framework
from slipway.recognise.module import (
    ASYNC_FUNCTION,
    GUESSED,
    HTTP_FUNCTION,
    LAMBDA,
    OF_A_CLASS,
    PLAIN_ASGI,
    PLAIN_WSGI,
    UNKNOWN,
    Module,
    Thing,
    full_name,
    made_by,
)

LIKE_A_FACTORY = re.compile(
    r"(?:create|make|build|get|init|setup)_?(?:app|application|server|api|wsgi\w*|asgi\w*)?|app_factory|main|factory"
)


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
        read_anywhere(module, node)
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
            elif value.func.id in module.imports and (
                LIKE_A_FACTORY.fullmatch(value.func.id) or name in ("app", "application")
            ):
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


def _renamed(module: Module, name: str, other: str, line: int) -> None:
    binding = next((thing for thing in module.things if thing.name == other), None)
    if binding is not None:
        module.things.append(Thing(name=name, line=line, framework=binding.framework, alias=binding.alias, call=""))


CLASSES = {
    constructor.rpartition(".")[2]: framework
    for constructor, framework in CONSTRUCTORS.items()
    if constructor.rpartition(".")[2].lower() == framework.name
}
"""Classes whose name is their framework's."""
VIEWED_BY = frozenset({"aiohttp", "django", "pyramid", "rest_framework", "sanic", "starlette", "wsgiref"})
"""Packages whose views are functions of a request too."""


MAKES_TABLES = re.compile(
    r"(?:init|initiali[sz]e|create|setup|make)_?(?:db|database|tables?|schema)|(?:db|database)_?(?:init|create|setup)",
    re.IGNORECASE,
)
"""Names of functions and commands that make an app's tables."""


def _setup(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Note a function, or a command of Flask's, that makes the tables and needs nothing for it."""
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="command"), args=arguments):
                first = arguments[0] if arguments else None
                named = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
                name = named or node.name.removesuffix("_command").replace("_", "-")
                if MAKES_TABLES.fullmatch(name.replace("-", "_")):
                    module.setups.append((name, node.name))
            case _:
                pass
    if (
        not node.decorator_list
        and isinstance(node, ast.FunctionDef)
        and MAKES_TABLES.fullmatch(node.name)
        and len(node.args.args) == len(node.args.defaults)
    ):
        module.setups.append(("", node.name))


def _function(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    _setup(module, node)
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
    # A function may also put together the app that its module has made.
    frameworks = {one.name: one.framework for one in module.things if one.framework.name and not one.call}
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
