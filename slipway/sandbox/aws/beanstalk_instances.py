"""The one instance of an environment: its bundle, unpacked and run as its Procfile says.

bundle -> unpacked -> requirements -> `web` of the Procfile on a free port -> answers, and only then the old one ends
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from slipway.bundle.interpreters import OWN
from slipway.sandbox.aws import beanstalk_settings as settings
from slipway.sandbox.aws import container_commands
from slipway.sandbox.handler import Props
from slipway.sandbox.running import entrance, restarts, web
from slipway.sandbox.running.entrance import Way
from slipway.sandbox.running.requirements import UninstallableError, environment
from slipway.sandbox.running.unpack import HostileZipError, unpack
from slipway.sandbox.services import files, ports, processes, registry
from slipway.sandbox.stores.beanstalk import Thing, opened, path_of

PREFIX = "beanstalk:"
"""Begins an instance's name in the registry: ``beanstalk:ENVIRONMENT_ID/INSTANCE_ID``."""
SUFFIX = "elasticbeanstalk.localhost"
"""Beanstalk's ``elasticbeanstalk.com``, on this machine: names below ``localhost`` are its own (RFC 6761)."""
PORT = re.compile(r"(?:8000(?!\d)|\$\{?PORT\b)")
"""Where the platform's proxy looks for the app, behind an address in a Procfile."""
FIXED = re.compile(r"(?:(?<=:)|(?<=--port[ =]))8000(?!\d)")
"""The same as a number: all environments share this machine, so each gets another."""
DEFAULT = "gunicorn --bind 127.0.0.1:8000 {entry}"
"""What the platform runs without a Procfile:
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/python-configuration-procfile.html."""


@dataclass(frozen=True)
class Instance:
    """Where an environment's files are and where it answers."""

    id: str
    port: int


def log_path(state_folder: Path, environment_name: str) -> Path:
    """The file that an environment's instances write to, one after the other."""
    return registry.folder(state_folder) / "logs" / f"beanstalk.{environment_name}.log"


def folder_of(state_folder: Path, environment_id: str, instance: str = "") -> Path:
    """Where the files of an environment's instance lie; those of all its instances."""
    return registry.folder(state_folder) / "beanstalk" / environment_id / instance


