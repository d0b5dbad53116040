"""The gateway lets in what shows the sandbox's keys, and no page, stranger or broken client besides."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import psutil
import pytest
from botocore.exceptions import ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
from ruamel.yaml import YAML

from slipway.sandbox import composition
from slipway.sandbox.services import keys, registry
from slipway.wire.variables import PROVIDER_TOKEN
from tests.sandbox.storage_service import paid_project

ROOT = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).parent / "cases/gateway/raw_requests.yaml")
pytestmark = pytest.mark.services


@dataclass(frozen=True)
class Sandbox:
    state_folder: Path
    keys: keys.Keys
    variables: dict[str, str]

    @property
    def ports(self) -> dict[str, int]:
        return dict(registry.load(self.state_folder)["gateway"].ports)

    def buckets(self) -> list[str]:
        """An honest call: what the storage has."""
        headers = {"Authorization": f"Bearer {self.keys.token}"}
        url = f"{self.variables['STORAGE_EMULATOR_HOST']}/storage/v1/b?project=demo-project"
        answer = httpx.get(url, headers=headers, trust_env=False, timeout=5.0).raise_for_status().json()
        return [bucket["name"] for bucket in answer.get("items", [])]

    def roles(self) -> list[str]:
        """Another: what the account has."""
        from slipway.sandbox.aws.clients import Aws, Endpoint

        found = Aws(Endpoint.of(self.variables), "us-east-1").client("iam").list_roles()["Roles"]
        return [role["RoleName"] for role in found]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox in a folder that every user could enter, with a bucket that nothing here takes away."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as above, pytest.MonkeyPatch.context() as patched:
        patched.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        Path(above).chmod(0o755)
        state_folder = Path(above) / ".slipway"
        composition.ensure(state_folder, ROOT)
        drawn = keys.load(state_folder)
        assert drawn is not None
        made = Sandbox(state_folder, drawn, composition.environment(state_folder, ROOT))
        headers = {"Authorization": f"Bearer {drawn.token}"}
        paid_project(state_folder)
        url = f"{made.variables['STORAGE_EMULATOR_HOST']}/storage/v1/b?project=demo-project"
        httpx.post(url, headers=headers, json={"name": "stays"}, trust_env=False).raise_for_status()
        yield made
        composition.stop(state_folder)


def exchange(port: int, sent: bytes) -> bytes:
    """What a port answers to bytes, until it closes or two seconds pass."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=2.0) as line:
        try:
            line.sendall(sent)
            while piece := line.recv(65536):
                said += piece
        except (ConnectionError, TimeoutError):
            pass
    return said


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_request_that_must_not_pass_does_not(sandbox: Sandbox, case: dict[str, Any]) -> None:
    """Each is answered with a refusal, at once, and what the clouds hold stays."""
    port = sandbox.ports[case["at"]]
    key = sandbox.keys.pythonanywhere if case["at"] == "pythonanywhere" else sandbox.keys.token
    padding = case.get("pad", "").replace("\\r\\n", "\r\n") * case.get("times", 0)
    text = case["send"].replace("\\r\\n", "\r\n").replace("PORT", str(port)).replace("KEY", key)
    answer = exchange(port, text.replace("PAD", padding).encode("latin-1"))
    if answer or not case.get("closed"):
        assert int(answer.split(b" ", 2)[1]) in case["status"], answer[:300]
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert sandbox.buckets() == ["stays"]


TUNNELLED = {
    "no token": ("GET /run/v1/projects", "Host: 127.0.0.1:PORT", 401),
    "a foreign host": ("GET /run/v1/projects", "Host: evil.example\r\nAuthorization: Bearer KEY", 421),
    "a foreign page": (
        "GET /run/v1/projects",
        "Host: 127.0.0.1:PORT\r\nOrigin: http://evil.example\r\nAuthorization: Bearer KEY",
        403,
    ),
    "another address": ("GET http://127.0.0.1:1/", "Host: 127.0.0.1:1\r\nAuthorization: Bearer KEY", 400),
    "a further tunnel": ("CONNECT 127.0.0.1:22", "Host: 127.0.0.1\r\nAuthorization: Bearer KEY", 400),
}
"""By name: what is sent through a tunnel, and the status that answers it."""


