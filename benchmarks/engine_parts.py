# ruff: noqa: ANN401, N802 - the protocol's names, and its messages
"""What the engine's figures are measured with: a provider that does nothing, programs of n resources, and mocks.

Run as a program it is one of these: ``serve PORTFILE`` is the provider, ``mocks CONFIG.json STACK`` runs the Pulumi
program of the current folder on the SDK's own mocks, as a unit test does.
"""

import asyncio
import json
import runpy
import sys
from pathlib import Path
from typing import Any

PROJECT = f"name: figures\nruntime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n"
PROGRAM = """import pulumi


class Thing(pulumi.CustomResource):
    def __init__(self, name, **inputs):
        super().__init__("nothing:index:Thing", name, inputs)


for number in range(pulumi.Config().require_int("count")):
    Thing(f"thing-{number}", number=number, text=f"the text of number {number}", tags=["a", "b"])
"""


async def serve(portfile: Path) -> None:
    """Answer every call at once, with what was asked."""
    import grpc
    import grpc.aio
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

    class Nothing(provider_pb2_grpc.ResourceProviderServicer):
        async def GetPluginInfo(self, request: Any, context: Any) -> Any:
            return plugin_pb2.PluginInfo(version="1.0.0")

        async def Attach(self, request: Any, context: Any) -> Any:
            return empty_pb2.Empty()

        async def CheckConfig(self, request: Any, context: Any) -> Any:
            return provider_pb2.CheckResponse(inputs=request.news)

        async def DiffConfig(self, request: Any, context: Any) -> Any:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

        async def Configure(self, request: Any, context: Any) -> Any:
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

        async def Check(self, request: Any, context: Any) -> Any:
            return provider_pb2.CheckResponse(inputs=request.news)

        async def Diff(self, request: Any, context: Any) -> Any:
            same = request.old_inputs == request.news
            kinds = provider_pb2.DiffResponse
            return kinds(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

        async def Create(self, request: Any, context: Any) -> Any:
            return provider_pb2.CreateResponse(id="" if request.preview else "made", properties=request.properties)

        async def Delete(self, request: Any, context: Any) -> Any:
            return empty_pb2.Empty()

    async def unimplemented(request: Any, context: Any) -> None:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not served")

    for name in ("Handshake", "GetSchema", "GetMapping", "Parameterize", "Cancel"):
        setattr(Nothing, name, staticmethod(unimplemented))
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Nothing(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    part = portfile.with_suffix(".part")
    part.write_text(f"nothing:{port}")
    part.replace(portfile)
    await server.wait_for_termination()


def on_mocks(config: dict[str, str], stack: str) -> None:
    """Run ``__main__.py`` of this folder, as the stack ``stack``, with mocks in place of an engine."""
    import pulumi
    from pulumi.runtime.stack import run_pulumi_func

    class Mocks(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[Any, Any]]:
            return f"{args.name}-id", args.inputs

        def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
            return dict(args.args), []

    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    project = next(iter(config)).partition(":")[0]
    pulumi.runtime.set_mocks(Mocks(), project=project, stack=stack, preview=True)
    pulumi.runtime.set_all_config(config)
    sys.path.insert(0, str(Path.cwd()))
    loop.run_until_complete(run_pulumi_func(lambda: runpy.run_path("__main__.py", run_name="__main__") and None))  # type: ignore[arg-type]


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve(Path(sys.argv[2])))
    else:
        on_mocks(json.loads(Path(sys.argv[2]).read_text()), sys.argv[3])
