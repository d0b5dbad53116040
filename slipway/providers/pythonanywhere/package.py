"""The package ``pythonanywhere``: its resource types, and how a configuration becomes an account."""

import re
from typing import Any

from slipway.providers.protocol.handler import Package, Props
from slipway.providers.pythonanywhere import files, static_mappings, tasks, webapps, wsgi
from slipway.providers.pythonanywhere.account import ENDPOINT, HOSTS, TOKEN, Account

USER = re.compile(r"[A-Za-z0-9]{1,30}")


def check_config(config: Props) -> dict[str, str]:
    """``user`` is needed; ``host`` is one of the two systems. Nothing of the token is ever shown."""
    wrong: dict[str, str] = {}
    user, host = config.get("user", ""), config.get("host")
    if user == "":
        wrong["user"] = "is needed, the account's user name: `pulumi config set pythonanywhere:user …`"
    elif isinstance(user, str) and not USER.fullmatch(user):
        wrong["user"] = f"must be the account's user name (letters and digits), got {user!r}"
    if isinstance(host, str) and host not in HOSTS:
        wrong["host"] = f"must be one of {', '.join(HOSTS)}, got {host!r}"
    return wrong


def connect(config: Props, *, environment: dict[str, str]) -> Account:
    """The account; PYTHONANYWHERE_TOKEN is its token where none is configured.

    PYTHONANYWHERE_ENDPOINT leads to a stand-in of the API on this machine.
    """
    token = config.get("token") or environment.get(TOKEN, "")
    endpoint = environment.get(ENDPOINT, "")
    return Account(str(config.get("user", "")), str(token), str(config.get("host", HOSTS[0])), endpoint=endpoint)


HANDLERS: dict[str, Any] = {
    **webapps.HANDLERS,
    **files.HANDLERS,
    **wsgi.HANDLERS,
    **static_mappings.HANDLERS,
    **tasks.HANDLERS,
}

PACKAGE = Package(
    name="pythonanywhere",
    version="0.1.0",
    handlers=HANDLERS,
    connect=connect,
    check_config=check_config,
    served_by="the provider of PythonAnywhere",
    log="its standard error",
)
"""What `pulumi` runs as a plugin and the sandbox's provider host serves."""
