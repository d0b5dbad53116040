"""A stack's settings: read from Pulumi's configuration, checked as a whole, before anything is declared.

Nothing else reads ``pulumi.Config``. Sealed values stay Outputs.
"""

import hashlib
import json
import os
import platform
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import ValidationError

from slipway.bundle.interpreters import interpreter
from slipway.wire import variables
from stacks.checks import nearest
from stacks.cross_field_checks import first_problem
from stacks.docker_daemon import DockerDaemon
from stacks.local_postgres import postgres_missing
from stacks.model import Settings
from stacks.platforms import AnyApp, AppEngineApp, BeanstalkApp, LambdaApp, PythonAnywhereApp
from stacks.problems import INTERNAL, explain
from stacks.recognised import with_recognised
from stacks.sources import source_error
from stacks.tables import PYTHONS
from stacks.yamlfile import duplicates

NAMESPACE = "slipway"
OWN_PYTHON = ".".join(platform.python_version_tuple()[:2])
"""This machine's, on which the sandbox runs apps that ask for no other."""
ON_ANY_PYTHON = (AppEngineApp, BeanstalkApp, LambdaApp, PythonAnywhereApp)
"""Apps that the sandbox runs on any Python of this machine; containers bring one, and Beam is set up with its own."""
SCALARS = frozenset({"environment", "kind", "owner", "expires", "expires_after", "expect"})
PROVIDERS = frozenset({"pythonanywhere"})
"""Settings that are a provider's own namespace, which it is configured by as well."""
STRUCTURED = frozenset(Settings.model_fields) - SCALARS - INTERNAL - PROVIDERS - {"secrets"}


def load(root: Path | None = None, *, present: Collection[str] = ()) -> Settings:
    """The settings of the stack that runs; ``root`` is the project's folder (default: the working folder).

    Of its optional apps it has those that are ``present``, as deployed, and those that were asked for.
    Raises :class:`pulumi.RunError` with a line for each mistake: key, what is allowed, what was given.
    """
    root, stack = root or Path.cwd(), pulumi.get_stack()
    file = root / "stacks" / f"Pulumi.{stack}.yaml"
    if wrong := duplicates(file):
        raise _error(stack, wrong)
    values, wrong = _given(stack)
    if wrong:
        raise _error(stack, wrong)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as invalid:
        raise _error(stack, [explain(error, stack) for error in invalid.errors(include_url=False)]) from None
    if problem := first_problem(settings):
        raise _error(stack, [f"slipway:{problem}"])
    if wrong := [line for name, app in settings.apps.items() if (line := source_error(name, app, root))]:
        raise _error(stack, wrong)
    if wrong := list(postgres_missing(settings)):
        raise _error(stack, wrong)
    return _completed(_with_docker(settings.model_copy(update={"apps": _chosen_apps(settings, present)})), root)


def _completed(settings: Settings, root: Path) -> Settings:
    """The settings with what the apps' folders show. Raises :class:`pulumi.RunError` for those that do not show it."""
    apps, wrong = dict[str, AnyApp](), list[str]()
    for name, app in settings.apps.items():
        try:
            apps[name] = with_recognised(name, app, root)
        except ValueError as mistake:
            wrong.append(str(mistake))
        if settings.environment == "sandbox" and app.python not in (None, python_for(settings, name, app)):
            pulumi.log.warn(
                f"{name} asks for Python {app.python}: the sandbox runs it on {python_for(settings, name, app)}"
            )
    if wrong:
        raise _error(settings.stack, wrong)
    return settings.model_copy(update={"apps": apps})


def _with_docker(settings: Settings) -> Settings:
    """The settings with the sandbox's Docker daemon, or less what needs one: said once, and no mistake."""
    if settings.environment != "sandbox":
        return settings
    docker = DockerDaemon.from_environment()
    if docker is not None:
        if settings.monitoring and not docker.prometheus:
            pulumi.log.info(
                "left out, because there is no image of Prometheus: monitoring (`slipway doctor` has the reason)"
            )
        return settings.model_copy(update={"docker": docker})
    left_out = [name for name, app in settings.apps.items() if app.needs_docker]
    if left_out or settings.monitoring:
        names = ", ".join([*left_out, *(["monitoring"] if settings.monitoring else [])])
        pulumi.log.info(f"left out, because no Docker daemon answers: {names} (`slipway doctor` says what is missing)")
    apps = {name: app for name, app in settings.apps.items() if not app.needs_docker}
    return settings.model_copy(update={"apps": apps, "monitoring": None})


def _chosen_apps(settings: Settings, present: Collection[str]) -> dict[str, AnyApp]:
    """The apps, without the optional ones that are neither deployed nor asked for."""
    brought_in, taken_out = (
        set(filter(None, os.environ.get(name, "").split(","))) for name in (variables.WITH, variables.WITHOUT)
    )
    for name in sorted(brought_in | taken_out):
        app = settings.apps.get(name)
        if app is None or not app.optional:
            optional = [allowed for allowed, app in settings.apps.items() if app.optional]
            words = f"of this stack those are {', '.join(optional)}" if optional else "this stack has none"
            option = "--with" if name in brought_in else "--without"
            raise _error(settings.stack, [f"{option} {name}: must be an app marked `optional: true`: {words}"])
    chosen = (brought_in | {*present}) - taken_out
    return {name: app for name, app in settings.apps.items() if not app.optional or name in chosen}


