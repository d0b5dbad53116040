"""What no app's container on this machine may do, whichever platform it stands for: one profile for all.

``/tmp`` is in memory and counts as the app's. ``components.containers.container`` declares the same for Docker's own
containers.
"""

from typing import Any

PROCESSES = 512
"""Processes and threads of one container, where a fork bomb ends."""


CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID")
"""What root keeps of its rights in a container of Cloud Run: what start scripts that change to another user need."""


def as_on_cloud_run(memory: int) -> dict[str, Any]:
    """The same for an app on Cloud Run, whose root may change its user as start scripts do.

    Cloud Run lets an app write its image's files, and holds them in the app's memory
    (https://cloud.google.com/run/docs/container-contract#filesystem). Docker would put them on this machine's disk,
    without a limit, so that only ``/tmp`` is writable here.
    """
    return {**locked_down(memory), "cap_add": list(CAPABILITIES)}


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
