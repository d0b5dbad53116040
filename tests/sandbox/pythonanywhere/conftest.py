"""A stand-in of PythonAnywhere on a free port, and the provider served beside it."""

import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from slipway.providers.pythonanywhere.package import PACKAGE
from slipway.sandbox.handler import Asset
from slipway.sandbox.pythonanywhere.accounts import PAID, Account
from slipway.sandbox.pythonanywhere.server import Standin
from slipway.sandbox.services import processes

ANNA = Account(user="anna", token="t0ken-of-anna")
PIA = Account(user="pia", token="t0ken-of-pia", plan=PAID)
EVA = Account(user="eva", token="t0ken-of-eva", domain="eu.pythonanywhere.com")
APP = """def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]
"""


class Api:
    """The API as `curl` would ask it."""

    def __init__(self, standin: Standin, account: Account) -> None:
        self.account, self.base = account, f"http://127.0.0.1:{standin.server_port}"
        self.client = httpx.Client(trust_env=False, headers={"Authorization": f"Token {account.token}"}, timeout=30)

    def __call__(self, method: str, place: str, **sent: Any) -> httpx.Response:
        return self.client.request(method, f"{self.base}/api/v0/user/{self.account.user}/{place}", **sent)

    def web(self, path: str = "/", domain: str = "", method: str = "GET") -> httpx.Response:
        host = (domain or f"{self.account.user}.{self.account.domain}").removesuffix(".com") + ".localhost"
        return self.client.request(method, f"{self.base}{path}", headers={"Host": host})


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Callable[..., Standin]]:
    """Starts a stand-in: ``standing(rate=…, period=…)``; what it started ends with the test."""
    started: list[Standin] = []

    def start(**limits: Any) -> Standin:
        standin = Standin(tmp_path / "home", 0, (ANNA, PIA, EVA), **limits)
        threading.Thread(target=standin.serve_forever, daemon=True).start()
        started.append(standin)
        return standin

    yield start
    for standin in started:
        standin.shutdown()
        standin.server_close()
    processes.end_marked(tmp_path / "home")


@pytest.fixture
def standin(standing: Callable[..., Standin]) -> Standin:
    return standing()


@pytest.fixture
def provider(serving: Callable[..., Any], standin: Standin) -> Callable[..., Any]:
    """The provider over gRPC, configured for an account: ``provider(ANNA)``."""

    def configured(account: Account = ANNA, at: Standin = standin, **config: str) -> Any:
        caller = serving(PACKAGE, environment={"PYTHONANYWHERE_ENDPOINT": f"http://127.0.0.1:{at.server_port}"})
        caller.configure(**{"user": account.user, "token": account.token, **config})
        return caller

    return configured


@pytest.fixture
def api(standin: Standin) -> Api:
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
