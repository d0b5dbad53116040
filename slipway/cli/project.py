"""The commands about this machine and the project's bootstrap."""

from typing import Annotated

import typer

from slipway.cli.options import PASS_ON, group, guarded
from slipway.verbs.bootstrap import bootstrap as run_bootstrap
from slipway.verbs.doctor import doctor as examine_machine

app = group()


@app.command(context_settings=PASS_ON)
@guarded
def bootstrap(context: typer.Context) -> int:
    """Make trust, keys and buckets for pipelines, once: slipway bootstrap preview, slipway bootstrap up.

    The words go to `pulumi` as they are, in the folder bootstrap/. `slipway bootstrap declared` is Slipway's own: into
    bootstrap/declared.yaml it writes what the stacks of each environment declare, of which pipelines' rights are made.
    """
    if context.args == ["declared"]:
        # It evaluates programs: nothing else of these commands needs what that imports.
        from slipway.verbs.declared import write_declared

        return write_declared()
    return run_bootstrap(context.args)


@app.command()
@guarded
def doctor(
    facts: Annotated[
        bool, typer.Option("--facts", help="Compare Slipway's facts about the clouds with the clouds.")
    ] = False,
    stack: Annotated[
        str, typer.Option("--stack", "-s", help="With --facts: the stack whose regions and accounts are used.")
    ] = "dev",
) -> int:
    """List the tools on this machine, their purposes, and how to get those that are missing."""
    if facts:
        # The clouds' SDKs hang on it.
        from slipway.verbs.facts import facts as compare_facts

        return compare_facts(stack)
    return examine_machine()
