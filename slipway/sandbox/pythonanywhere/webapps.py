"""Web apps and their static mappings, as the API keeps them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.sandbox.pythonanywhere.accounts import PYTHONS, Account
from slipway.sandbox.pythonanywhere.answers import Answer, Refusal, not_found, required, wrong
from slipway.sandbox.pythonanywhere.world import World

SETTINGS = ("python_version", "source_directory", "working_directory", "virtualenv_path", "force_https")
NEVER = "9999-12-31"
"""What the API says in the place of an end, for the web apps of a paid account."""
PLACEHOLDER = '''def application(environ, start_response):
    """The page of a web app that is not set up yet."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello from a new web app!"]
'''


def wsgi_file(domain: str) -> str:
    """Where a web app's WSGI file is."""
    return f"/var/www/{re.sub(r'[.-]', '_', domain.lower())}_wsgi.py"


def listed(world: World, account: Account, method: str, body: dict[str, Any]) -> Answer:
    """All of the account's, or a new one."""
    if method == "GET":
        return Answer(200, [_shown(app) for app in _of(account, world.read())])
    required(body, "domain_name", "python_version")
    with world.changed() as state:
        domain, python = str(body["domain_name"]), str(body["python_version"])
        _may(account, state, domain, python)
        state["webapps"][domain.lower()] = {
            "id": world.number(state),
            "user": account.user,
            "domain_name": domain,
            "python_version": PYTHONS[python],
            "source_directory": f"{account.home}/mysite",
            "working_directory": f"{account.home}/",
            "virtualenv_path": "",
            "expiry": _expiry(account),
            "force_https": False,
            "password_protection_enabled": False,
            "password_protection_username": "",
            "password_protection_password": "",
            "static_files": {},
        }
    place = world.place(wsgi_file(domain))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(PLACEHOLDER, encoding="utf-8")
    world.own(place)
    return Answer(200, {"status": "OK"})


def one(world: World, account: Account, method: str, domain: str, body: dict[str, Any]) -> Answer:
    """One web app: looked at, changed or deleted; its files stay."""
    with world.changed() as state:
        app = _found(state, domain)
        if method == "DELETE":
            del state["webapps"][domain.lower()]
            return Answer(204)
        if method in ("PATCH", "PUT"):
            changes = {key: body[key] for key in SETTINGS if key in body}
            version = PYTHONS.get(str(changes.get("python_version")), changes.get("python_version"))
            if version is not None and version not in PYTHONS.values():
                raise wrong(python_version=f'"{version}" is not a valid choice.')
            for key in ("source_directory", "working_directory", "virtualenv_path"):
                if (path := str(changes.get(key) or "")) and not f"{path}/".startswith(f"{account.home}/"):
                    raise wrong(**{key: f"must be inside of {account.home}."})
            if "force_https" in changes:
                changes["force_https"] = changes["force_https"] in (True, "true", "True")
            app |= changes | ({"python_version": version} if version else {})
        return Answer(200, _shown(app))


def statics(world: World, method: str, domain: str, id: str, body: dict[str, Any]) -> Answer:
    """A web app's static mappings: all of them (``id`` "") or one."""
    with world.changed() as state:
        mappings = _found(state, domain)["static_files"]
        if not id:
            if method == "GET":
                return Answer(200, list(mappings.values()))
            required(body, "url", "path")
            number = world.number(state)
            mappings[str(number)] = {"id": number, "url": body["url"], "path": body["path"]}
            return Answer(201, mappings[str(number)])
        if id not in mappings:
            raise not_found()
        if method == "DELETE":
            del mappings[id]
            return Answer(204)
        if method in ("PATCH", "PUT"):
            mappings[id] |= {key: body[key] for key in ("url", "path") if key in body}
        return Answer(200, mappings[id])


def _may(account: Account, state: dict[str, Any], domain: str, python: str) -> None:
    own = f"{account.user}.{account.domain}".lower()
    if python not in PYTHONS:
        raise wrong(python_version=f'"{python}" is not a valid choice.')
    if domain.lower() in state["webapps"]:
        raise _error("domain_exists", f"There is a web app for {domain} already.")
    if domain.lower() != own and (not account.plan.own_domains or domain.lower().endswith("pythonanywhere.com")):
        raise _error("domain_not_allowed", f"Your account may have a web app at {own}, not at {domain}.")
    if len(_of(account, state)) >= account.plan.web_apps:
        raise _error("limit_reached", f"You have reached your maximum number of web apps ({account.plan.web_apps}).")


def _of(account: Account, state: dict[str, Any]) -> list[dict[str, Any]]:
    return [app for app in state["webapps"].values() if app["user"] == account.user]


def _expiry(account: Account) -> str:
    """The day on which a new web app of the account ends unless it is prolonged."""
    days = account.plan.web_app_days
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat() if days else NEVER


def _error(kind: str, message: str) -> Refusal:
    """How the API refuses a new web app: with the status of a success."""
    return Refusal(200, {"status": "ERROR", "error_type": kind, "error_message": message})


def _found(state: dict[str, Any], domain: str) -> dict[str, Any]:
    if domain.lower() not in state["webapps"]:
        raise not_found()
    return state["webapps"][domain.lower()]


def _shown(app: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in app.items() if key != "static_files"}
