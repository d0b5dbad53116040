"""What the user should know of a resource, told beside the answer about it.

Our engine reads it in the answer's trailing metadata; Pulumi's has a log, at the address by which it attached.
"""

import logging
import threading
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from slipway.wire.signatures import FOLDER, NOTE

log = logging.getLogger(__name__)
SECONDS = 2.0
"""How long an engine may take to write a line."""


class Notes:
    """The ways to the engines."""

    def __init__(self) -> None:
        self._address = ""
        self._guard = threading.Lock()

    def attach(self, address: str) -> None:
        """Take the log at this address from now on: that of the engine that has attached last."""
        with self._guard:
            self._address = address

    def send(self, urn: str, text: str, context: grpc.ServicerContext) -> None:
        """Tell the engine that asks; one that cannot be told goes without."""
        if any(key == FOLDER for key, _ in context.invocation_metadata()):
            context.set_trailing_metadata(((NOTE, text.encode()),))
            return
        with self._guard:
            address = self._address
        if address:
            request: Any = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=text, urn=urn)
            try:
                with grpc.insecure_channel(address) as channel:
                    engine_pb2_grpc.EngineStub(channel).Log(request, timeout=SECONDS)
            except grpc.RpcError as error:
                log.info("the engine at %s was not told of %s: %s", address, urn, error)