def python_for(settings: Settings, name: str, app: AnyApp) -> str:
    """The Python an app's artifact is made for, as ``3.13``.

    The sandbox runs an app on the one that it asks for where the machine has it, and else on the machine's own.
    Raises :class:`pulumi.RunError` where the clouds do not have the machine's.
    """
    if settings.environment != "sandbox":
        return app.python or PYTHONS[-1]
    if OWN_PYTHON not in PYTHONS:
        raise pulumi.RunError(
            f"the sandbox runs apps on this machine's Python, {OWN_PYTHON}: use one of {', '.join(PYTHONS)}"
        )
    asked_for = app.python if isinstance(app, ON_ANY_PYTHON) else None
    return asked_for if asked_for and interpreter(asked_for) else OWN_PYTHON


def _given(stack: str) -> tuple[dict[str, Any], list[str]]:
    """What the configuration says, as plain values, and what is wrong with its form."""
    config = pulumi.Config(NAMESPACE)
    values: dict[str, Any] = {"stack": stack}
    wrong: list[str] = []
    for name in sorted(_names()):
        full = f"{NAMESPACE}:{name}"
        sealed = runtime_config.is_config_secret(full)
        if name == "secrets":
            wrong += _take_secrets(values, sealed=sealed)
        elif name not in SCALARS | STRUCTURED:
            allowed = SCALARS | STRUCTURED | {"secrets"}
            wrong.append(f"{full}: is not a setting{nearest(name, allowed)}: take one of {', '.join(sorted(allowed))}")
        elif sealed:
            wrong.append(f"{full}: holds a sealed value: only {NAMESPACE}:secrets.APP.VARIABLE may be sealed")
        elif name in SCALARS:
            values[name] = config.get(name)
        else:
            try:
                values[name] = config.get_object(name)
            except pulumi.ConfigTypeError:
                wrong.append(f"{full}: must be a mapping (key: value, indented below it), got {config.get(name)!r}")
    if (region := pulumi.Config("aws").get("region")) and isinstance(values.get("aws", {}), dict):
        values["aws"] = {**values.get("aws", {}), "region": region}
    wrong += _take_account(values)
    return values, wrong


def _take_account(values: dict[str, Any]) -> list[str]:
    """Add PythonAnywhere's account to ``values``; its token is the provider's to read, and sealed."""
    config = pulumi.Config("pythonanywhere")
    account = {name: value for name in ("user", "host", "plan") if (value := config.get(name)) is not None}
    if account:
        values["pythonanywhere"] = account
    token = "pythonanywhere:token"  # noqa: S105 - the setting's name
    if config.get("token") is not None and not runtime_config.is_config_secret(token):
        return [
            f"{token}: must be sealed, got plain text: take it out, make another one on PythonAnywhere, and set that "
            f"with `pulumi config set --secret {token}`"
        ]
    return []


def _names() -> set[str]:
    """The settings that were given, known or not."""
    keys = {*runtime_config.CONFIG.get(), *runtime_config.get_config_env()}
    return {key.removeprefix(f"{NAMESPACE}:") for key in keys if key.startswith(f"{NAMESPACE}:")}


def _take_secrets(declared: dict[str, Any], *, sealed: bool) -> list[str]:
    """Add the apps' sealed variables to ``declared`` as secret Outputs, with a fingerprint of each app's."""
    full = f"{NAMESPACE}:secrets"
    if not sealed:
        return [
            f"{full}: must be sealed, got plain text: take it out, change what it protected, and set it anew with "
            f"`slipway secret set APP VARIABLE --stack {pulumi.get_stack()}`"
        ]
    values = json.loads(runtime_config.get_config(full))
    if not isinstance(values, dict) or not all(
        isinstance(of_app, dict) and all(isinstance(value, str) for value in of_app.values())
        for of_app in values.values()
    ):
        return [f"{full}: must be variables by app (APP, below it VARIABLE: value), got another form"]
    if empty := [f"{app} {name}" for app, of_app in values.items() for name, value in of_app.items() if not value]:
        return [
            f"{full}: each variable must have a value, got none for {empty[0]}: set it with "
            f"`slipway secret set {empty[0]} --stack {pulumi.get_stack()}`, or take it out with "
            f"`slipway secret rm {empty[0]} --stack {pulumi.get_stack()}`"
        ]
    declared["secrets"] = {
        app: {name: pulumi.Output.secret(value) for name, value in of_app.items()} for app, of_app in values.items()
    }
    declared["fingerprints"] = {app: _fingerprint(app, of_app) for app, of_app in values.items() if of_app}
    return []


def _fingerprint(app: str, values: dict[str, str]) -> str:
    """What changes when a secret does and is too slow to guess secrets by: it ends up in version ids."""
    text = json.dumps(values, sort_keys=True).encode()
    salt = f"{pulumi.get_project()}/{pulumi.get_stack()}/{app}".encode()
    return hashlib.scrypt(text, salt=salt, n=2**14, r=8, p=1, dklen=16).hex()


def _error(stack: str, lines: list[str]) -> pulumi.RunError:
    mistakes = "a mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    text = "\n".join(f"  {line}" for line in lines)
    file = f"stacks/Pulumi.{stack}.yaml"
    return pulumi.RunError(f"the settings of the stack {stack!r} have {mistakes} ({file}):\n{text}")
