"""What a stack with containers needs of this machine, and what the command says where that is missing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.ending import backend_of
from slipway.lifecycle import Run
from slipway.project import UserError, some

OF_DOCKER = re.compile(r"^docker:")
SHOWN = 5


def need_engine(run: Run) -> None:
    """Refuse to act on a stack whose state has containers where no engine answers: they could not even be looked at.

    Raises :class:`UserError`. A stack without any goes on, its containers left out.
    """
    from slipway.sandbox.docker import engine

    if engine.find() is None and (said := unreachable(run.stack, backend_of(run).resources(run.stack))):
        raise UserError(said.format(address=engine.address()))


def unreachable(stack: str, resources: Sequence[Mapping[str, Any]]) -> str:
    """What to say of a stack's ``resources`` that are on an engine that does not answer; "" where there are none.

    The engine's place in it is ``{address}``.
    """
    there = [str(one["urn"]).rpartition("::")[2] for one in resources if OF_DOCKER.match(one["type"])]
    if not there:
        return ""
    return (
        f"the stack {stack!r} has {len(there)} things on a Docker engine ({some(there, SHOWN)}), and none answers at "
        "{address}: start it again (`make docker` on Debian, as root; `slipway doctor` says what this machine has), "
        "then the same command"
    )
