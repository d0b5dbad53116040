"""The package as an engine reaches it: Pulumi's provider protocol, the host's server, the emulator behind it."""

import socket
import uuid

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from slipway.sandbox.aws.package import PACKAGE

server = pytest.importorskip("slipway.sandbox.host.server")
pytestmark = pytest.mark.services
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture
def provider(endpoint):
    """A client of the package's server, configured."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": endpoint.access_key,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret_key,
        "AWS_REGION": "us-east-1",
    }
    serving = server.serve(PACKAGE, port, lambda: variables)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
        yield stub
    serving.stop(grace=0).wait()


def test_a_log_group_by_the_protocol(provider):
    """Check fills in what is the provider's; a create, a quiet refresh, an update, a replacing diff, a delete."""
    name = f"/t/{uuid.uuid4().hex}"
    inputs = _checked(provider, {"name": name, "retentionInDays": 7})
    assert inputs == {"name": name, "retentionInDays": 7, "skipDestroy": False, "__defaults": ["skipDestroy"]}

    made = provider.Create(provider_pb2.CreateRequest(urn=_urn(), properties=_struct(inputs)))
    state = json_format.MessageToDict(made.properties)
    assert made.id == name
    assert state["arn"].endswith(f":log-group:{name}")

    seen = provider.Read(
        provider_pb2.ReadRequest(id=name, urn=_urn(), properties=made.properties, inputs=_struct(inputs))
    )
    assert json_format.MessageToDict(seen.inputs) == inputs
    assert json_format.MessageToDict(seen.properties) == state

    changed = _checked(provider, {"name": name, "retentionInDays": 30})
    diff = _diff(provider, name, made.properties, inputs, changed)
    assert (diff.changes, list(diff.replaces)) == (provider_pb2.DiffResponse.DIFF_SOME, [])
    updated = provider.Update(
        provider_pb2.UpdateRequest(
            id=name, urn=_urn(), olds=made.properties, news=_struct(changed), old_inputs=_struct(inputs)
        )
    )
    assert json_format.MessageToDict(updated.properties)["retentionInDays"] == 30

    renamed = {**changed, "name": name + "2"}
    assert list(_diff(provider, name, updated.properties, changed, renamed).replaces) == ["name"]
    provider.Delete(provider_pb2.DeleteRequest(id=name, urn=_urn(), properties=updated.properties))
    gone = provider.Read(provider_pb2.ReadRequest(id=name, urn=_urn(), properties=updated.properties))
    assert gone.id == ""


def test_a_refusal_reaches_the_engine(provider):
    """What the check refuses comes back by property."""
    answer = provider.Check(
        provider_pb2.CheckRequest(urn=_urn(), news=_struct({"name": "x", "retentionInDays": 10}), randomSeed=b"0" * 32)
    )
    assert [failure.property for failure in answer.failures] == ["retentionInDays"]


def test_an_invoke_by_the_protocol(provider):
    """The program can ask who it is."""
    token = "aws:index/getCallerIdentity:getCallerIdentity"
    answer = provider.Invoke(provider_pb2.InvokeRequest(tok=token, args=_struct({})))
    assert json_format.MessageToDict(getattr(answer, "return"))["accountId"] == "000000000000"


def _checked(provider, given):
    answer = provider.Check(provider_pb2.CheckRequest(urn=_urn(), news=_struct(given), randomSeed=b"0" * 32))
    assert not answer.failures
    return json_format.MessageToDict(answer.inputs)


def _diff(provider, id, state, old, new):
    return provider.Diff(
        provider_pb2.DiffRequest(id=id, urn=_urn(), olds=state, news=_struct(new), old_inputs=_struct(old))
    )


def _urn():
    return f"urn:pulumi:s::p::{LOG_GROUP}::it"


def _struct(values):
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct
