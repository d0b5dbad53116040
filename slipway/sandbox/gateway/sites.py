"""What answers at each of the gateway's ports: a row a port."""

from collections.abc import Callable, Mapping
from pathlib import Path

from slipway.sandbox.aws import emulator
from slipway.sandbox.gateway import control_planes
from slipway.sandbox.gateway.aws import Aws, to_app
from slipway.sandbox.gateway.fronts import Fronts, WebApps
from slipway.sandbox.gateway.page import Page
from slipway.sandbox.gateway.requests import Recorded, RequestLog
from slipway.sandbox.http.guard import LOOPBACK
from slipway.sandbox.http.messages import Answer, Body, Head, Site
from slipway.sandbox.http.server import HEALTH
from slipway.sandbox.http.upstream import ANSWER_SECONDS, Upstream
from slipway.sandbox.services import sockets
from slipway.sandbox.services.keys import Keys

UPLOAD_MOST = 100 << 20
"""Bytes that a web app on PythonAnywhere takes: https://help.pythonanywhere.com/pages/UploadingAndDownloadingFiles/."""
WEB_APP_SECONDS = 300.0
"""That a request may take there: https://help.pythonanywhere.com/pages/WebAppTimeouts/."""


def _aws(state_folder: Path, keys: Keys) -> Site:
    others = {"elasticbeanstalk": _emulator(state_folder, "beanstalk", "/")}
    return Aws(upstream=_emulator(state_folder, "ministack", emulator.HEALTH), keys=keys, others=others)


def _storage(state_folder: Path, keys: Keys) -> Site:
    return control_planes.google_storage(_emulator(state_folder, "google", HEALTH), keys.token)


def _google(state_folder: Path, keys: Keys) -> Site:
    """Every API of Google's; Cloud Storage too, so that a client with one proxy for all reaches it."""
    upstream = _emulator(state_folder, "google", HEALTH)
    storage = control_planes.google_storage(upstream, keys.token)
    others = control_planes.google(upstream, keys.token)

    async def site(head: Head, body: Body) -> Answer:
        return await (storage if control_planes.is_storage(head) else others)(head, body)

    return site


def _pythonanywhere(state_folder: Path, keys: Keys) -> Site:
    """The API at the machine's own names, the web apps at theirs."""
    upstream = _emulator(state_folder, "pythonanywhere", HEALTH)
    api = control_planes.pythonanywhere(upstream, keys.pythonanywhere)
    patient = _emulator(state_folder, "pythonanywhere", HEALTH, WEB_APP_SECONDS)
    web_apps = WebApps(upstream=patient, most=UPLOAD_MOST)

    async def site(head: Head, body: Body) -> Answer:
        return await (api if head.host in LOOPBACK else web_apps)(head, body)

    return site


def _front(state_folder: Path, _keys: Keys) -> Site:
    return Fronts(state_folder)


def _emulator(state_folder: Path, name: str, health: str, seconds: float = ANSWER_SECONDS) -> Upstream:
    return Upstream(sockets.path(state_folder, name), health=health, seconds=seconds)


SITES: Mapping[str, Callable[[Path, Keys], Site]] = {
    "aws": _aws,
    "storage": _storage,
    "google": _google,
    "pythonanywhere": _pythonanywhere,
    "front": _front,
}
"""Port -> what makes its site, given the state folder and the sandbox's keys."""
TO_APPS: Mapping[str, Callable[[Head], bool]] = {
    "aws": to_app,
    "pythonanywhere": lambda head: head.host not in LOOPBACK,
    "front": lambda _head: True,
}
"""Port -> whether a request to it goes to an app: the sandbox's page shows those."""
OWN_PROXIES = frozenset({"google"})
"""The ports that a client may take for its proxy to the port itself: `gcloud` comes so."""
PAGE = "page"


def sites(state_folder: Path, keys: Keys) -> dict[str, Site]:
    """The site of every port: those of :data:`SITES`, and the sandbox's own page, which shows their requests."""
    requests = RequestLog()
    made = {name: make(state_folder, keys) for name, make in SITES.items()}
    recorded = {name: Recorded(site=made[name], log=requests, to_app=to_app) for name, to_app in TO_APPS.items()}
    page = Page(state_folder, _emulator(state_folder, PAGE, ""), requests)
    return {**made, **recorded, PAGE: page}
