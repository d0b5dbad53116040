"""Files of update plans: what `preview --save-plan` writes, and `up --plan` and `up --strict` follow."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.secrets import Secrets
from slipway.engine.checkpoint.state import manifest
from slipway.engine.errors import UsageError
from slipway.engine.plan.constraints import UpdatePlan
from slipway.engine.plan.targets import Options
from slipway.wire.signatures import SECRET, SIGNATURE
from slipway.wire.values import bare, is_secret, rewrite


def bound(options: Options, args: argparse.Namespace, secrets: Secrets) -> Options:
    """The options with the plan that the operation makes or follows; it is read anew for each operation.

    Raises :class:`UsageError` for a file that is no plan.
    """
    if options.preview and (getattr(args, "save_plan", None) or getattr(args, "strict", False)):
        args.plan_made = UpdatePlan()
        options = replace(options, plan_to_make=args.plan_made)
    if getattr(args, "plan", None):
        return replace(options, plan_to_follow=_load(Path(args.plan), secrets))
    if not options.preview and getattr(args, "strict", False):
        return replace(options, plan_to_follow=args.plan_made)
    return options


def save(args: argparse.Namespace, plan: UpdatePlan, secrets: Secrets) -> None:
    """Write the plan of a preview, and say how to follow it. Raises :class:`UsageError` where it cannot be written."""
    path = Path(args.save_plan)
    document = plan.written(_in_clear if args.show_secrets else secrets.sealed, manifest())
    try:
        path.write_text(json.dumps(document, indent=4, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"--save-plan {path}: {error.strerror}") from error
    if not args.json:
        print(
            f"Update plan written to '{path}'\n"
            f"Run `slipway engine up --plan='{path}'` to constrain the update to the operations planned by this preview"
        )


def _in_clear(value: Any, owner: str) -> Any:  # noqa: ANN401 - any JSON
    """The value with its secrets readable, in the form that a file of Pulumi's has them."""
    del owner

    def reveal(part: Any) -> Any:  # noqa: ANN401
        return {SIGNATURE: SECRET, "plaintext": json.dumps(bare(part))} if is_secret(part) else part

    return rewrite(value, reveal)


def _load(path: Path, secrets: Secrets) -> UpdatePlan:
    try:
        return UpdatePlan.read(json.loads(path.read_text()), secrets.opened)
    except OSError as error:
        raise UsageError(f"--plan {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"--plan {path} is not an update plan ({error}): write one with `slipway engine preview --save-plan {path}`"
        ) from error
