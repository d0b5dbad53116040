"""The stacks whose emulated resources are gone because an emulator ended: known until a refresh has succeeded.

A mark lies beside the stacks' states, so that it outlives the command that noticed, a crash, and `slipway cancel`.
"""

from pathlib import Path


def note_lost(state_folder: Path) -> None:
    """Mark every stack that has a state: all of them live in the emulators that have lost their resources."""
    (state_folder / "state/lost").mkdir(parents=True, exist_ok=True)
    for checkpoint in (state_folder / "state/.pulumi/stacks").glob("*/*.json"):
        _mark(state_folder, checkpoint.stem).touch()


def is_lost(state_folder: Path, stack: str) -> bool:
    """Whether the stack's state may name resources that no emulator has any more."""
    return _mark(state_folder, stack).exists()


def forget_lost(state_folder: Path, stack: str) -> None:
    """Remove the mark: the state has been compared with what is there."""
    _mark(state_folder, stack).unlink(missing_ok=True)


def _mark(state_folder: Path, stack: str) -> Path:
    return state_folder / "state/lost" / stack
