"""PythonAnywhere, day by day: what its API tells, and what it can do at once."""

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from slipway.bundle.errors import BundleError
from slipway.bundle.ignore import is_data
from slipway.bundle.names import check_name
from slipway.errors import UserError
from slipway.platforms.platform import Data, Deployment, Platform, schedules
from slipway.providers.protocol.handler import CloudError
from slipway.providers.pythonanywhere.account import ENDPOINT, TOKEN, Account
from slipway.providers.pythonanywhere.files import CACHES, PACKS
from slipway.providers.pythonanywhere.wsgi import RECORDS
from slipway.stack import session
from slipway.wire.outputs import PythonAnywhereOutput

LOGS = ("server", "error", "access")
"""A web app's logs, the one last in which most is written."""
POLL = 5.0
"""Seconds between two looks at a log that is followed: the API takes 40 requests a minute."""
COMPARED = 20
"""Uploaded files that are read to see whether the app has changed them: half of a minute's requests."""
NOT_WRITTEN = frozenset({PACKS, CACHES, RECORDS})
"""Folders that are no app's own files: packages, Python's caches, the record of releases."""


def account(deployment: Deployment) -> Account:
    """The account that an app is in, with the token that the environment has. Raises :class:`UserError`."""

    there = _output(deployment)["account"]
    variables = session.sandbox_environment(deployment.run) if deployment.run.sandbox else dict(os.environ)
    endpoint = variables.get(ENDPOINT, "")
    try:
        return Account(there["user"], variables.get(TOKEN, ""), there["host"], endpoint=endpoint)
    except CloudError as error:
        raise UserError(str(error)) from None


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """The end of each of the web app's three logs, under its name."""
    there, domain = account(deployment), deployment.app.resource.lower()
    lengths: dict[str, int] = {}
    try:
        for kind in LOGS:
            content = there.read_file(f"/var/log/{domain}.{kind}.log") or b""
            lengths[kind] = len(content)
            yield from (f"{kind}: {line}" for line in _text(content)[-lines:])
        while follow:
            time.sleep(POLL / 10 if deployment.run.sandbox else POLL)
            for kind in LOGS:
                content = there.read_file(f"/var/log/{domain}.{kind}.log") or b""
                # PythonAnywhere begins a log anew every day.
                new = content[lengths[kind] :] if len(content) >= lengths[kind] else content
                lengths[kind] = len(content)
                yield from (f"{kind}: {line}" for line in _text(new))
    except CloudError as error:
        raise UserError(str(error)) from None


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """Its schedules, and what the account's owner has to do by hand."""
    by_hand = [("by hand", step) for step in _output(deployment).get("by_hand") or ()]
    return [*schedules(deployment), *by_hand]


def pull(deployment: Deployment, folder: Path) -> int:
    """The files below the app's folder that its patterns of data name, by the API."""
    there, home, patterns = account(deployment), _directory(deployment), deployment.app.details.get("data") or {}
    try:
        paths = [path.removeprefix(f"{home}/") for path in there.tree(home) if not path.endswith("/")]
        named = [path for path in paths if is_data(path, [*patterns])]
        for path in named:
            file = folder / check_name(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(there.read_file(f"{home}/{path}") or b"")
    except (CloudError, BundleError) as error:
        raise UserError(f"{deployment.app.name}: {error}") from None
    return len(named)


def written(account: Account, folder: str, uploaded: Mapping[str, str]) -> list[str]:
    """The files below an app's folder that the app has written: new ones, and changed ones of those ``uploaded``.

    ``uploaded`` is a path's sha256; of many files the first ones alone are compared. Raises :class:`CloudError`.
    """
    paths = [path.removeprefix(f"{folder}/") for path in account.tree(folder) if not path.endswith("/")]
    own = [path for path in paths if not NOT_WRITTEN & {*path.split("/")}]
    new = [path for path in own if path not in uploaded]
    compared = [path for path in sorted(own) if path in uploaded][:COMPARED]
    contents = {path: account.read_file(f"{folder}/{path}") for path in compared}
    changed = [
        path
        for path, content in contents.items()
        if content is not None and hashlib.sha256(content).hexdigest() != uploaded[path]
    ]
    return sorted([*new, *changed])


def push(deployment: Deployment, folder: Path) -> int:
    """Over the files that the folder has; others stay as they are there."""
    there, home, patterns = account(deployment), _directory(deployment), deployment.app.details.get("data") or {}
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*")) if file.is_file()}
    named = [path for path in files if is_data(path, [*patterns])]
    try:
        for path in named:
            there.write_file(f"{home}/{path}", files[path].read_bytes())
    except CloudError as error:
        raise UserError(f"{deployment.app.name}: {error}") from None
    return len(named)


def _directory(deployment: Deployment) -> str:
    """The app's folder in the account."""
    path, where = next(iter((deployment.app.details.get("data") or {}).items()))
    return where.removesuffix(f"/{path}")


def _text(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()


def _output(deployment: Deployment) -> PythonAnywhereOutput:
    return cast("PythonAnywhereOutput", deployment.app.details)


PLATFORM = Platform(
    name="PythonAnywhere",
    logs=logs,
    versions="PythonAnywhere keeps no earlier versions: check out the revision you want, then run `slipway up`",
    rollback="PythonAnywhere keeps no earlier versions: check out the revision you want, then run `slipway up`",
    canary="PythonAnywhere serves one version at a time: it cannot share requests",
    prune="PythonAnywhere keeps no earlier versions: there is none to delete",
    invoke="PythonAnywhere answers requests and takes no events: ask the app at its address",
    trigger=(
        "PythonAnywhere runs a scheduled task at its time only: run its command in a console there "
        "(`slipway status` shows it)"
    ),
    state=state,
    data=Data(pull=pull, push=push),
)
