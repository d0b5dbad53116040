"""Another user of the machine and a page of a foreign site, at every port of a sandbox in which everything runs."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from slipway.sandbox import composition
from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.databases import programs
from slipway.sandbox.docker.client import LABEL, mark
from slipway.sandbox.services import keys, processes, registry
from slipway.sandbox.stores.google import Store, store_path
from tests.browser import NEEDS_BROWSER
from tests.daemon import daemon_or_skip
from tests.demo.clones import Clone
from tests.docker.conftest import free_port
from tests.foreign import report_of_a_foreign_page

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(900)]

REQUESTS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "strangers.yaml").read_text())
"""By what a stranger wants to do: the bytes that are sent, with ``PORT`` for the port."""
SUCCESS = re.compile(r"HTTP/1\.[01] (2|101)|R\0\0\0\x08\0\0\0\0")
"""How an answer begins that does what was asked: of HTTP, or a session of PostgreSQL."""
APPS = {"front", "published"}
"""Where apps are, which answer everybody what they like: they are public on purpose."""

STRANGER = r"""
import json, os, socket, sys
ports, requests = json.loads(sys.argv[1]), json.loads(sys.argv[2])
"localhost".encode("idna"), "".encode("latin-1").decode("latin-1")
os.setgroups([]); os.setgid(65534); os.setuid(65534)
answers = []
for kind, port in ports:
    for doing, sent in requests.items():
        said = b""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=3) as line:
                line.sendall(sent.replace("PORT", str(port)).encode("latin-1"))
                said = line.recv(300)
        except OSError:
            pass
        answers.append([kind, port, doing, said.decode("latin-1")])
print(json.dumps(answers))
"""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that something of the sandbox listens on."""

    kind: str
    number: int


class Everything(Clone):
    """A clone with all of the sandbox's stack but the pipeline, which serves nothing."""

    docker = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "embedded")
        path = folder / "stacks/Pulumi.sandbox.yaml"
        document = yaml.safe_load(path.read_text())
        config = document["config"]
        for app in config["slipway:apps"].values():
            if app["platform"] == "container":
                app["publish"] = free_port()
        config["slipway:monitoring"] = {"publish": free_port(), "scrape_seconds": 1}
        if programs.folder() is not None:
            config["slipway:apps"]["time-service"]["database"] = "postgres"
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    @property
    def state_folder(self) -> Path:
        """Where the clone's runs write."""
        return self.folder / ".slipway"

    def ports(self) -> list[Port]:
        """Every port that a process or a container of the sandbox listens on."""
        names = {
            number: name if service == "gateway" else service.partition(":")[0]
            for service, running in registry.load(self.state_folder).items()
            for name, number in running.ports.items()
        }
        ours = {process.pid for process in processes.marked(self.state_folder)}
        listening = {
            one.laddr.port
            for one in psutil.net_connections("inet")
            if one.laddr and one.status == "LISTEN" and one.pid in ours
        }
        found = [Port(kind=names.get(number, "another"), number=number) for number in listening]
        label = f"label={LABEL}={mark(self.state_folder)}"
        words = ["docker", "ps", "--filter", label, "--format", "{{.Names}}\t{{.Ports}}"]
        for line in subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines():
            name, _, ports = line.partition("\t")
            kind = "prometheus" if "prometheus" in name or "monitoring" in name else "published"
            published = [one.partition("->")[0] for one in ports.split(", ") if "->" in one]
            found += [Port(kind=kind, number=int(one.rpartition(":")[2])) for one in published]
        return sorted(found, key=lambda port: (port.kind, port.number))

    def world(self) -> dict[str, Any]:
        """What a stranger could have made, changed or ended, as the owner sees it."""
        drawn = keys.load(self.state_folder)
        assert drawn is not None
        variables = composition.environment(self.state_folder, self.folder)
        aws = Aws(Endpoint.of(variables), "eu-central-1")
        token = {"Authorization": f"Token {drawn.pythonanywhere}"}
        tasks = f"{variables['PYTHONANYWHERE_ENDPOINT']}/api/v0/user/slipway/schedule/"
        label = f"label={LABEL}={mark(self.state_folder)}"
        containers = subprocess.run(
            ["docker", "ps", "--filter", label, "--format", "{{.ID}}"], capture_output=True, text=True, check=True
        )
        return {
            "roles": [one["RoleName"] for one in aws.client("iam").list_roles()["Roles"]],
            "functions": [one["FunctionName"] for one in aws.client("lambda").list_functions()["Functions"]],
            "environments": [
                one["EnvironmentName"] for one in aws.client("elasticbeanstalk").describe_environments()["Environments"]
            ],
            "buckets": sorted(str(one) for one in Store(store_path(self.state_folder)).all("bucket")),
            "tasks": httpx.get(tasks, headers=token, trust_env=False).raise_for_status().json(),
            "containers": sorted(containers.stdout.split()),
            "services": sorted(
                f"{name} {running.process.pid}" for name, running in registry.load(self.state_folder).items()
            ),
        }


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    daemon_or_skip()
    made = Everything(tmp_path_factory.mktemp("everything") / "clone")
    made.verb("up")
    yield made
    made.run("destroy", "--yes", "--stack", "sandbox", status=None)
    made.run("sandbox", "stop", status=None)


def test_another_user_moves_nothing_at_any_port(everything: Everything) -> None:
    """Whatever they send: the apps alone answer with a success, and Prometheus its own page."""
    ports, before = everything.ports(), everything.world()
    kinds = {port.kind for port in ports}
    assert {"aws", "google", "storage", "pythonanywhere", "front", "registry", "published", "prometheus"} <= kinds
    sent = {doing: request["sends"] for doing, request in REQUESTS.items()}
    words = [sys.executable, "-I", "-c", STRANGER, json.dumps([[p.kind, p.number] for p in ports]), json.dumps(sent)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout)
    assert len(answers) == len(ports) * len(REQUESTS)
    acted = [
        (kind, port, doing, said[:60])
        for kind, port, doing, said in answers
        if SUCCESS.match(said) and kind not in APPS and not harmless(kind, doing, said)
    ]
    assert acted == [], json.dumps(acted, indent=1)
    assert everything.world() == before


def harmless(kind: str, doing: str, said: str) -> bool:
    """A page of Prometheus, or the empty one that the registry answers beside its API."""
    if kind == "registry" and "/v2/" not in REQUESTS[doing]["sends"]:
        return said.partition("\r\n\r\n")[2] == ""
    return kind == "prometheus" and REQUESTS[doing].get("reads", False)


@NEEDS_BROWSER
def test_a_foreign_page_reads_nothing_and_makes_nothing(everything: Everything) -> None:
    """By forms, fetches, images, scripts, frames, beacons and WebSockets, at every port, by three names."""
    ports, before = [port.number for port in everything.ports()], everything.world()
    report = report_of_a_foreign_page(ports)
    assert report["tried"] >= 20 * len(ports)
    assert report["read"] == []
    assert everything.world() == before
