"""What a stack puts on PythonAnywhere: the settings, as the component's arguments."""

import pulumi

from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.catalog.pythonanywhere_plans import PLANS
from slipway.wire.outputs import PythonAnywhereOutput
from stacks.artifacts import artifact_of
from stacks.declared import Declared, resolved
from stacks.model import Settings
from stacks.platforms import PythonAnywhereApp
from stacks.platforms.pythonanywhere import EU, PythonAnywhereAccount
from stacks.recognised import how_served
from stacks.schedule_outputs import schedule_outputs
from stacks.settings import python_for

DATABASES = {EU: "mysql.eu.pythonanywhere-services.com"}
"""Where the databases of an account are, below its name: https://help.pythonanywhere.com/pages/UsingMySQL/."""


def on_pythonanywhere(settings: Settings) -> Declared:
    """Declare it. Raises BundleError for an app's folder; then nothing is declared."""
    account = settings.pythonanywhere
    apps = {name: app for name, app in settings.apps.items() if isinstance(app, PythonAnywhereApp)}
    if account is None or not apps:
        return Declared()
    pythons = {name: python_for(settings, name, app) for name, app in apps.items()}
    artifacts = {name: artifact_of(settings, name, app) for name, app in apps.items()}
    return Declared(
        apps={name: _app(settings, account, name, app, pythons[name], artifacts[name]) for name, app in apps.items()}
    )


def _app(
    settings: Settings,
    account: PythonAnywhereAccount,
    name: str,
    app: PythonAnywhereApp,
    python: str,
    artifact: Artifact,
) -> PythonAnywhereOutput:
    # Most stacks have no app here, and need not import the provider's modules.
    from components.pythonanywhere import app as web

    stack = f"{pulumi.get_project()}-{settings.stack}"
    directory = f"{account.home}/{stack}-{name}"
    domain, entry = app.domain or account.domain, how_served(app).entry
    timed = {key: (one, *one.at) for key, one in app.schedules.items()}
    component = web.PythonAnywhereApp(
        name,
        web.PythonAnywhereAppArgs(
            domain=domain,
            directory=directory,
            artifact=artifact,
            entry=f"{entry.module}.{entry.name}",
            python=python,
            virtualenv=app.virtualenv or "",
            env={**_database(account, app), **app.env, **settings.secrets.get(name, {})},
            data=app.data,
            changed=app.changed,
            static=app.static,
            release=app.release or "",
            tasks={
                key: web.Daily(command=one.command, hour=hour, minute=minute)
                for key, (one, hour, minute) in timed.items()
            },
            always_on=app.always_on,
            label=f"{stack} {name}",
        ),
    )
    by_hand = _by_hand(account, app, directory)
    output: PythonAnywhereOutput = {
        "platform": app.title,
        "resource": domain,
        "url": resolved(component.url),
        **artifact_output(artifact),
        "probe": app.probed,
        "account": {"user": account.user, "host": account.host},
        **schedule_outputs(app.schedules, component.tasks),
    }
    if app.domain and app.domain != account.domain:
        output["domain"] = {"name": app.domain, "records": []}
    if app.data:
        output["data"] = {path: f"{directory}/{path}" for path in app.data}
    if by_hand:
        output["by_hand"] = by_hand
    return output


def _database(account: PythonAnywhereAccount, app: PythonAnywhereApp) -> dict[str, str]:
    """What the app is told of its database but the password, which is to be sealed."""
    if app.database is None:
        return {}
    place = DATABASES.get(account.host, "mysql.pythonanywhere-services.com")
    return {
        "MYSQL_HOST": f"{account.user}.{place}",
        "MYSQL_USER": account.user,
        "MYSQL_DATABASE": f"{account.user}${app.database}",
    }


def _by_hand(account: PythonAnywhereAccount, app: PythonAnywhereApp, directory: str) -> list[str]:
    """What PythonAnywhere's API cannot do, as steps for the account's owner."""
    steps: list[str] = []
    if app.database:
        steps.append(
            f"make the MySQL database {app.database!r} (it will be called {account.user}${app.database}) on the page "
            f"https://{account.host}/user/{account.user}/databases/, and seal its password as MYSQL_PASSWORD"
        )
    if app.domain and app.domain != account.domain:
        steps.append(
            f"set a CNAME record for {app.domain} at its name server, to the name that the page "
            f"https://{account.host}/user/{account.user}/webapps/ shows below `DNS setup`, and take an auto-renewing "
            "certificate (Let's Encrypt) there below `Security`"
        )
    if account.plan and (days := PLANS[account.plan].web_app_days):
        steps.append(
            f"prolong the web app within {days} days of each time, by the button on the page "
            f"https://{account.host}/user/{account.user}/webapps/: a free account's web app ends otherwise"
        )
    if app.virtualenv:
        steps.append(
            f"make the virtual environment {app.virtualenv} in a Bash console there, and install into it: "
            f"pip install --require-hashes -r {directory}/requirements.txt"
        )
    return steps
