"""What stacks have made in the local clouds of which no state tells any more, as after `rm -rf .slipway/state`.

The owners' record still has the URN that made each thing. So the next creation of that URN takes it over, as it does
after one that was cut off; and a `destroy` counts it as the project's own, not as another program's.
"""

from pathlib import Path

from slipway.sandbox.stores.owners import RecordedOwners, path


def take_over(state_folder: Path, project: str, stack: str) -> int:
    """Let the next creations of a stack without a state take over what it made before; how many things that are."""
    if not path(state_folder).exists():
        return 0
    return RecordedOwners(state_folder).reopen(f"urn:pulumi:{stack}::{project}::")


def made_by_project(state_folder: Path, project: str) -> list[str]:
    """The ids of everything in the local clouds that a stack of the project has made, with or without a state."""
    if not path(state_folder).exists():
        return []
    return [id for id, urn in RecordedOwners(state_folder).all() if urn.split("::")[1] == project]
