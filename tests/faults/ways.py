"""The ways in which a call to a provider fails: each does what the call does, or not, and answers badly, or not."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from tests.conformance.provider import fail_with

Act = Callable[[], Any]
"""What the call does; its answer."""
Partial = Callable[[Any], Any]
"""The error that says of an answer that the thing is there but not well."""


async def _error(context: Any, act: Act, partial: Partial) -> Any:
    """Refuse; nothing happened."""
    await context.abort(grpc.StatusCode.UNKNOWN, "the cloud refused")


async def _quota(context: Any, act: Act, partial: Partial) -> Any:
    """Refuse as one who was asked too often."""
    await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "429 Too Many Requests")


async def _lost(context: Any, act: Act, partial: Partial) -> Any:
    """Die before anything happened."""
    os.kill(os.getpid(), signal.SIGKILL)


async def _lost_after(context: Any, act: Act, partial: Partial) -> Any:
    """Do it, and die before anybody hears of it."""
    act()
    os.kill(os.getpid(), signal.SIGKILL)


async def _timeout(context: Any, act: Act, partial: Partial) -> Any:
    """Do it, and say that it took too long."""
    act()
    await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")


async def _hang(context: Any, act: Act, partial: Partial) -> Any:
    """Do it, and never answer."""
    act()
    await asyncio.sleep(3600)


async def _anonymous(context: Any, act: Act, partial: Partial) -> Any:
    """Do it, and answer without an id."""
    answer = act()
    answer.id = ""
    return answer


async def _partial(context: Any, act: Act, partial: Partial) -> Any:
    """Do it, and say that it is there but not well."""
    answer = act()
    await fail_with(context, "initialisation failed", partial(answer))


FAULTS: dict[str, Callable[[Any, Act, Partial], Awaitable[Any]]] = {
    "error": _error,
    "quota": _quota,
    "lost": _lost,
    "lost-after": _lost_after,
    "timeout": _timeout,
    "hang": _hang,
    "anonymous": _anonymous,
    "partial": _partial,
}
"""By the name that ``fault.json`` has."""