def deploy(state_folder: Path, name: str, body: Props, bundle: bytes, secrets_read: Mapping[str, str]) -> str:
    """Start a new instance of an environment beside the present one; its id. Raises ``web.FailedStartError``.

    ``secrets_read`` are the variables that it has read from secrets; it does not read them again.
    """
    instance = f"i-{secrets.token_hex(8)}{secrets.token_hex(1)[0]}"
    target = folder_of(state_folder, body["id"], instance)
    try:
        unpack(bundle, target)
        if secrets_read:
            private = os.open(_secrets_of(target), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(private, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a file that is open
                file.write(json.dumps(secrets_read))
        start(state_folder, name, body, instance, deploying=True)
    except HostileZipError as error:
        files.remove(target)
        raise web.FailedStartError(str(error)) from error
    except web.FailedStartError:
        end(state_folder, body["id"], instance)
        raise
    return instance


def start(state_folder: Path, name: str, body: Props, instance: str, *, deploying: bool = False) -> None:
    """Start an instance whose files are there; ``deploying`` runs its container commands first.

    Raises ``web.FailedStartError``.
    """
    source = folder_of(state_folder, body["id"], instance)
    options = settings.options(body)
    command = _command(source, options)
    try:
        installed = environment(state_folder, source, needs_gunicorn=True, python=_python(body))
    except UninstallableError as error:
        raise web.FailedStartError(f"requirements.txt does not install:\n{error}") from error

    def at(port: int) -> web.WebApp:
        return web.WebApp(
            name=name_of(body["id"], instance),
            command=FIXED.sub(str(port), web.on_loopback(command, PORT)),
            said=f"web process `{command}`",
            remedy="Bind to 127.0.0.1:8000 in the Procfile",
            source=source,
            installed=installed,
            port=port,
            log=log_path(state_folder, name),
            variables={**settings.properties(options), **_read_secrets(source)},
        )

    if deploying:
        container_commands.run(state_folder, at(ports.choose_one()))
    web.launch_anywhere(state_folder, at)


def _secrets_of(source: Path) -> Path:
    """Where an instance's variables are that it has read from secrets: beside its files, where the app does not see."""
    return source.with_name(f"{source.name}.secrets")


def _read_secrets(source: Path) -> dict[str, str]:
    try:
        return json.loads(_secrets_of(source).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _python(body: Props) -> str:
    """The Python of an environment's platform: ``3.13`` of ``64bit Amazon Linux 2023 v4.13.1 running Python 3.13``."""
    _, running, version = str(body.get("solutionStackName", "")).rpartition(" running Python ")
    return version if running else OWN


def end(state_folder: Path, environment_id: str, instance: str, *, drain: bool = False) -> None:
    """End an instance and remove its files; ``drain`` lets it answer its requests first."""
    with restarts.alone(state_folder, name_of(environment_id, instance)):
        web.end(state_folder, name_of(environment_id, instance), drain=drain)
        files.remove(folder_of(state_folder, environment_id, instance))
        _secrets_of(folder_of(state_folder, environment_id, instance)).unlink(missing_ok=True)


def name_of(environment_id: str, instance: str) -> str:
    """An instance in the sandbox's registry of services."""
    return f"{PREFIX}{environment_id}/{instance}"


def running(state_folder: Path, environment_id: str, instances: list[str]) -> list[Instance]:
    """Those of an environment's instances that run."""
    services = registry.load(state_folder)
    result = ((one, services.get(name_of(environment_id, one))) for one in instances)
    return [Instance(one, service.port) for one, service in result if service and service.process.alive]


def forget(state_folder: Path) -> None:
    """Drop every environment with what it runs, where the emulator of the account they are in has lost everything."""
    ours = [service for name, service in registry.load(state_folder).items() if name.startswith(PREFIX)]
    processes.end([service.process for service in ours])
    for service in ours:
        web.end(state_folder, service.name)
    files.remove(folder_of(state_folder, ""))
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path_of(state_folder)}{suffix}").unlink(missing_ok=True)


def revive(state_folder: Path, pool: ThreadPoolExecutor) -> list[str]:
    """Start the instances whose processes have ended, as after a reboot; the names of those that run again."""
    store = opened(state_folder)
    if store is None:
        return []

    def again(thing: Thing) -> list[str]:
        body, alive = thing.body, running(state_folder, thing.body["id"], thing.body["instances"])
        dead = [one for one in body["instances"] if one not in {instance.id for instance in alive}]
        return [name_of(body["id"], one) for one in dead if start_again(state_folder, name_of(body["id"], one))]

    return [name for names in pool.map(again, store.all("environment")) for name in names]


def start_again(state_folder: Path, name: str) -> bool:
    """Start an instance whose process has ended, with its files there; whether it runs then."""
    with restarts.alone(state_folder, name):
        thing = _declared(state_folder).get(name)
        service = registry.load(state_folder).get(name)
        if thing is None or (service and service.process.alive):
            return False
        return _started(state_folder, thing, name.rsplit("/", 1)[-1])


def _declared(state_folder: Path) -> dict[str, Thing]:
    """The environments, by the names of their instances in the registry."""
    store = opened(state_folder)
    return {
        name_of(thing.body["id"], one): thing
        for thing in (store.all("environment") if store else ())
        for one in thing.body["instances"]
    }


def of_environment(state_folder: Path, name: str) -> list[str]:
    """The names in the registry of an environment's instances."""
    return [one for one, thing in _declared(state_folder).items() if thing.name.rsplit("/", 1)[-1] == name]


RESTARTED = restarts.Kind(declared=_declared, start=start_again)
"""What has ended is started again."""


def backend(state_folder: Path, host: str) -> tuple[int, Way | str]:
    """The way to what answers for a ``Host``; or a status and what to say."""
    store = opened(state_folder)
    host_name = host.rsplit(":", 1)[0].lower()
    environments: list[Thing] = store.all("environment") if store else []
    result = next((one for one in environments if address(one.body).lower() == host_name), None)
    if result is None:
        return 404, f"no Beanstalk environment answers as {host}"
    alive = running(state_folder, result.body["id"], result.body["instances"])
    if not alive:
        return 502, f"the environment {result.name.rsplit('/', 1)[-1]} has no instance that answers"
    name = name_of(result.body["id"], alive[0].id)
    return 200, entrance.way(state_folder, name, alive[0].port)


def health(state_folder: Path, name: str) -> list[tuple[str, str]]:
    """How an environment is, and why: rows of (what, in words)."""
    store = opened(state_folder)
    things: list[Thing] = store.all("environment") if store else []
    body = next((thing.body for thing in things if thing.name.rsplit("/", 1)[-1] == name), None)
    if body is None:
        return [("environment", "there is none")]
    alive = running(state_folder, body["id"], body["instances"])
    dead = body["status"] == "Ready" and not alive
    colour = "Red" if dead else body["health"]
    causes = [*body["causes"], *(["None of the instances are sending data."] if dead else [])]
    return [("environment", f"{body['status']}, {colour}"), *(("cause", cause) for cause in causes)]


def address(body: Mapping[str, str]) -> str:
    """The host name of an environment, without a port."""
    prefix = body.get("cnamePrefix") or f"{body['name']}.eba-{body['id'].removeprefix('e-')[:8]}"
    return f"{prefix}.{body['in']}.{SUFFIX}"


def _started(state_folder: Path, thing: Thing, instance: str) -> bool:
    if not folder_of(state_folder, thing.body["id"], instance).exists():
        return False
    try:
        start(state_folder, thing.name.rsplit("/", 1)[-1], thing.body, instance)
    except web.FailedStartError:
        return False
    return True


def _command(source: Path, options: settings.Options) -> str:
    """The command of the Procfile's ``web``; without a Procfile, the platform's own for its WSGIPath."""
    procfile = source / "Procfile"
    if not procfile.exists():
        entry = options.get((settings.PYTHON, "WSGIPath"), "application")
        return DEFAULT.format(entry=entry if ":" in entry else f"{entry}:application")
    lines = procfile.read_text(encoding="utf-8", errors="replace").splitlines()
    result = next((line.partition(":")[2].strip() for line in lines if line.startswith("web:")), "")
    if not result:
        raise web.FailedStartError("Procfile has no line `web: command`, which the proxy sends requests to")
    return result
