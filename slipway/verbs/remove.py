"""Remove a stack that is down: ``slipway stack rm``."""

import sys

from slipway.errors import UserError
from slipway.stack.clone import PREFIX
from slipway.stack.session import Run, backend_of, initialised


def remove_stack(run: Run, *, yes: bool) -> int:
    """Remove the stack's state and history, and the settings file of a stack clone; the engine's exit status.

    The engine refuses a stack that still has resources. Raises :class:`UserError` for a stack without a state.
    """
    if run.sandbox and not initialised(run):
        raise UserError(f"the stack {run.stack!r} has no state here: `slipway up --stack {run.stack}` makes one")
    if not yes and not sys.stdin.isatty():
        raise UserError(
            f"the stack {run.stack!r} goes with its history, and there is no terminal to ask at: "
            f"`slipway stack rm {run.stack} --yes` says yes"
        )
    words = ["stack", "rm", run.stack, "--preserve-config", *(["--yes"] if yes else [])]
    if failed := backend_of(run).run(words):
        return failed
    if run.stack.startswith(PREFIX):
        run.settings.path.unlink()
        print(f"removed {run.settings.path.relative_to(run.project.root)}")
    return 0
