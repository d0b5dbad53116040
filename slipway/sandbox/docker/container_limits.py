"""What no app's container on this machine may do, whichever platform it stands for: one profile for all.

Cloud Run's files are in memory and count as the app's. Here the image is read-only and ``/tmp`` is in memory, so that
no app fills this machine's disk. ``components.containers.container`` declares the same for Docker's own containers.
"""

from typing import Any

PROCESSES = 512
"""Processes and threads of one container, where a fork bomb ends."""


def locked_down(memory: int) -> dict[str, Any]:
    """Arguments of the SDK's ``containers.run`` for an app with ``memory`` bytes, of which /tmp is a part."""
    return {
        "read_only": True,
        "tmpfs": {"/tmp": f"rw,nosuid,nodev,size={memory},mode=1777"},  # noqa: S108 - the app's own
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": PROCESSES,
        "mem_limit": memory,
        # Of memory and swap together: there is no swap on top.
        "memswap_limit": memory,
    }
