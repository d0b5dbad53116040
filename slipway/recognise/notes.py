"""What files for other tools say of an app: how it starts, on which Python, with which variables."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from slipway.bundle.dockerfiles import last_stage
from slipway.bundle.entries import Interface
from slipway.bundle.known_bases import known_base
from slipway.catalog.offers import PYTHONS
from slipway.catalog.successors import FIRST_GENERATION
from slipway.recognise import compose
from slipway.recognise.findings import Finding, Sure
from slipway.recognise.ports import port_of

DOCKERFILE = "Dockerfile"
Read = Callable[[str], str | None]
RUNTIMES = tuple(f"python{version.replace('.', '')}" for version in PYTHONS)
"""App Engine's runtimes that are maintained, as an ``app.yaml`` calls them."""


@dataclass(kw_only=True)
class Notes:
    """What was read."""

    target: str = ""
    """The stage of the Dockerfile that is built; "" for the last."""
    starts: list[tuple[str, str, int]] = field(default_factory=list)
    """(command, file, line) of the process that answers requests."""
    handlers: list[tuple[str, str, int]] = field(default_factory=list)
    """(module.function, file, line) of Lambda functions."""
    layers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Handler -> the folders of its layers, which are on Python's path too."""
    worker: str = ""
    release: str = ""
    python: list[tuple[str, str, int]] = field(default_factory=list)
    """(version, file, line)."""
    env: dict[str, str] = field(default_factory=dict)
    static: dict[str, str] = field(default_factory=dict)
    listens: int = 0
    """The port that a Dockerfile's command names."""
    image_command: str = ""
    """What a compose file starts in an image whose Dockerfile says nothing of that."""
    services: tuple[tuple[str, str], ...] = ()
    """(name, image) of what a compose file starts beside the app."""
    starts_itself: bool = True
    """Whether the Dockerfile says what is started, or what its entry point is told."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a Dockerfile's ENV sets."""
    port: int = 0
    """The port that a Dockerfile or a compose file exposes."""
    exposes: bool = False
    """Whether a Dockerfile says that something listens."""
    health: str = ""
    entries: list[tuple[str, str, int]] = field(default_factory=list)
    """(module:app, file, line), said without a command."""
    findings: list[Finding] = field(default_factory=list)
    ended_runtime: str = ""
    """The runtime of App Engine's first generation that an app.yaml names."""
    problems: list[str] = field(default_factory=list)


def notes_of(read: Read, files: frozenset[str], *, dockerfile: str = DOCKERFILE, target: str = "") -> Notes:
    """What the files state that are there. A file that cannot be read is named among the problems."""
    notes = Notes(target=target)
    readers = {dockerfile if name == DOCKERFILE else name: reader for name, reader in READERS.items()}
    for name, reader in readers.items():
        text = read(name) if name in files else None
        if text is None:
            continue
        try:
            reader(notes, text, name)
        except (ValueError, TypeError, AttributeError, LookupError, yaml.YAMLError) as wrong:
            notes.problems.append(f"{name} cannot be read: {' '.join(str(wrong).split())[:120]}")
    return notes


def _procfile(notes: Notes, text: str, name: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"([\w-]+):\s*(\S.*)", line)
        if match is None:
            continue
        process, command = match[1], match[2].strip()
        if process == "web":
            notes.starts.append((command, name, number))
        elif process == "release":
            notes.release = command
            notes.findings.append(Finding(subject="release", value=command, file=name, line=number))
        else:
            notes.worker = notes.worker or command
            notes.findings.append(Finding(subject="worker", value=command, file=name, line=number))


def _app_yaml(notes: Notes, text: str, name: str) -> None:
    document = yaml.safe_load(text) or {}
    runtime = str(document.get("runtime", ""))
    if match := re.fullmatch(r"python3(\d+)", runtime):
        notes.python.append((f"3.{match[1]}", name, _line(text, "runtime")))
    elif runtime and runtime != "python3":
        if runtime in FIRST_GENERATION:
            notes.ended_runtime = runtime
            notes.problems.append(
                f"{name} names the runtime {runtime!r} of App Engine's first generation, which has ended: "
                f"choose one of {', '.join(RUNTIMES)}"
            )
        else:
            notes.problems.append(f"{name} names the runtime {runtime!r}, which is no Python that is maintained")
    if entrypoint := document.get("entrypoint"):
        notes.starts.append((str(entrypoint), name, _line(text, "entrypoint")))
    for variable, value in (document.get("env_variables") or {}).items():
        notes.env[str(variable)] = str(value)
    for handler in document.get("handlers") or ():
        if folder := handler.get("static_dir"):
            url = str(handler.get("url", "")).rstrip("/")
            notes.static[f"{url}/"] = str(folder)
            notes.findings.append(Finding(subject="static", value=f"{url}/ from {folder}", file=name))
    for key, value in document.items():
        if key in (
            "automatic_scaling",
            "basic_scaling",
            "manual_scaling",
            "instance_class",
            "service",
            "vpc_access",
            "vpc_access_connector",
        ):
            shown = ", ".join(f"{one}: {of}" for one, of in value.items()) if isinstance(value, Mapping) else str(value)
            notes.findings.append(Finding(subject=key.replace("_", " "), value=shown, file=name, line=_line(text, key)))
    for key in ("inbound_services", "error_handlers", "build_env_variables", "beta_settings"):
        if key in document:
            notes.problems.append(f"{name} has {key}, which the stack's settings do not have: it is left out")


