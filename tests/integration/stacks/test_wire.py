"""The program's values survive Pulumi's real wire: what the SDK sends is what an engine can read."""

import asyncio
import json
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from slipway.wire.signatures import ARCHIVE, ASSET, SECRET, SIGNATURE, UNKNOWNS

ROOT = Path(__file__).parents[3]


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def configuration(stack: str) -> dict[str, str]:
    config = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def assets(value: Any) -> Iterator[pulumi.Asset | pulumi.Archive]:
    """Every asset in a value that has come over the wire."""
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from assets(inner)


def sound(asset: pulumi.Asset | pulumi.Archive) -> bool:
    """Whether Pulumi's engine takes it: an asset has a text, a path or an address (sdk/go/common/resource/asset.go)."""
    if isinstance(asset, pulumi.StringAsset):
        return bool(asset.text)
    if isinstance(asset, pulumi.FileAsset | pulumi.FileArchive):
        return Path(asset.path).exists()
    return isinstance(asset, pulumi.AssetArchive) and all(map(sound, asset.assets.values()))


@pytest.mark.parametrize("stack", ["dev", "sandbox"])
def test_every_asset_of_the_program_can_be_unmarshalled(deploy: Any, monkeypatch: pytest.MonkeyPatch, stack: str):
    """The files of former versions are not at hand, and still an engine reads what stands for them."""
    monkeypatch.chdir(ROOT)
    config = configuration(stack)
    first = deploy(program, stack=stack, config=config)
    apps = json.loads(config["slipway:apps"])
    former = json.loads(json.dumps(first.exports))
    for name in ("time-service", "time-service-beanstalk"):
        of_app = former["apps"][name]
        of_app["digests"] = {"v-0123456789ab": "0" * 64}
        of_app["versions"] = list(of_app["digests"])
    for version in former["app_engine"]["versions"]["time-service"]:
        version.update(digest="0" * 64, object=f"time-service/{'0' * 64}.zip")
    second = deploy(program, stack=stack, config=config, before=former)
    sent = [asset for resource in second.resources for asset in assets(resource.inputs)]
    assert len(sent) > len(apps) - 3
    assert [asset for asset in sent if not sound(asset)] == []


SHAPES: dict[str, Callable[[], Any]] = {
    "text": lambda: pulumi.StringAsset("x"),
    "archive": lambda: pulumi.AssetArchive({"a.txt": pulumi.StringAsset("x")}),
    "archive in an archive": lambda: pulumi.AssetArchive({"a": pulumi.AssetArchive({"b": pulumi.StringAsset("x")})}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_ours_comes_back_from_the_wire_as_it_was(name: str):
    """Assets and archives, through the SDK's own serialisation."""
    wire = serialised(lambda: {"value": SHAPES[name]()})
    assert serialised(lambda: rpc.deserialize_properties(wire, keep_unknowns=True)) == wire


def test_the_marks_are_those_that_slipway_reads():
    """The signatures in slipway.wire are the SDK's."""
    wire = serialised(lambda: {"asset": pulumi.StringAsset("x"), "archive": pulumi.AssetArchive({})})
    assert (wire["asset"][SIGNATURE], wire["archive"][SIGNATURE]) == (ASSET, ARCHIVE)
    assert (rpc._special_secret_sig, rpc.UNKNOWN in UNKNOWNS) == (SECRET, True)


def serialised(properties: Callable[[], dict[str, Any]]) -> struct_pb2.Struct:
    """The properties as the SDK sends them to an engine that understands secrets."""

    async def send() -> struct_pb2.Struct:
        return await rpc.serialize_properties(properties(), {})

    with asyncio.Runner() as runner:
        return runner.run(send())
