"""What was made by hand is imported with the inputs as they are, and changed by the provider's default tags."""

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from slipway.providers.protocol import wire
from slipway.sandbox.aws.package import PACKAGE
from tests.sandbox.aws.materials import cases, load
from tests.sandbox.conftest import Caller, urn

pytestmark = pytest.mark.services
UNREAD = frozenset({"code", "content", "source", "sourceCodeHash", "publish", "forceDestroy", "forceDelete"})
"""Inputs that the cloud does not give back: they are the program's alone."""


@pytest.fixture
def provider(serving: Callable[..., Caller], aws: Any) -> Callable[..., Caller]:
    def configured(**config: Any) -> Caller:
        variables = {
            "AWS_ENDPOINT_URL": aws.endpoint.url,
            "AWS_ACCESS_KEY_ID": aws.endpoint.access_key,
            "AWS_SECRET_ACCESS_KEY": aws.endpoint.secret_key,
            "SLIPWAY_HOME": str(aws.state_folder),
        }
        caller = serving(PACKAGE, variables)
        caller.configure(**config)
        return caller

    return configured


@pytest.mark.parametrize("path", cases("round_trips"), ids=lambda path: path.stem)
def test_an_import_with_the_inputs_as_they_are_changes_nothing(
    path: Any, name: str, tmp_path: Any, kind: Any, provider: Any
) -> None:
    """What the program leaves out, what is empty and what has the provider's default is no difference."""
    case, call = load(path, name, tmp_path), provider()
    made = []
    for need in [*case.get("needs", []), case]:
        of_kind = kind(need["type"])
        made.append((of_kind, *of_kind.create(need["inputs"]), need["inputs"]))
    try:
        address = made[-1][0].address(case["inputs"])
        there = call.read(case["type"], address)
        inputs = call.check(case["type"], case["inputs"]).inputs
        assert _changed(call, case["type"], there.inputs, there.properties, inputs) - UNREAD == set()
    finally:
        for of_kind, id, _, inputs in reversed(made):
            of_kind.delete(id, inputs)


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "{name}"}),
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "/{name}"}),
        ("aws:ecr/repository:Repository", {"name": "{name}"}),
        ("aws:elasticbeanstalk/application:Application", {"name": "{name}", "tags": {"own": "1"}}),
    ],
)
def test_changed_default_tags_change_every_resource(type: str, inputs: Any, name: str, provider: Any) -> None:
    """They are merged at Check, under the resource's own, so a preview shows them and an update sets them."""
    inputs = {key: value.replace("{name}", name) if isinstance(value, str) else value for key, value in inputs.items()}
    first, second = (provider(region="us-east-1", defaultTags={"tags": {"team": team}}) for team in "ab")
    id, state = first.made(type, inputs)
    assert state["tagsAll"] == {"team": "a", **inputs.get("tags", {})}
    before, after = first.check(type, inputs).inputs, second.check(type, inputs).inputs
    assert _changed(second, type, before, first.create(type, before, preview=True)[1], after) == {"tags", "tagsAll"}
    updated = wire.plain_props(second.update(type, id, state, after))
    assert updated["tagsAll"] == updated["tags"] == {"team": "b", **inputs.get("tags", {})}
    second.delete(type, id, updated)


def _changed(
    call: Caller, type: str, old: struct_pb2.Struct, state: struct_pb2.Struct, new: struct_pb2.Struct
) -> set[str]:
    request = provider_pb2.DiffRequest(urn=urn(type), id="x", olds=state, old_inputs=old, news=new)
    return set(call.call("Diff", request).diffs)