@pytest.mark.parametrize("name", TUNNELLED)
def test_a_tunnel_to_itself_lets_nothing_in_that_is_refused_without_one(sandbox: Sandbox, name: str) -> None:
    """It leads to the same questions; what was sent behind its head before the answer counts for nothing."""
    request, headers, status = TUNNELLED[name]
    port = sandbox.ports["google"]
    head = f"{request} HTTP/1.1\r\n{headers}\r\n\r\n".replace("PORT", str(port)).replace("KEY", sandbox.keys.token)
    opening = f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5.0) as line:
        line.sendall(f"{opening}GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
        assert line.recv(65536) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        line.sendall(head.encode())
        assert int(line.recv(65536).split(b" ", 2)[1]) == status


@pytest.mark.parametrize("service", ["s3", "iam", "lambda", "cloudwatch", "logs", "ecr"])
def test_a_refusal_is_one_that_the_services_client_reads(sandbox: Sandbox, service: str) -> None:
    """Whatever protocol a service speaks, AWS's own client finds the code and the message."""
    from slipway.sandbox.aws.clients import Aws, Endpoint

    wrong = Endpoint(sandbox.variables["AWS_ENDPOINT_URL"], sandbox.keys.access_key, "another secret")
    calls = {
        "s3": "list_buckets",
        "iam": "list_roles",
        "lambda": "list_functions",
        "cloudwatch": "list_dashboards",
        "logs": "describe_log_groups",
        "ecr": "describe_repositories",
    }
    with pytest.raises(ClientError, match="does not match the signature you provided") as refused:
        getattr(Aws(wrong, "us-east-1").client(service), calls[service])()
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_there_are_forty_of_them() -> None:
    """The list of raw requests does not shrink."""
    assert len(CASES) >= 40 and len({case["name"] for case in CASES}) == len(CASES)


def test_half_open_connections_cost_no_thread_and_hold_nobody_up(sandbox: Sandbox) -> None:
    """600 connections with half a head, at three ports: no thread more, and an honest call takes under a second."""
    process = psutil.Process(registry.load(sandbox.state_folder)["gateway"].process.pid)
    before = process.num_threads()
    lines = []
    try:
        for number in range(600):
            port = sandbox.ports[("front", "storage", "aws")[number % 3]]
            lines.append(socket.create_connection(("127.0.0.1", port), timeout=5.0))
            lines[-1].sendall(b"GET /storage/v1/b HTTP/1.1\r\nHost: 127.0.0.1" if number % 2 else b"")
        began = time.monotonic()
        assert sandbox.buckets() == ["stays"]
        assert time.monotonic() - began < 1.0
        assert process.num_threads() <= before + 2
    finally:
        for line in lines:
            line.close()


def test_a_slow_body_does_not_hold_the_emulator(sandbox: Sandbox) -> None:
    """The storage emulator has one thread: it hears of a request once all of it is there."""
    port = sandbox.ports["storage"]
    with socket.create_connection(("127.0.0.1", port), timeout=5.0) as line:
        line.sendall(
            f"POST /storage/v1/b HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {sandbox.keys.token}\r\n"
            "Content-Length: 1000\r\n\r\n{".encode()
        )
        assert sandbox.buckets() == ["stays"]


def test_two_requests_on_one_connection_are_two(sandbox: Sandbox) -> None:
    """What follows a body is the next request, answered in its turn."""
    port = sandbox.ports["front"]
    one = f"POST /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 3\r\n\r\nabc"
    two = f"GET /b HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    assert exchange(port, (one + two).encode()).count(b"HTTP/1.1 404") == 2


def test_fifty_at_once_are_all_answered(sandbox: Sandbox) -> None:
    """Calls side by side lose nothing, though an emulator behind the gateway takes one at a time."""
    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(lambda _: sandbox.buckets(), range(50))) == [["stays"]] * 50


def test_the_provider_host_takes_its_owners_calls_alone(sandbox: Sandbox) -> None:
    """Not without the token, not with another; with it, and from a process that has it in its environment."""
    port = registry.load(sandbox.state_folder)["host"].ports["random"]

    def ask(*metadata: tuple[str, str]) -> str:
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            try:
                return stub.GetPluginInfo(empty_pb2.Empty(), metadata=metadata, timeout=10).version
            except grpc.RpcError as refused:
                return refused.code().name  # type: ignore[attr-defined]

    assert ask() == "UNAUTHENTICATED"
    assert ask(("authorization", "Bearer wrong")) == "UNAUTHENTICATED"
    version = ask(("authorization", f"Bearer {sandbox.keys.token}"))
    assert version[0].isdigit()
    assert calling(port, {PROVIDER_TOKEN: sandbox.keys.token}) == version
    assert calling(port, {}) == "UNAUTHENTICATED"


CALL = """
import grpc, sys
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", options=[("grpc.enable_http_proxy", 0)])
try:
    print(provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty(), timeout=10).version)
except grpc.RpcError as refused:
    print(refused.code().name)
"""


def calling(port: int, variables: dict[str, str]) -> str:
    """What another process is answered, which shows nothing with its call."""
    environment = {**{name: value for name, value in os.environ.items() if name != PROVIDER_TOKEN}, **variables}
    words = [sys.executable, "-c", CALL, str(port)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.strip()


STRANGER = """
import json, os, pathlib, socket, sys
above, ports = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
"localhost".encode("idna"); os.setgroups([]); os.setgid(65534); os.setuid(65534)
opened, entered = [], []
for folder, folders, files in os.walk(above, onerror=lambda error: None):
    for name in files + folders:
        path = pathlib.Path(folder) / name
        try:
            if path.is_dir():
                os.listdir(path); entered.append(str(path))
            else:
                path.open("rb").read(1); opened.append(str(path))
        except OSError:
            continue
answers = {}
for name, port in ports.items():
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(f"POST / HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nContent-Length: 0\\r\\n\\r\\n".encode())
        answers[name] = line.recv(100).split(b" ")[1].decode()
print(json.dumps({"opened": opened, "entered": entered, "answers": answers}))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_second_user_of_the_machine_reads_nothing_and_moves_nothing(sandbox: Sandbox) -> None:
    """No file and no folder of the sandbox opens to them, and every control plane turns them away."""
    import json

    ports = {name: port for name, port in sandbox.ports.items() if name != "front"}
    words = [sys.executable, "-I", "-c", STRANGER, str(sandbox.state_folder.parent), json.dumps(ports)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["opened"] == [] and seen["entered"] == [], seen
    refused = dict.fromkeys(("google", "page", "pythonanywhere", "storage"), "401")
    assert seen["answers"] == {"aws": "403", **refused}


def test_what_the_sandbox_writes_is_its_owners_alone(sandbox: Sandbox) -> None:
    """Folders 0700, files 0600: whatever service has made them; what Pulumi and builds fill lies in closed folders."""
    wide = [
        f"{path.relative_to(sandbox.state_folder)} {path.lstat().st_mode & 0o777:o}"
        for path in [
            sandbox.state_folder,
            *sandbox.state_folder.iterdir(),
            *(sandbox.state_folder / "sandbox").rglob("*"),
        ]
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]
    assert wide == []
