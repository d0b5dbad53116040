"""Show what an ``up`` would do, and which files and packages are behind it: ``slipway preview``."""

from slipway.stack.outputs import deployed
from slipway.stack.session import Run, act, hand_over, outputs, start
from slipway.verbs.artifacts import differences


def preview(run: Run) -> int:
    """Show what an ``up`` would do; changes nothing."""
    if not run.sandbox:
        return hand_over("preview", run)
    world_lost = start(run)
    status = act("preview", run, [*(["--refresh"] if world_lost else []), *run.words])
    if not status and "--json" not in run.words:
        explain_artifacts(run)
    return status


def explain_artifacts(run: Run) -> None:
    """Name the files and packages behind each artifact that differs from the deployed one."""
    for app in deployed(outputs(run)).values():
        # Prometheus has no artifact, and an app whose folder was removed is about to be removed.
        if "kind" not in app.details or not (run.project.root / app.details.get("source", "")).is_dir():
            continue
        for line in differences(run.project, app.name, app.details):
            print(f"{app.name}: {line}")
