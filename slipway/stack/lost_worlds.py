"""The stacks whose emulated resources are gone because an emulator ended: known until a refresh has succeeded.

A mark lies beside the stacks' states, so that it outlives the command that noticed, a crash, and `slipway cancel`.
"""

from slipway.stack.project import Project


def note_lost(project: Project) -> None:
    """Mark every stack that has a state: all of them live in the emulators that have lost their resources."""
    folder = project.state_folder / "state/lost"
    folder.mkdir(parents=True, exist_ok=True)
    for checkpoint in (project.state_folder / "state/.pulumi/stacks" / project.name).glob("*.json"):
        (folder / checkpoint.stem).touch()


def is_lost(project: Project, stack: str) -> bool:
    """Whether the stack's state may name resources that no emulator has any more."""
    return (project.state_folder / "state/lost" / stack).exists()


def forget_lost(project: Project, stack: str) -> None:
    """Remove the mark: the state has been compared with what is there."""
    (project.state_folder / "state/lost" / stack).unlink(missing_ok=True)
