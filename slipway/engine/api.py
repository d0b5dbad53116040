"""What other parts of this project ask of the engine, in the same process.

``cli.main(argv)`` runs a command; these functions read a stack without one.
"""

from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.backend import Backend, is_dead, told
from slipway.engine.checkpoint.repair import DAMAGED, repair
from slipway.engine.checkpoint.secrets import secrets_in
from slipway.engine.errors import UsageError
from slipway.engine.project.workspace import Workspace
from slipway.engine.values.urn import is_root
from slipway.wire.values import bare, has_secrets, masked


def states(root: Path, backend_url: str) -> Backend:
    """The states of the stacks of the project in ``root``. Raises :class:`EngineError` for another kind of URL."""
    return Workspace.here(root, backend_url).backend


def declared_states(root: Path) -> Backend | None:
    """The states in the folder that PULUMI_BACKEND_URL or ``Pulumi.yaml`` names; None where neither names a folder."""
    try:
        return Workspace.here(root).backend
    except UsageError:
        return None


def repaired(backend: Backend, stack: str) -> list[str]:
    """Put right what a killed command has left half written of a stack, and say each of it in a sentence.

    Raises OSError where a file cannot be changed.
    """
    done = repair(backend, stack)
    lines = []
    if done.attributes:
        names = ", ".join(path.name for path in done.attributes)
        lines.append(f"a command that was killed left a file half written, which is removed: {names}")
    if done.restored and done.written:
        lines.append(
            f"the state of the stack {stack!r} was cut off: the one before it, of {done.written:%Y-%m-%d %H:%M} UTC, "
            f"is in its place, and what was cut off is in {done.restored}{DAMAGED}; `slipway refresh --stack {stack}` "
            "compares it with what is there"
        )
    return lines


def masked_outputs(backend: Backend, stack: str) -> dict[str, Any]:
    """The outputs of a stack, secrets as ``[secret]``. Raises :class:`EngineError` where it cannot be read."""
    entries = backend.raw(stack).get("resources") or []
    return masked(next((entry.get("outputs") or {} for entry in entries if is_root(entry["urn"])), {}))


def stack_outputs(root: Path, backend_url: str, stack: str, *, show_secrets: bool = False) -> dict[str, Any]:
    """The outputs of a stack of the project in ``root``, as plain JSON; secrets are ``[secret]`` unless shown.

    Raises :class:`EngineError` where the stack does not exist or cannot be read.
    """
    return outputs(Workspace.here(root, backend_url).backend, stack, show_secrets=show_secrets)


def resources(backend: Backend, stack: str) -> list[dict[str, Any]]:
    """The entries of a checkpoint, their secrets sealed."""
    return backend.raw(stack).get("resources") or []


def outputs(backend: Backend, stack: str, *, show_secrets: bool) -> dict[str, Any]:
    """The outputs of a stack; a passphrase is needed only where secrets are shown."""
    latest = backend.raw(stack)
    props = next((entry.get("outputs") or {} for entry in latest.get("resources") or [] if is_root(entry["urn"])), {})
    if not show_secrets or not has_secrets(props):
        return masked(props)
    secrets = secrets_in(latest)
    return bare(secrets.opened(props, "")) if secrets else masked(props)


def holders(root: Path, backend_url: str, stack: str) -> list[str]:
    """The processes that hold a stack's lock and may still run, as ``pid 12 of me@here, since 2026-01-01``."""
    locks = Workspace.here(root, backend_url).backend.locks(stack)
    return [
        told("pid {pid} of {username}@{hostname}, since {timestamp}", owner)
        for owner in locks.values()
        if not is_dead(owner)
    ]
