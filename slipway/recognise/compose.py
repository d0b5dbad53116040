"""The service of a compose file that is the app, and what stands beside it: https://docs.docker.com/reference/compose-file/."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

FILES = (
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "docker-compose.prod.yaml",
    "docker-compose.prod.yml",
    "docker-compose.production.yml",
)
"""What a compose file is called, the first that counts first."""
USUAL = ("web", "app", "api", "backend", "server", "django", "flask", "fastapi", "site")
"""What the service that answers requests is usually called."""
BESIDE = re.compile(r"nginx|traefik|caddy|haproxy|celery|worker|beat|flower|migrat|test|docs|front", re.IGNORECASE)
"""Names of services that are built too and are not the app."""
FOR_DEVELOPING = re.compile(r"dev|test|debug|local|base|build", re.IGNORECASE)
DEFAULT = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that is built."""

    name: str
    context: str = "."
    """The folder that its Dockerfile copies from, relative to the compose file."""
    dockerfile: str = ""
    """Relative to the context; "" where the usual name is meant."""
    target: str = ""
    command: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    """Where it listens inside."""
    beside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The other services, by name."""


def services_of(text: str) -> Mapping[str, Mapping[str, Any]]:
    """All services of a compose file. Raises :class:`yaml.YAMLError`."""
    document = yaml.safe_load(text)
    services = document.get("services") if isinstance(document, Mapping) else None
    return {str(name): one for name, one in (services or {}).items() if isinstance(one, Mapping)}


def app_service(text: str) -> Service | None:
    """The service that is the app: built here, and by its name or its ports the one that answers; None for none.

    Raises :class:`yaml.YAMLError`.
    """
    services = services_of(text)
    built = [name for name, service in services.items() if service.get("build")]
    if not built:
        return None
    ranked = sorted(
        built,
        key=lambda name: (
            bool(BESIDE.search(name)),
            not (services[name].get("ports") or services[name].get("expose")),
            USUAL.index(name) if name in USUAL else len(USUAL),
            built.index(name),
        ),
    )
    name = ranked[0]
    return _service(name, services[name], {key: one for key, one in services.items() if key != name})


def _service(name: str, service: Mapping[str, Any], beside: Mapping[str, Mapping[str, Any]]) -> Service:
    build = service.get("build")
    build = build if isinstance(build, Mapping) else {"context": str(build)}
    target = str(build.get("target") or "")
    return Service(
        name=name,
        context=posixpath.normpath(filled(str(build.get("context") or "."))),
        dockerfile=posixpath.normpath(filled(str(build["dockerfile"]))) if build.get("dockerfile") else "",
        target="" if FOR_DEVELOPING.search(filled(target)) else filled(target),
        command=_words(service.get("command")),
        env=_environment(service.get("environment")),
        ports=tuple(_ports(service.get("ports")) or _ports(service.get("expose"))),
        beside=beside,
    )


def filled(text: str) -> str:
    """A value with the defaults of its variables; one without a default is empty."""
    return DEFAULT.sub(lambda match: match[2] or "", text)


def _words(command: object) -> str:
    if isinstance(command, str):
        return " ".join(command.split())
    return shlex.join(map(str, command)) if isinstance(command, Sequence) else ""


def _environment(environment: object) -> dict[str, str]:
    """The variables with a value; those that are handed through from the shell have none."""
    if isinstance(environment, Mapping):
        pairs = [(str(name), value) for name, value in environment.items() if value is not None]
    elif isinstance(environment, Sequence) and not isinstance(environment, str):
        parts = (str(one).partition("=") for one in environment)
        pairs = [(name, value) for name, equals, value in parts if equals]
    else:
        return {}
    texts = ((name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in pairs)
    return {name: filled(value) for name, value in texts if filled(value) or not DEFAULT.search(value)}


def _ports(ports: object) -> list[int]:
    listed = ports if isinstance(ports, Sequence) and not isinstance(ports, str) else []
    values = [str(one.get("target", "")) if isinstance(one, Mapping) else filled(str(one)) for one in listed]
    matches = [re.search(r"(\d+)(?:/tcp)?$", value) for value in values]
    return [int(match[1]) for match in matches if match]
