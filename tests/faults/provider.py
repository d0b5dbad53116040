# ruff: noqa: N802 - the protocol's names
"""A Pulumi resource provider whose world outlives every engine, and which fails as it is told to.

It serves the package ``conf`` (``conf:index:Thing``) over gRPC from a process of its own. Its folder holds

``world.json``
    what exists: ``{"made": {name: how many so far}, "things": {id: {"urn", "inputs"}}}``
``calls.jsonl``
    every call it got, one line each
``fault.json``
    one instruction, or none: ``{"serial", "call", "n", "kind", "times"}``. The ``n``-th ``call`` (``Create`` and so on)
    since an instruction with this ``serial`` was first seen fails, and the ``times - 1`` after it; see :data:`FAULTS`.
``conduct.json``
    ``{"adopts": bool, "delay": seconds}``: whether Create takes over what an interrupted Create of the same resource
    made, as this project's handlers do (else it makes a second thing, as a cloud with random names does), and how
    long every call that changes something takes.

Inputs that steer a thing: ``replaceKey`` (a change replaces it), ``deleteFirst`` (the old one goes first),
``secretValue`` (answered as the secret output ``sealed``), ``spill`` (refused in a message that holds every input).
Each has the output ``token``, made of name and ``replaceKey``, so that what depends on it changes when it is replaced
and not otherwise.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.conformance.provider import SECRET, SIGNATURE, UNKNOWN, bare, plain, props, sealed
from tests.faults.ways import FAULTS, Act, Partial
from tests.faults.world import World

CHANGING = frozenset({"Create", "Update", "Delete"})


class Conf(provider_pb2_grpc.ResourceProviderServicer):
    """See the module."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def _serve(self, method: str, request: Any, context: Any, act: Act, partial: Partial | None = None) -> Any:
        kind = self.world.record(method, request)
        delay = self.world.conduct()["delay"]
        if delay and method in CHANGING and not getattr(request, "preview", False):
            await asyncio.sleep(delay)
        return await FAULTS[kind](context, act, partial or _no_partial) if kind else act()

    async def Attach(self, request, context):
        return empty_pb2.Empty()

    async def Handshake(self, request, context: Any):
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no handshake")

    async def GetSchema(self, request, context: Any):
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no schema")

    async def GetMapping(self, request, context: Any):
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no mapping")

    async def Parameterize(self, request, context: Any):
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not parameterized")

    async def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    async def CheckConfig(self, request, context):
        act = lambda: provider_pb2.CheckResponse(inputs=request.news)  # noqa: E731
        return await self._serve("CheckConfig", request, context, act)

    async def DiffConfig(self, request, context):
        kinds = provider_pb2.DiffResponse
        some = props(request.olds) != props(request.news)
        act = lambda: kinds(changes=kinds.DIFF_SOME if some else kinds.DIFF_NONE)  # noqa: E731
        return await self._serve("DiffConfig", request, context, act)

    async def Configure(self, request, context):
        act = lambda: provider_pb2.ConfigureResponse(  # noqa: E731
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=False
        )
        return await self._serve("Configure", request, context, act)

    async def Check(self, request, context):
        act = lambda: provider_pb2.CheckResponse(inputs=request.news)  # noqa: E731
        return await self._serve("Check", request, context, act)

    async def Diff(self, request, context):
        return await self._serve("Diff", request, context, lambda: _diff(request))

    async def Create(self, request, context):
        def act() -> Any:
            if request.preview:
                return provider_pb2.CreateResponse(id="", properties=_outputs(request.urn, request.properties))
            if "spill" in request.properties.fields:
                raise ValueError(f"the cloud does not like {bare(props(request.properties))}")
            return provider_pb2.CreateResponse(
                id=self._make(request.urn, bare(props(request.properties))),
                properties=_outputs(request.urn, request.properties),
            )

        def partial(made: Any) -> Any:
            return provider_pb2.ErrorResourceInitFailed(
                id=made.id, properties=made.properties, inputs=request.properties, reasons=["not ready"]
            )

        return await self._serve("Create", request, context, act, partial)

    async def Read(self, request, context):
        def act() -> Any:
            thing = self.world.load()["things"].get(request.id)
            if thing is None:
                return provider_pb2.ReadResponse(id="")
            inputs = struct_pb2.Struct()
            inputs.update(thing["inputs"])
            _reseal(inputs, request.inputs)
            return provider_pb2.ReadResponse(id=request.id, properties=_outputs(thing["urn"], inputs), inputs=inputs)

        def partial(found: Any) -> Any:
            return provider_pb2.ErrorResourceInitFailed(
                id=found.id, properties=found.properties, inputs=found.inputs, reasons=["not ready"]
            )

        return await self._serve("Read", request, context, act, partial)

    async def Update(self, request, context):
        def act() -> Any:
            if not request.preview:
                data = self.world.load()
                data["things"][request.id]["inputs"] = bare(props(request.news))
                self.world.save(data)
            return provider_pb2.UpdateResponse(properties=_outputs(request.urn, request.news))

        def partial(changed: Any) -> Any:
            return provider_pb2.ErrorResourceInitFailed(
                id=request.id, properties=changed.properties, inputs=request.news, reasons=["not ready"]
            )

        return await self._serve("Update", request, context, act, partial)

    async def Delete(self, request, context):
        def act() -> Any:
            data = self.world.load()
            data["things"].pop(request.id, None)
            self.world.save(data)
            return empty_pb2.Empty()

        return await self._serve("Delete", request, context, act)

    async def Cancel(self, request, context):
        self.world.record("Cancel", request)
        return empty_pb2.Empty()

    def _make(self, urn: str, inputs: Any) -> str:
        name = urn.rsplit("::", 1)[1]
        data = self.world.load()
        count = data["made"][name] = data["made"].get(name, 0) + 1
        adopts = self.world.conduct()["adopts"]
        identity = (
            f"{name}#{inputs.get('replaceKey', '')}" if adopts else f"{name}#{inputs.get('replaceKey', '')}#{count}"
        )
        data["things"][identity] = {"urn": urn, "inputs": inputs}
        self.world.save(data)
        return identity


