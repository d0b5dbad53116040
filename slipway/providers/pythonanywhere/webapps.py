"""Web apps, and the reload that makes a change of one live."""

from typing import Any

from slipway.providers.protocol.handler import Calls, CloudError, Handler, Props, creation
from slipway.providers.pythonanywhere.account import Account

FIELDS = {
    "pythonVersion": "python_version",
    "sourceDirectory": "source_directory",
    "workingDirectory": "working_directory",
    "virtualenvPath": "virtualenv_path",
    "forceHttps": "force_https",
}
"""Property -> the API's field, of what can be changed."""
OUTPUTS = frozenset({"url", "wsgiFile", "accessLog", "errorLog", "serverLog"})


def check(new: Props) -> dict[str, str]:
    """A domain, and a Python that PythonAnywhere has had."""
    from pythonanywhere_core.base import PYTHON_VERSIONS

    wrong: dict[str, str] = {}
    domain, python = new.get("domainName"), new.get("pythonVersion")
    if isinstance(domain, str) and ("/" in domain or "." not in domain):
        wrong["domainName"] = f"must be a host name, as USER.pythonanywhere.com, got {domain!r}"
    if isinstance(python, str) and python not in PYTHON_VERSIONS:
        wrong["pythonVersion"] = f"must be one of {', '.join(PYTHON_VERSIONS)}, got {python!r}"
    return wrong


def defaults(new: Props) -> Props:
    """HTTPS only, no virtual environment."""
    return {"forceHttps": True, "virtualenvPath": "", **new}


def wsgi_file(domain: str) -> str:
    """Where PythonAnywhere keeps the WSGI file of a domain: its API does not say."""
    return f"/var/www/{domain.lower().replace('.', '_').replace('-', '_')}_wsgi.py"


def create(account: Account, new: Props) -> tuple[str, Props]:
    """Make it and set it up; one that this creation has made before it was cut off is taken over."""
    from pythonanywhere_core.base import PYTHON_VERSIONS

    domain = new["domainName"]
    webapp = account.find(f"webapps/{domain}/")
    if webapp is None:
        body = {"domain_name": domain, "python_version": PYTHON_VERSIONS[new["pythonVersion"]]}
        account.send("POST", "webapps/", body)
    elif not (creation.get().resumes and _is_ours(account, webapp, new)):
        raise CloudError(
            f"the account has a web app {domain} already, with its source in {webapp['source_directory']!r}: delete "
            f"it, or take it into the stack with `pulumi import pythonanywhere:index:Webapp NAME {domain}`"
        )
    try:
        account.send("PATCH", f"webapps/{domain}/", _settings(new))
    except CloudError as error:
        raise CloudError(str(error), id=domain, properties=_outputs(account, domain)) from None
    return domain, _outputs(account, domain)


def read(account: Account, id: str) -> Props | None:
    """Its settings as they are."""
    webapp = account.find(f"webapps/{id}/")
    if webapp is None:
        return None
    properties = {name: webapp[field] for name, field in FIELDS.items() if webapp.get(field) is not None}
    return {"domainName": id, **properties, **_outputs(account, id)}


def update(account: Account, id: str, old: Props, new: Props) -> Props:
    """Change what differs."""
    before, after = _settings(old), _settings(new)
    if changed := {key: value for key, value in after.items() if before.get(key) != value}:
        account.send("PATCH", f"webapps/{id}/", changed)
    return _outputs(account, id)


def delete(account: Account, id: str, _old: Props) -> None:
    """Delete it; its files stay, which are other resources."""
    account.remove(f"webapps/{id}/")


def _is_ours(account: Account, webapp: dict[str, Any], new: Props) -> bool:
    """Whether it is as an interrupted ``create`` leaves it: fresh, or set up as it is to be."""
    fresh = ("", None, account.home, f"{account.home}/mysite", new.get("sourceDirectory"))
    return (webapp.get("source_directory") or "").rstrip("/") in fresh and webapp["python_version"] == new[
        "pythonVersion"
    ]


def _settings(props: Props) -> dict[str, Any]:
    return {field: props[name] for name, field in FIELDS.items() if name in props}


def _outputs(account: Account, domain: str) -> Props:
    logs = {f"{kind}Log": f"/var/log/{domain.lower()}.{kind}.log" for kind in ("access", "error", "server")}
    return {"url": account.address(domain), "wsgiFile": wsgi_file(domain), **logs}


def reload(account: Account, new: Props) -> tuple[str, Props]:
    """Load the web app's code anew."""
    account.send("POST", f"webapps/{new['domainName']}/reload/")
    if new.get("release"):
        _see_released(account, new["domainName"], new["release"])
    return new["domainName"], {}


def _see_released(account: Account, domain: str, record: str) -> None:
    """Have the web app load, which runs its release command, and look how that ended. Raises :class:`CloudError`."""
    account.visit(domain)
    content = account.read_file(record)
    if content is None:
        raise CloudError(
            f"{domain} did not run its release command: its error log says why (`slipway logs APP` shows it)"
        )
    status, _, output = content.decode("utf-8", "replace").partition("\n")
    if status.strip() != "0":
        raise CloudError(
            f"{domain} does not serve: its release command ended with status {status.strip()}. Its output ends "
            f"with:\n{output.strip()}"
        )


def reload_again(account: Account, id: str, _old: Props, new: Props) -> Props:
    """A trigger has changed."""
    reload(account, {"domainName": id, **new})
    return {}


HANDLERS = {
    "pythonanywhere:index:Webapp": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        replace_on=frozenset({"domainName"}),
        delete_before_replace=True,  # the cheaper accounts have room for one
        computed=OUTPUTS,
    ),
    "pythonanywhere:index:Reload": Handler(
        calls=Calls(
            create=reload,
            read=lambda account, id: {"domainName": id} if account.find(f"webapps/{id}/") else None,
            update=reload_again,
            delete=lambda _account, _id, _old: None,
        ),
        replace_on=frozenset({"domainName"}),
    ),
}
