"""A stand-in of PythonAnywhere on a free port, and the provider served beside it."""

import asyncio
import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from slipway.catalog.pythonanywhere_plans import PAID
from slipway.providers.pythonanywhere.package import PACKAGE
from slipway.sandbox.handler import Asset
from slipway.sandbox.pythonanywhere.accounts import Account
from slipway.sandbox.pythonanywhere.server import Standin
from slipway.sandbox.services import ports, processes

ANNA = Account(user="anna", token="t0ken-of-anna")
PIA = Account(user="pia", token="t0ken-of-pia", plan=PAID)
EVA = Account(user="eva", token="t0ken-of-eva", domain="eu.pythonanywhere.com")
APP = """def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]
"""


class Api:
    """The API as `curl` would ask it."""

    def __init__(self, standin: "Served", account: Account) -> None:
        self.account, self.base = account, f"http://127.0.0.1:{standin.server_port}"
        self.client = httpx.Client(trust_env=False, headers={"Authorization": f"Token {account.token}"}, timeout=30)

    def __call__(self, method: str, place: str, **sent: Any) -> httpx.Response:
        return self.client.request(method, f"{self.base}/api/v0/user/{self.account.user}/{place}", **sent)

    def web(self, path: str = "/", domain: str = "", method: str = "GET") -> httpx.Response:
        host = (domain or f"{self.account.user}.{self.account.domain}").removesuffix(".com") + ".localhost"
        return self.client.request(method, f"{self.base}{path}", headers={"Host": host})


class Served(Standin):
    """A stand-in that answers on a port of its own, as the gateway would let it."""

    def __init__(self, state_folder: Path, **limits: Any) -> None:
        super().__init__(state_folder, (ANNA, PIA, EVA), **limits)
        (self._listener,) = ports.listen({"http": 0}).values()
        self.server_port = self._listener.getsockname()[1]
        self._loop, self._ended = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serving()], daemon=True)
        self._thread.start()

    async def _serving(self) -> None:
        config = Config()
        config.loglevel = "WARNING"
        config.bind, config.graceful_timeout = [f"fd://{self._listener.detach()}"], 0.1
        await serve(self.app, config, shutdown_trigger=self._ended.wait)  # pyright: ignore[reportArgumentType]

    def end(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(5)


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts a stand-in: ``standing(rate=…, period=…)``; what it started ends with the test."""
    started: list[Served] = []

    def start(**limits: Any) -> Served:
        started.append(Served(tmp_path / "home", **limits))
        return started[-1]

    yield start
    for standin in started:
        standin.end()
    processes.end_marked(tmp_path / "home")


@pytest.fixture
def standin(standing: Callable[..., Served]) -> Served:
    return standing()


@pytest.fixture
def provider(serving: Callable[..., Any], standin: Served) -> Callable[..., Any]:
    """The provider over gRPC, configured for an account: ``provider(ANNA)``."""

    def configured(account: Account = ANNA, at: Served = standin, **config: str) -> Any:
        caller = serving(PACKAGE, environment={"PYTHONANYWHERE_ENDPOINT": f"http://127.0.0.1:{at.server_port}"})
        caller.configure(**{"user": account.user, "token": account.token, **config})
        return caller

    return configured


@pytest.fixture
def api(standin: Served) -> Api:
    return Api(standin, ANNA)


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The inputs of Files for some files (path -> text): ``app({"main.py": "…"})``."""

    def files(texts: dict[str, str], directory: str = "/home/anna/hello", packed: str = "") -> dict[str, Any]:
        from slipway.providers.pythonanywhere.files import manifest_of

        digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}
        digest = hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()
        path = tmp_path / f"{digest[:12]}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
        source = Asset(hashlib.sha256(path.read_bytes()).hexdigest(), path=path, is_archive=True)
        manifest = manifest_of(digests, packed)
        return {
            "directory": directory,
            "source": source,
            "manifest": manifest,
            **({"packed": packed} if packed else {}),
        }

    return files
