"""The conformance provider with results that are only partial, as real providers report them.

More inputs that steer it: ``partialCreate`` and ``partialUpdate`` (the thing is made or changed, but does not become
ready), and ``unwell`` (of the thing as it exists: reading it finds it, but not well). Texts in them are the reasons.
``slow`` is how long making it takes (seconds).
"""

import asyncio
import importlib.util
import sys
from pathlib import Path

import grpc
import grpc.aio
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

_spec = importlib.util.spec_from_file_location("conformance_provider", Path(__file__).parents[1] / "provider.py")
assert _spec
assert _spec.loader
base = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(base)


class Unwell(base.Conf):
    """See the module."""

    async def Create(self, request, context):  # noqa: N802 - the protocol's names
        """Make the thing; with ``partialCreate`` it does not become ready."""
        reason = without(request.properties, "partialCreate")
        if "slow" in request.properties.fields and not request.preview:
            await asyncio.sleep(request.properties.fields["slow"].number_value)
        answer = await super().Create(request, context)
        if reason and not request.preview:
            await refuse(context, id=answer.id, properties=answer.properties, reasons=[reason])
        return answer

    async def Update(self, request, context):  # noqa: N802
        """Change the thing; with ``partialUpdate`` it does not become ready."""
        reason = without(request.news, "partialUpdate")
        answer = await super().Update(request, context)
        if reason and not request.preview:
            await refuse(context, id=request.id, properties=answer.properties, reasons=[reason])
        return answer

    async def Read(self, request, context):  # noqa: N802
        """Look at the thing; one that is ``unwell`` is told of as that."""
        answer = await super().Read(request, context)
        reason = without(answer.inputs, "unwell")
        if reason:
            without(answer.properties, "unwell")
            found = {"properties": answer.properties, "inputs": answer.inputs}
            await refuse(context, id=answer.id, reasons=[reason, "and cold"], **found)
        return answer


def without(struct, name: str) -> str:
    """Take an input away; its text."""
    text = struct.fields[name].string_value if name in struct.fields else ""
    struct.fields.pop(name, None)
    return text


async def refuse(context, **fields) -> None:
    """Fail with the details that name what exists all the same."""
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message="the thing is not ready")
    status.details.add().Pack(provider_pb2.ErrorResourceInitFailed(**fields))
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(grpc.StatusCode.UNKNOWN, "the thing is not ready", details)


async def main(world: str, transcript: str, portfile: str) -> None:
    """Serve until the process is ended."""
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Unwell(base.World(world), transcript), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    Path(portfile).write_text(f"conf:{port}")
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
