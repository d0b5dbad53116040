"""Whether the Docker daemon that a stack's resources are on answers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.errors import UserError, some
from slipway.sandbox.docker import daemon

OF_DOCKER = re.compile(r"^docker:")
SHOWN = 5


def need_daemon(stack: str, resources: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to act on a stack whose state has containers while no Docker daemon answers: they could not be read.

    Raises :class:`UserError`. A stack without containers goes on, its containers left out.
    """
    if daemon.find() is None and (message := unreachable(stack, resources)):
        raise UserError(message.format(address=daemon.address()))


def unreachable(stack: str, resources: Sequence[Mapping[str, Any]]) -> str:
    """The message about those of a stack's ``resources`` that are on a daemon that does not answer; "" without any.

    The daemon's address in it is ``{address}``.
    """
    there = [str(one["urn"]).rpartition("::")[2] for one in resources if OF_DOCKER.match(one["type"])]
    if not there:
        return ""
    return (
        f"the stack {stack!r} has {len(there)} things on a Docker daemon ({some(there, SHOWN)}), and none answers at "
        "{address}: start it again (`make docker` on Debian, as root; `slipway doctor` says what this machine has), "
        "then the same command"
    )
