"""What the code of an app does wherever it stands: routes, variables, options, databases, ports."""

import ast
import re

from slipway.recognise.module import Module, full_name

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
OF_DJANGO = ("path", "re_path", "url")
"""How Django's lists of routes name one, without a slash at its start."""


def read_anywhere(module: Module, node: ast.AST) -> None:
    """Note what a node of the syntax tree says, wherever it stands."""
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
    if name == "nanodjango.Django" and any(one.startswith("django.db") for one in module.imports.values()):
        files = [
            one.value.value
            for one in node.keywords
            if one.arg == "SQLITE_DATABASE" and isinstance(one.value, ast.Constant)
        ]
        module.texts.append((f"sqlite:///{next(iter(files), 'db.sqlite3')}", node.lineno))
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
