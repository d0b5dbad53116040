"""Bring a stack up: ``slipway up``.

new expiry -> start what is missing -> forget what an emulator lost -> engine -> probe -> tables
"""

from dataclasses import replace

from slipway.sandbox.dataflow import beam
from slipway.stack.expiry import prolong, today
from slipway.stack.outputs import deployed
from slipway.stack.session import Run, act, hand_over, previous_outputs, start
from slipway.stack.settings_file import config_of
from slipway.verbs.lost_versions import forget_lost
from slipway.verbs.status import show


def up(run: Run) -> int:
    """Bring the stack up and show what is live; 0 where everything answers."""
    if until := prolong(run.project, run.stack, today()):
        print(f"the stack {run.stack!r} now lives until {until}: written to stacks/Pulumi.{run.stack}.yaml")
    if not run.sandbox:
        return hand_over("up", run)
    _set_up_beam(run)
    lost = start(run)
    if lost:
        run = replace(run, pruned=forget_lost(run))
    words = ["--yes", "--skip-preview", *(["--refresh"] if lost else []), *run.words]
    status = act("up", run, words)
    return status or show(run)


def _set_up_beam(run: Run) -> None:
    """Make the pipelines' environment where the stack has any and it is missing."""
    present = ({*deployed(previous_outputs(run))} | {*run.with_apps}) - {*run.without_apps}
    if beam.needed(config_of(run.project, run.stack).get("slipway:apps"), present):
        beam.make(run.project.root)
