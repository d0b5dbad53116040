"""What went wrong in a handler, as the protocol says it; and trying again where the cloud asks for it."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

import grpc
import stamina
from pulumi.runtime.proto import status_pb2

from slipway.providers.protocol.handler import CloudError, Package

log = logging.getLogger(__name__)

PATIENCE = 180.0
"""Seconds for which a transient refusal is tried again; a newly enabled API takes up to two minutes."""

Answer = TypeVar("Answer")


def retrying(act: Callable[[], Answer], cancelled: threading.Event) -> Answer:
    """``act``'s answer; it is tried again while it raises a transient :class:`CloudError`.

    At most for :data:`PATIENCE` seconds, and not once the engine has said Cancel.
    """

    def passing(error: Exception) -> bool:
        return isinstance(error, CloudError) and error.transient and not cancelled.is_set()

    for attempt in stamina.retry_context(
        on=passing, attempts=None, timeout=PATIENCE, wait_initial=0.2, wait_max=5.0, wait_jitter=0.2
    ):
        with attempt:
            return act()
    raise AssertionError("the last attempt raises")


class reported:  # noqa: N801 - reads as a word in `with reported(…):`
    """Ends a call with the error of the block: the cloud's own words, or what broke here.

    ``package`` says who speaks.

    ``partial`` makes the detail of a partial failure from an error that has an id.
    """

    def __init__(
        self,
        package: Package,
        context: grpc.ServicerContext,
        what: str,
        partial: Callable[[CloudError], Any] | None = None,
    ) -> None:
        self._package, self._context, self._what, self._partial = package, context, what, partial

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, CloudError):
            if error.id and self._partial:
                self._attach(str(error), self._partial(error))
            self._context.abort(grpc.StatusCode.UNKNOWN, str(error))
        if isinstance(error, Exception):
            log.error("%s failed", self._what, exc_info=error)
            self._context.abort(
                grpc.StatusCode.INTERNAL,
                f"{self._package.served_by}'s handler of {self._what} failed: {type(error).__name__}: {error}; "
                f"{self._package.log} has more",
            )

    def _attach(self, message: str, detail: Any) -> None:  # noqa: ANN401 - a generated message
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
        status.details.add().Pack(detail)
        self._context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
