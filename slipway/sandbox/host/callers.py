"""Who may call the provider host: processes of the sandbox's owner that have the sandbox's token.

The embedded engine sends the token with each call. ``pulumi`` cannot: it connects to the port that
PULUMI_DEBUG_PROVIDERS names, without credentials. Its process has the token in its environment, however, which the
kernel shows to processes of the same user alone; so the host looks who holds the other end of the connection.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import psutil

from slipway.wire.variables import PROVIDER_TOKEN

PEER = re.compile(r"ipv4:127\.0\.0\.1:([0-9]+)")
TABLES = {Path("/proc/net/tcp"): "0100007F", Path("/proc/net/tcp6"): "0000000000000000FFFF00000100007F"}
"""Linux's lists of connections, and how 127.0.0.1 is written there; a client may reach it by an IPv6 socket.

https://docs.kernel.org/networking/proc_net_tcp.html"""
UNKNOWN = (
    "the sandbox's provider host takes calls of its owner's commands alone: `slipway sandbox env` prints the variables "
    f"with which `pulumi` is one ({PROVIDER_TOKEN} must be in its environment)"
)


def connection_inode(client_port: int, port: int, tables: Mapping[Path, str] = TABLES) -> str:
    """The inode of the client's end of a connection to ``port``; "" where the system lists none."""
    for table, loopback in tables.items():
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[1:3] == [f"{loopback}:{client_port:04X}", f"{loopback}:{port:04X}"]:
                return fields[9]
    return ""


def process_of(client_port: int, port: int) -> psutil.Process | None:
    """The process that holds the client's end of a connection; None for one that is not this user's to see."""
    for connection in psutil.net_connections(kind="tcp"):
        ends = connection.laddr and connection.raddr and (connection.laddr.port, connection.raddr.port)
        if ends == (client_port, port) and connection.pid:
            return psutil.Process(connection.pid)
    return None


def folder_of(port: int, peer: str) -> Path:
    """The folder that the process at the other end of a connection to ``port`` runs in; ours where that is not seen."""
    matched = PEER.fullmatch(peer)
    try:
        process = process_of(int(matched[1]), port) if matched else None
        return Path(process.cwd()) if process else Path.cwd()
    except psutil.Error:
        return Path.cwd()


@dataclass
class Callers(grpc.ServerInterceptor):
    """Lets calls through that show the token, or whose process has it."""

    token: str
    port: int
    """The one that is listened on."""
    _verdicts: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(peer, inode of its end) -> whether its process has the token: one look at the processes for each connection."""

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """The handler itself for a call with the token; else one that looks at the caller first."""
        handler = continuation(handler_call_details)
        metadata: Any = getattr(handler_call_details, "invocation_metadata", None)
        if handler is None or self._shows(dict(metadata or ())):
            return handler
        return _guarded(handler, self._may)

    def _shows(self, metadata: Mapping[str, Any]) -> bool:
        text = str(metadata.get("authorization", ""))
        return hmac.compare_digest(text.encode(), f"Bearer {self.token}".encode())

    def _may(self, peer: str) -> bool:
        matched = PEER.fullmatch(peer)
        if matched is None:
            return False
        client_port = int(matched[1])
        # A port is used again; the inode of a connection is not, as long as the connection is there.
        inode = connection_inode(client_port, self.port)
        if not inode:
            return self._has_token(client_port)
        if (verdict := self._verdicts.get((peer, inode))) is None:
            if len(self._verdicts) > 1000:
                self._verdicts.clear()
            verdict = self._verdicts[peer, inode] = self._has_token(client_port)
        return verdict

    def _has_token(self, client_port: int) -> bool:
        try:
            process = process_of(client_port, self.port)
            return process is not None and hmac.compare_digest(
                process.environ().get(PROVIDER_TOKEN, "").encode(), self.token.encode()
            )
        except psutil.Error:
            return False


def _guarded(handler: grpc.RpcMethodHandler, may: Callable[[str], bool]) -> grpc.RpcMethodHandler:
    """The same handler behind a look at the caller; of streams as well."""

    def look(context: grpc.ServicerContext) -> None:
        if not may(context.peer()):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, UNKNOWN)

    def single(behaviour: Callable[[Any, grpc.ServicerContext], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        def guarded(request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401 - any message
            look(context)
            return behaviour(request, context)

        return guarded

    def stream(behaviour: Callable[[Any, grpc.ServicerContext], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        def guarded(request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401 - any message
            look(context)
            yield from behaviour(request, context)

        return guarded

    makers: dict[tuple[bool, bool], tuple[str, Any, Any]] = {
        (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler, single),
        (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler, stream),
        (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler, single),
        (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler, stream),
    }
    name, make, wrap = makers[bool(handler.request_streaming), bool(handler.response_streaming)]
    return make(wrap(getattr(handler, name)), handler.request_deserializer, handler.response_serializer)