def _dockerfile(notes: Notes, text: str, name: str) -> None:
    stage = last_stage(text, notes.target)
    base = known_base(stage.image)
    if match := re.search(r"python:?(?:\d+-)?(3\.\d+)", stage.image):
        line = next((number for number, row in enumerate(text.splitlines(), 1) if match[0] in row), 0)
        notes.python.append((match[1], name, line))
    if stage.command:
        notes.starts.append((stage.command, name, stage.line))
    served = base.port if base is not None and not stage.command else 0
    notes.starts_itself = bool(stage.cmd or served)
    notes.exposes = stage.exposes or bool(served)
    notes.health = stage.health or notes.health
    notes.listens = port_of(stage.command, stage.env)
    notes.variables = stage.env
    notes.port = stage.port or served
    if port := notes.listens or notes.port:
        line = stage.line if notes.listens else stage.port_line
        notes.findings.append(Finding(subject="port", value=str(port), file=name, line=line))
    if stage.user:
        notes.findings.append(Finding(subject="user", value=stage.user, file=name, line=stage.user_line))


def _python_version(notes: Notes, text: str, name: str) -> None:
    if match := re.search(r"(?:python-)?(3\.\d+)", text):
        notes.python.append((match[1], name, 1))


def _pyproject(notes: Notes, text: str, name: str) -> None:
    document = tomllib.loads(text)
    tool = document.get("tool", {})
    if entry := tool.get("fastapi", {}).get("entrypoint"):
        notes.entries.append((entry, name, _line(text, "entrypoint")))


def _template(notes: Notes, text: str, name: str) -> None:
    """AWS SAM: functions with a handler and the folder of their code."""
    document = yaml.load(text, _Tolerant) or {}  # noqa: S506 - a safe loader that passes over CloudFormation's tags
    shared = (document.get("Globals") or {}).get("Function") or {}
    resources = document.get("Resources") or {}
    layers = {
        _Name(key): _folder((one.get("Properties") or {}).get("ContentUri"))
        for key, one in resources.items()
        if one.get("Type") in ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion")
    }
    for resource in resources.values():
        if resource.get("Type") not in ("AWS::Serverless::Function", "AWS::Lambda::Function"):
            continue
        properties = {**shared, **(resource.get("Properties") or {})}
        if str(properties.get("Runtime", "python")).startswith("python") and (handler := properties.get("Handler")):
            folder = _folder(properties.get("CodeUri"))
            handler = f"{folder}/{handler}" if folder else handler
            notes.handlers.append((handler, name, _line(text, "Handler")))
            used = [layers.get(one, "") for one in properties.get("Layers") or () if isinstance(one, _Name)]
            notes.layers[handler] = tuple(filter(None, used))
            if version := re.fullmatch(r"python(3\.\d+)", str(properties.get("Runtime", ""))):
                notes.python.append((version[1], name, _line(text, "Runtime")))
            _variables(notes, (properties.get("Environment") or {}).get("Variables"))


def _folder(address: object) -> str:
    """A folder of the app as a template names it; "" for the app's own, and for one in a bucket."""
    text = address.strip("/").removeprefix("./") if isinstance(address, str) else ""
    return "" if text == "." or ":" in text else text


