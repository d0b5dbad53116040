"""Compare a stack's state with its clouds: ``slipway refresh``; remove a killed command's lock: ``slipway cancel``."""

from slipway.engine.api import holders
from slipway.errors import UserError
from slipway.stack.session import Run, act, hand_over, start


def refresh(run: Run) -> int:
    """Compare the state with what is really there."""
    if not run.sandbox:
        return hand_over("refresh", run)
    start(run)
    return act("refresh", run, ["--yes", "--skip-preview", *run.words])


def cancel(run: Run) -> int:
    """Remove the lock of a command that was killed; raises :class:`UserError` where its process may still run.

    ``--yes`` among the words takes it from a living one too.
    """
    if not run.sandbox:
        return hand_over("cancel", run)
    # `pulumi cancel --yes` removes a lock without a look at its owner, so the look is here, whichever engine runs.
    owners = holders(run.project.root, run.project.backend_url, run.stack) if "--yes" not in run.words else []
    if owners:
        raise UserError(
            f"the stack {run.stack!r} is held by {' and '.join(owners)}, which may still be at work: let it end, or "
            f"take its lock all the same with `slipway cancel --stack {run.stack} --yes`"
        )
    return act("cancel", run, ["--yes", *(word for word in run.words if word != "--yes")])
