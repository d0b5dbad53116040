"""The provider's folder as `pulumi` runs it: a process that prints its port and ends with the command."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.sandbox.conftest import Caller
from tests.sandbox.pythonanywhere.conftest import ANNA

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "slipway" / "providers" / "pythonanywhere"


@pytest.fixture
def plugin(standin: Any, tmp_path: Path) -> Iterator[tuple[Caller, "subprocess.Popen[str]"]]:
    """Started as the language host does: the folder, then the engine's address and its flags."""
    started = subprocess.Popen(
        [sys.executable, str(FOLDER), "127.0.0.1:1", "--logtostderr"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONANYWHERE_ENDPOINT": f"http://127.0.0.1:{standin.server_port}"},
    )
    assert started.stdout is not None
    port = int(started.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        yield Caller(provider_pb2_grpc.ResourceProviderStub(channel)), started
    started.kill()
    started.wait()


def test_a_resource_is_made_through_the_plugin(plugin: tuple[Caller, Any], api: Any):
    """The same code as in the sandbox, in a process of its own: configure, check, create."""
    caller, _ = plugin
    assert caller.call("GetPluginInfo", empty_pb2.Empty()).version
    caller.configure(user=ANNA.user, token=ANNA.token)
    folder = "/home/anna/hello"
    given = {"domainName": "anna.pythonanywhere.com", "pythonVersion": "3.13", "sourceDirectory": folder}
    caller.made("pythonanywhere:index:Webapp", {**given, "workingDirectory": folder})
    assert api("GET", "webapps/").json()[0]["source_directory"] == folder


def test_methods_it_does_not_have_are_unimplemented(plugin: tuple[Caller, Any]):
    """Engines ask for a schema and mappings; any answer but UNIMPLEMENTED would end them."""
    caller, _ = plugin
    with pytest.raises(Exception) as refused:
        caller.call("GetSchema", provider_pb2.GetSchemaRequest())
    assert refused.value.code == grpc.StatusCode.UNIMPLEMENTED


def test_a_bad_configuration_is_refused_before_anything_else(plugin: tuple[Caller, Any]):
    """By its key, in a sentence; an unknown value is none that is wrong."""
    caller, _ = plugin
    news = struct_pb2.Struct()
    news.update({"host": "example.com", "token": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"})
    request = provider_pb2.CheckRequest(urn="urn:pulumi:s::p::pulumi:providers:pythonanywhere::default", news=news)
    assert {failure.property for failure in caller.call("CheckConfig", request).failures} == {"host", "user"}


def test_it_ends_when_it_is_told_to(plugin: tuple[Caller, "subprocess.Popen[str]"]):
    """SIGTERM ends it within seconds, without an error."""
    _, process = plugin
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_pulumi_finds_it():
    """The project names the folder, the folder its runtime and the project's own virtual environment."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    manifest = yaml.safe_load((FOLDER / "PulumiPlugin.yaml").read_text())
    assert project["plugins"]["providers"] == [{"name": "pythonanywhere", "path": FOLDER.relative_to(ROOT).as_posix()}]
    wanted = (FOLDER / manifest["runtime"]["options"]["virtualenv"]).resolve()
    assert manifest["runtime"]["name"] == "python"
    assert wanted == (ROOT / project["runtime"]["options"]["virtualenv"]).resolve()


@pytest.mark.parametrize("package", ["slipway.engine", "slipway.sandbox", "slipway.bundle"])
def test_it_stands_alone(package: str):
    """What the plugin imports is nothing of the tooling's."""
    script = (
        "import sys; import slipway.providers.pythonanywhere.package, slipway.providers.protocol.plugin;"
        f"print([name for name in sys.modules if name.startswith({package!r})])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