def _serverless(notes: Notes, text: str, name: str) -> None:
    document = yaml.load(text, _Tolerant) or {}  # noqa: S506 - a safe loader that passes over tags
    provider = document.get("provider") or {}
    if version := re.fullmatch(r"python(3\.\d+)", str(provider.get("runtime", ""))):
        notes.python.append((version[1], name, _line(text, "runtime")))
    _variables(notes, provider.get("environment"))
    for function in (document.get("functions") or {}).values():
        if handler := function.get("handler"):
            handler = handler.replace("/", ".")
            if handler == "wsgi_handler.handler" and (app := (document.get("custom") or {}).get("wsgi", {}).get("app")):
                notes.entries.append((app.rpartition(".")[0].replace("/", ".") + ":" + app.rpartition(".")[2], name, 0))
            else:
                notes.handlers.append((handler, name, _line(text, "handler")))


def _zappa(notes: Notes, text: str, name: str) -> None:
    stages = json.loads(text)
    for stage in stages.values():
        if app := stage.get("app_function"):
            notes.entries.append(
                (app.rpartition(".")[0] + ":" + app.rpartition(".")[2], name, _line(text, "app_function"))
            )
        if version := re.fullmatch(r"python(3\.\d+)", str(stage.get("runtime", ""))):
            notes.python.append((version[1], name, _line(text, "runtime")))
        _variables(notes, stage.get("environment_variables"))
        return


def _chalice(notes: Notes, text: str, name: str) -> None:
    document = json.loads(text)
    _variables(notes, document.get("environment_variables"))
    notes.findings.append(Finding(subject="chalice", value=str(document.get("app_name", "")), file=name))


def _compose(notes: Notes, text: str, name: str) -> None:
    services = compose.services_of(text)
    built = [key for key, service in services.items() if "build" in service]
    others = [key for key in services if key not in built]
    if others:
        notes.problems.append(
            f"{name} has {', '.join(others)} beside the app: Slipway brings the app alone, declare what it needs"
        )
    service = compose.app_service(text)
    if service is None:
        return
    beside = {key: str(one.get("image") or "") for key, one in service.beside.items()}
    notes.services = notes.services or tuple(beside.items())
    if service.command:
        notes.starts.append((service.command, name, _line(text, "command")))
        if not notes.starts_itself and not notes.image_command:
            notes.image_command = service.command
            notes.exposes = True
            notes.listens = port_of(service.command, {**notes.variables, **service.env})
    elsewhere = [key for key, value in service.env.items() if _is_at(value, {*beside})]
    if elsewhere:
        notes.problems.append(
            f"{name} sets {', '.join(elsewhere)} for its own services: left out, set what the app needs"
        )
    _variables(notes, {key: value for key, value in service.env.items() if key not in elsewhere})
    if service.ports:
        notes.port = notes.port or service.ports[0]


def _is_at(value: str, services: set[str]) -> bool:
    """Whether a value is the address of a service beside the app, which is there under its name alone."""
    names = "|".join(map(re.escape, sorted(services)))
    return bool(names) and bool(re.search(rf"(?:^|//|@)(?:{names})(?:[:/,]|$)", value))


def _ebextensions(notes: Notes, text: str, name: str) -> None:
    document = yaml.safe_load(text) or {}
    options = document.get("option_settings") or {}
    if not isinstance(options, Mapping):
        options = {one.get("namespace"): {one.get("option_name"): one.get("value")} for one in options}
    path = (options.get("aws:elasticbeanstalk:container:python") or {}).get("WSGIPath")
    if path:
        path = path.replace(".py", "").replace("/", ".")
        notes.entries.append((path if ":" in path else f"{path}:application", name, _line(text, "WSGIPath")))
    _variables(notes, options.get("aws:elasticbeanstalk:application:environment"))
    for key in document:
        if key in ("packages", "commands", "files", "container_commands", "services"):
            notes.problems.append(
                f"{name} has {key}, which is Beanstalk's own: it goes with the bundle there, and nowhere else"
            )


def _flaskenv(notes: Notes, text: str, name: str) -> None:
    if match := re.search(r"^\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([^\s\"'#]+)", text, re.MULTILINE):
        notes.entries.append((match[1], name, text[: match.start()].count("\n") + 1))


def _variables(notes: Notes, properties: object) -> None:
    if isinstance(properties, Mapping):
        notes.env.update(
            {str(key): str(value) for key, value in properties.items() if isinstance(value, str | int | float | bool)}
        )


@dataclass(frozen=True)
class _Name:
    """The name of another resource of a template, as ``!Ref Table``."""

    text: str


