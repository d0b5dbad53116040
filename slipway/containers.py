"""What a stack with containers needs of this machine, and what the command says where that is missing."""

import re
from collections.abc import Sequence

from slipway.ending import backend_of
from slipway.lifecycle import Run
from slipway.project import UserError

OF_DOCKER = re.compile(r"^docker:")
SHOWN = 5


def need_engine(run: Run) -> None:
    """Refuse to act on a stack whose state has containers where no engine answers: they could not even be looked at.

    Raises :class:`UserError`. A stack without any goes on, its containers left out.
    """
    from slipway.sandbox.docker import engine

    if engine.find() is not None:
        return
    resources = backend_of(run).resources(run.stack)
    there = [str(one.get("id") or one["urn"].rpartition("::")[2]) for one in resources if OF_DOCKER.match(one["type"])]
    if there:
        raise UserError(
            f"the stack {run.stack!r} has {len(there)} things on a Docker engine ({_some(there)}), and none answers at "
            f"{engine.address()}: start it again (`make docker` on Debian, as root; `slipway doctor` says what this "
            "machine has), then the same command"
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(name[:40] for name in names[:SHOWN]) + more
