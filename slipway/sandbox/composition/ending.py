"""The end of a sandbox: every service, whatever became of the record of it, and the files that are not kept."""

from collections.abc import Sequence
from pathlib import Path

from slipway.sandbox.composition.residue import KEPT
from slipway.sandbox.databases import servers
from slipway.sandbox.docker import left
from slipway.sandbox.pythonanywhere import set_aside
from slipway.sandbox.running import memory
from slipway.sandbox.services import files, processes, registry


def stop(state_folder: Path, written: Sequence[str] = ()) -> list[str]:
    """End every service and remove all in ``state_folder`` or runs on the Docker daemon, but the stacks' history, the
    rows of their databases, and what apps have ``written`` on PythonAnywhere: paths of its machine.

    Returns the names of what was ended.
    """
    existed, strays = state_folder.exists(), strays_of(state_folder)
    if not existed and not strays:
        return []
    with registry.locked(state_folder), registry.locked(state_folder, "registry"):
        services = registry.load(state_folder)
        ended = [name for name, service in sorted(services.items()) if service.process.alive]
        servers.close(services.values())
        processes.end([service.process for service in services.values()])
        processes.end_marked(state_folder)
        memory.remove_all(state_folder)
        left.remove(state_folder)
        set_aside.set_aside(state_folder, written)
        for entry in state_folder.iterdir():
            if entry.name not in KEPT and not entry.name.endswith(".lock"):
                files.remove(entry)
        registry.forget_locks(state_folder)
    if not existed:
        state_folder.rmdir()
    return [*ended, *([f"{len(strays)} processes without a record"] if strays else [])]


def strays_of(state_folder: Path) -> list[int]:
    """Services that run although the folder has no record of them, as after `rm -rf .slipway`: their process ids."""
    return [] if registry.load(state_folder) else [process.pid for process in processes.marked(state_folder)]
