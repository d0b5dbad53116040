"""What answers at each of the gateway's ports: a row a port."""

from collections.abc import Callable, Mapping
from pathlib import Path

from slipway.sandbox.aws import emulator
from slipway.sandbox.gateway import control_planes
from slipway.sandbox.gateway.aws import Aws
from slipway.sandbox.gateway.fronts import Fronts, WebApps
from slipway.sandbox.http.guard import LOOPBACK
from slipway.sandbox.http.messages import Answer, Body, Head, Site
from slipway.sandbox.http.server import HEALTH
from slipway.sandbox.http.upstream import Upstream
from slipway.sandbox.services import sockets
from slipway.sandbox.services.keys import Keys

UPLOAD_MOST = 100 << 20
"""Bytes that a web app on PythonAnywhere takes: https://help.pythonanywhere.com/pages/UploadingAndDownloadingFiles/."""


def _aws(home: Path, keys: Keys) -> Site:
    return Aws(upstream=_emulator(home, "ministack", emulator.HEALTH), keys=keys)


def _storage(home: Path, keys: Keys) -> Site:
    return control_planes.google_storage(_emulator(home, "storage", "/"), keys.token)


def _pythonanywhere(home: Path, keys: Keys) -> Site:
    """The API at the machine's own names, the web apps at theirs."""
    upstream = _emulator(home, "pythonanywhere", HEALTH)
    api = control_planes.pythonanywhere(upstream, keys.pythonanywhere)
    web_apps = WebApps(upstream=upstream, most=UPLOAD_MOST)

    async def site(head: Head, body: Body) -> Answer:
        return await (api if head.host in LOOPBACK else web_apps)(head, body)

    return site


def _front(home: Path, _keys: Keys) -> Site:
    return Fronts(home)


def _emulator(home: Path, name: str, health: str) -> Upstream:
    return Upstream(sockets.path(home, name), health=health)


SITES: Mapping[str, Callable[[Path, Keys], Site]] = {
    "aws": _aws,
    "storage": _storage,
    "pythonanywhere": _pythonanywhere,
    "front": _front,
}
"""Port -> what makes its site, given the state folder and the sandbox's keys."""
