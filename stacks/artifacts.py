"""The artifact of each app of a stack, and its trial: all are made and imported before anything is declared."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import pulumi

from slipway.bundle import Artifact, app_engine_zip, beanstalk_zip, lambda_zip, pythonanywhere_zip
from slipway.bundle.cache import Cache
from slipway.bundle.entries import Interface
from slipway.bundle.ignore import DATABASE
from slipway.bundle.trial import NO_DATABASE, OF_NO_DATABASE, OF_PLATFORM, Question, tried
from stacks.grant_checks import variable_of
from stacks.model import Settings
from stacks.platforms import AnyApp, AppEngineApp, BeanstalkApp, LambdaApp, PythonAnywhereApp
from stacks.platforms.base import DATABASE_VARIABLE, POSTGRES
from stacks.recognised import how_served
from stacks.settings import python_for

SHOWN = 5
"""So many database files of an app are named."""
TAKE_OUT = ", and take data out"
"""How a platform's refusal of the setting `data` ends, which a warning is not about."""
SEALED = "sealed"
"""The value that an import sees of a sealed variable."""


def artifact_of(settings: Settings, name: str, app: AnyApp) -> Artifact:
    """The artifact of an app, from the cache where nothing changed. Raises BundleError."""
    return MADE[type(app)](Path(app.source), app, python_for(settings, name, app), _cache())


def _cache() -> Cache:
    # The project's, wherever an app's folder is.
    return Cache.around(Path.cwd() / "app")


def _app_engine(source: Path, app: AnyApp, python: str, cache: Cache) -> Artifact:
    entry, interface = app.entry or "", app.interface or ""
    allowed = app.allow_keys_in
    return app_engine_zip(source, python=python, entry=entry, interface=interface, allow_keys_in=allowed, cache=cache)


def _beanstalk(source: Path, app: AnyApp, python: str, cache: Cache) -> Artifact:
    assert isinstance(app, BeanstalkApp)
    entry, interface = app.entry or "main:app", app.interface or ""
    return beanstalk_zip(
        source,
        entry=entry,
        interface=interface,
        command=app.command or "",
        python=python,
        release=app.release or "",
        allow_keys_in=app.allow_keys_in,
        cache=cache,
    )


def _lambda(source: Path, app: AnyApp, python: str, cache: Cache) -> Artifact:
    assert isinstance(app, LambdaApp)
    how = {
        "python": python,
        "architecture": app.architecture,
        "release": app.release or "",
        "allow_keys_in": app.allow_keys_in,
        "cache": cache,
    }
    if app.entry:
        return lambda_zip(source, entry=app.entry, interface=app.interface or "", **how)
    return lambda_zip(source, handler=app.handler or "", **how)


def _pythonanywhere(source: Path, app: AnyApp, python: str, cache: Cache) -> Artifact:
    assert isinstance(app, PythonAnywhereApp)
    entry = (app.entry or "") if how_served(app).made else ""
    return pythonanywhere_zip(
        source,
        python=python,
        packed=app.virtualenv is None,
        entry=entry,
        interface=app.interface or "",
        allow_keys_in=app.allow_keys_in,
        data=app.data,
        cache=cache,
    )


MADE: Mapping[type[AnyApp], Callable[[Path, AnyApp, str, Cache], Artifact]] = {
    AppEngineApp: _app_engine,
    BeanstalkApp: _beanstalk,
    LambdaApp: _lambda,
    PythonAnywhereApp: _pythonanywhere,
}
"""By platform: what makes the artifact of an app, given its folder, the app, its Python and the cache."""


def try_apps(settings: Settings) -> None:
    """Make every artifact and import its entry, before anything is declared. Raises BundleError.

    A preview runs nothing of an app.
    """
    apps = {name: app for name, app in settings.apps.items() if type(app) in MADE}
    with ThreadPoolExecutor(4) as pool:
        artifacts = dict(zip(apps, pool.map(lambda item: artifact_of(settings, *item), apps.items()), strict=True))
        warn_of_databases(apps, artifacts)
        if pulumi.runtime.is_dry_run():
            return
        notes = pool.map(lambda name: _tried(settings, name, apps[name], artifacts[name]), apps)
        for note in notes:
            if note:
                pulumi.log.warn(note)


def warn_of_databases(apps: Mapping[str, AnyApp], artifacts: Mapping[str, Artifact]) -> None:
    """Say of each database file in an app's folder that its platform keeps none, and what to use instead."""
    for name, app in apps.items():
        files = [one.path for one in artifacts[name].left_out if one.why == DATABASE]
        if files and (why := app.lacks.get("data")):
            pulumi.log.warn(f"{name}: {', '.join(files[:SHOWN])} is not deployed: {why.removesuffix(TAKE_OUT)}")


def _tried(settings: Settings, name: str, app: AnyApp, artifact: Artifact) -> str:
    question = question_of(settings, name, app)
    return tried(artifact, question, _cache(), app=name).note if question else ""


def question_of(settings: Settings, name: str, app: AnyApp) -> Question | None:
    """What is imported of an app; None for one whose command cannot be read, or that brings a server of its own."""
    if app.interface in (None, Interface.command):
        return None
    if isinstance(app, LambdaApp) and app.handler and not app.entry:
        module, _, entry = app.handler.rpartition(".")
    elif app.entry:
        served = how_served(app).entry
        module, entry = served.module, served.name
    else:
        return None
    unknown = frozenset(settings.secrets.get(name, {})) | made_variables(settings, app)
    platform = str(app.platform)  # pyright: ignore[reportAttributeAccessIssue]
    architecture = app.architecture if isinstance(app, LambdaApp) else "x86_64"
    if isinstance(app, PythonAnywhereApp) and app.virtualenv:
        return None
    return Question(
        module=module,
        name=entry,
        interface=app.interface or "wsgi",
        python=python_for(settings, name, app),
        architecture=architecture,
        platform=platform,
        variables={
            **OF_PLATFORM.get(platform, {}),
            **app.env,
            **dict.fromkeys(unknown, SEALED),
            **({DATABASE_VARIABLE: NO_DATABASE} if app.database == POSTGRES else {}),
            **{name: OF_NO_DATABASE[part] for name, part in app.database_parts.items()},
        },
        placeholders=unknown,
        folders=tuple(path for path in app.data if not PurePosixPath(path).suffix and "*" not in path),
    )


def made_variables(settings: Settings, app: AnyApp) -> frozenset[str]:
    """The variables that tell an app what is only made with it: its bucket, its database, what it was granted."""
    granted = [variable_of(settings, grant)[0] for grant in app.grants.values()]
    database = DATABASE_VARIABLE if app.database == POSTGRES else ""
    return frozenset(filter(None, [app.bucket_variable, database, *app.database_parts, *granted]))