class _Tolerant(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (``!Ref``), which are read as plain values."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401
    if isinstance(node, yaml.ScalarNode):
        return _Name(str(node.value)) if suffix == "Ref" else None
    return None if isinstance(node, yaml.SequenceNode) else {}


_Tolerant.add_multi_constructor("!", _plain)


def _line(text: str, key: str) -> int:
    match = re.search(rf"^[\s\"'-]*{re.escape(key)}[\"']?\s*[:=]", text, re.MULTILINE)
    return text[: match.end()].count("\n") + 1 if match else 0


READERS: Mapping[str, Callable[[Notes, str, str], None]] = {
    "Procfile": _procfile,
    "app.yaml": _app_yaml,
    "app.yml": _app_yaml,
    "template.yaml": _template,
    "template.yml": _template,
    "serverless.yml": _serverless,
    "serverless.yaml": _serverless,
    "zappa_settings.json": _zappa,
    ".chalice/config.json": _chalice,
    ".ebextensions/python.config": _ebextensions,
    ".ebextensions/01_flask.config": _ebextensions,
    ".ebextensions/django.config": _ebextensions,
    "pyproject.toml": _pyproject,
    ".flaskenv": _flaskenv,
    ".python-version": _python_version,
    "runtime.txt": _python_version,
    DOCKERFILE: _dockerfile,
    **dict.fromkeys(compose.FILES, _compose),
}
"""File -> what reads it, in the order in which they count."""

_GUNICORN_LIKE = re.compile(r"(?:^|[\s;&|/])(gunicorn|uvicorn|hypercorn|daphne|waitress-serve|granian|uwsgi|gevent)\b")
_NAMED = re.compile(r"(?:^|\s)(?:--wsgi-file[= ])?[\"']?([A-Za-z_][\w.]*:[A-Za-z_][\w.]*(?:\([^)]*\))?)[\"']?(?=\s|$)")


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a command starts: an ``entry``, or a ``file`` that serves when it is run."""

    entry: str = ""
    folder: str = ""
    interface: Interface | None = None
    file: str = ""


def start_of(command: str) -> Start | None:
    """What a command starts; None for one that is none of a web server's."""
    folder = ""
    if match := re.search(r"(?:--chdir|--app-dir|--pythonpath)[= ]+(\S+)|(?:^|&&\s*)cd\s+(\S+)\s*&&", command):
        folder = (match[1] or match[2]).strip("\"'/").removeprefix("./")
    if match := re.search(r"flask\s+(?:--app|-A)[= ]+([^\s\"']+)", command):
        return Start(entry=match[1], folder=folder, interface=Interface.wsgi)
    if match := re.search(r"functions-framework.*--target[= ]+(\w+)(?:.*--source[= ]+(\S+))?", command):
        return Start(
            entry=f"functions_framework:create_app({match[1]!r}, {match[2] or 'main.py'!r})", interface=Interface.wsgi
        )
    if match := re.search(r"streamlit\s+run\s+([^\s\"']+\.py)", command):
        return Start(file=match[1], interface=Interface.command)
    if match := re.search(r"fastapi\s+(?:run|dev)\s+([^\s\"']+\.py)", command):
        return Start(file=match[1], interface=Interface.asgi)
    server = _GUNICORN_LIKE.search(command)
    if server is not None:
        rest = command[server.end() :]
        asgi = server[1] in ("uvicorn", "hypercorn", "daphne") or "uvicorn" in rest or "--interface asgi" in rest
        if match := _NAMED.search(rest):
            called = ("--factory" in rest or "--call" in rest) and "(" not in match[1]
            entry = match[1] + ("()" if called else "")
            return Start(entry=entry, folder=folder, interface=Interface.asgi if asgi else Interface.wsgi)
        words = [word.strip("\"'") for word in rest.split() if re.fullmatch(r"[\"']?[A-Za-z_]\w*(\.\w+)*[\"']?", word)]
        if words and server[1] == "gunicorn":
            return Start(entry=f"{words[-1]}:application", folder=folder, interface=Interface.wsgi)
    if match := re.search(
        r"(?:^|[\s/])python3?(?:\.\d+)?\s+(?:-u\s+)?([\w./-]+\.py)\b(?!\s+(?:migrate|collectstatic))", command
    ):
        return Start(file=match[1].removeprefix("./"), folder=folder)
    if match := re.search(r"(?:^|[\s/])python3?(?:\.\d+)?\s+(?:-u\s+)?-m\s+([\w.]+)", command):
        return Start(file=match[1].replace(".", "/") + ".py", folder=folder)
    return None


def said_by(notes: Notes) -> Iterator[tuple[Start, str, int]]:
    """What the notes say is started, the first that counts first."""
    for command, file, line in notes.starts:
        if (start := start_of(command)) is not None:
            yield start, file, line
    for entry, file, line in notes.entries:
        yield Start(entry=entry), file, line


CERTAIN = Sure.certain