def _no_partial(answer: Any) -> Any:
    raise NotImplementedError("this call has no partial result")


def _outputs(urn: str, inputs: struct_pb2.Struct) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.CopyFrom(inputs)
    key = plain(inputs.fields["replaceKey"]) if "replaceKey" in inputs.fields else ""
    known = bare(key) != "$unknown"
    found.update({"token": f"{urn.rsplit('::', 1)[1]}/{bare(key)}" if known else UNKNOWN})
    if "secretValue" in inputs.fields:
        found.fields["sealed"].CopyFrom(sealed(f"sealed-{bare(plain(inputs.fields['secretValue']))}"))
    return found


def _reseal(found: struct_pb2.Struct, asked: struct_pb2.Struct) -> None:
    """What was a secret when the engine asked is one in the answer."""
    for name in found.fields.keys() & asked.fields.keys():
        _reseal_value(found.fields[name], asked.fields[name])


def _reseal_value(found: struct_pb2.Value, asked: struct_pb2.Value) -> None:
    kind = asked.WhichOneof("kind")
    if kind == "struct_value" and SIGNATURE in asked.struct_value.fields:
        value = struct_pb2.Value()
        value.struct_value.fields[SIGNATURE].string_value = SECRET
        value.struct_value.fields["value"].CopyFrom(found)
        found.CopyFrom(value)
    elif kind == "struct_value" and found.WhichOneof("kind") == kind:
        _reseal(found.struct_value, asked.struct_value)
    elif kind == "list_value" and found.WhichOneof("kind") == kind:
        for one, other in zip(found.list_value.values, asked.list_value.values, strict=False):
            _reseal_value(one, other)


def _diff(request: Any) -> Any:
    old, new = props(request.old_inputs), props(request.news)
    kinds, answer = provider_pb2.PropertyDiff, provider_pb2.DiffResponse
    changed = sorted(key for key in old.keys() | new.keys() if bare(old.get(key)) != bare(new.get(key)))
    changed = [key for key in changed if key not in request.ignoreChanges]
    detailed = {}
    for key in changed:
        plain_kind = "ADD" if key not in old else "DELETE" if key not in new else "UPDATE"
        kind = kinds.Kind.Value(plain_kind + ("_REPLACE" if key == "replaceKey" else ""))
        detailed[key] = kinds(kind=kind, inputDiff=True)
    return answer(
        changes=answer.DIFF_SOME if changed else answer.DIFF_NONE,
        diffs=changed,
        replaces=[key for key in changed if key == "replaceKey"],
        deleteBeforeReplace=bool(bare(new.get("deleteFirst", False))),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


async def main(folder: Path) -> None:
    """Serve until the process is ended; ``<folder>/port`` says where."""
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Conf(World(folder)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    (folder / "port.tmp").write_text(str(port))
    (folder / "port.tmp").replace(folder / "port")
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
