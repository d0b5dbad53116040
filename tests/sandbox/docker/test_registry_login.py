"""The sandbox's image registry takes nothing from, and gives nothing to, a caller who does not log in."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from slipway.sandbox.docker import store
from slipway.sandbox.services import ports, processes

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(shutil.which(store.BINARY) is None, reason=f"there is no {store.BINARY} on this machine"),
]

CALLS = [
    ("GET", "/v2/"),
    ("GET", "/v2/_catalog"),
    ("GET", "/v2/stack/app/tags/list"),
    ("HEAD", "/v2/stack/app/manifests/1"),
    ("POST", "/v2/stack/app/blobs/uploads/"),
    ("PUT", "/v2/stack/app/manifests/1"),
    ("DELETE", "/v2/stack/app/manifests/sha256:0000000000000000000000000000000000000000000000000000000000000000"),
]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A registry that answers, and the state folder that it belongs to."""
    state_folder = tmp_path_factory.mktemp("sandbox")
    port = ports.choose(("http",))["http"]
    words = store.command(state_folder, {"http": port})
    process = processes.spawn(words, state_folder=state_folder, log=state_folder / "log", extra={})
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            httpx.get(address, trust_env=False)
            break
        except httpx.TransportError:
            continue
    yield address, state_folder
    processes.end([process])


@pytest.mark.parametrize(("method", "path"), CALLS, ids=[f"{method} {path[:24]}" for method, path in CALLS])
@pytest.mark.parametrize("login", [None, ("slipway", ""), ("slipway", "wrong"), ("", "")])
def test_without_the_login_nothing_is_served(
    registry: tuple[str, Path], method: str, path: str, login: tuple[str, str] | None
):
    """401 for every call: no image is pushed, pulled, listed or deleted."""
    address, _ = registry
    answer = httpx.request(method, f"{address}{path}", auth=login, trust_env=False, timeout=10.0)
    assert answer.status_code == 401
    assert not answer.headers.get("Location")


def test_with_the_login_an_upload_begins(registry: tuple[str, Path]):
    """The login that the program is told is the one that opens it."""
    address, state_folder = registry
    login = store.login(state_folder)
    assert login
    url = f"{address}/v2/stack/app/blobs/uploads/"
    answer = httpx.post(url, auth=(login.user, login.password), trust_env=False, timeout=10.0)
    assert answer.status_code == 202
