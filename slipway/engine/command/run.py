"""``preview``, ``up``, ``destroy`` and ``refresh``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from slipway.engine.checkpoint.state import decode
from slipway.engine.command import plans
from slipway.engine.command.stack import confirm
from slipway.engine.command.state import unprotected
from slipway.engine.errors import EngineError, UsageError
from slipway.engine.operation import operation
from slipway.engine.operation.context import Context
from slipway.engine.operation.operation import Operation, Work, expect_no_changes, perform
from slipway.engine.plan.targets import Options, Targets
from slipway.engine.project.workspace import Workspace
from slipway.engine.show.digest import Digest
from slipway.engine.show.display import Lines, View
from slipway.engine.show.events import Both, EventLog
from slipway.engine.show.folded import display

_HEADS = {
    "preview": "Previewing update",
    "up": "Updating",
    "destroy": "Destroying",
    "refresh": "Refreshing",
    "import": "Importing",
}
_HISTORY = {"up": "update", "import": "resource-import"}
"""What the history calls a command, where it has another word."""


def operate(args: argparse.Namespace) -> int:
    """Do one operation, with a preview before it where the user wants to be asked."""
    workspace = Workspace.here(Path.cwd())
    stack = workspace.stack(getattr(args, "stack", None))
    if args.parallel < 1:
        args.parallel = 1_000
    if getattr(args, "run_program", False) and args.kind != "destroy" and _refreshes(args):
        raise UsageError("--run-program is served by destroy alone: run `refresh`, then `up`")
    for pair in args.config:
        key, separator, value = pair.partition("=")
        if not separator:
            raise UsageError(f"--config {pair!r}: KEY=VALUE is expected")
        workspace.settings(stack, args.config_file).set(key, value, path=args.config_path)
    if getattr(args, "exclude_protected", False) and not _spare_protected(args, workspace, stack):
        return 0
    if getattr(args, "strict", False) and args.skip_preview:
        raise UsageError("--strict cannot be used with --skip-preview; strict requires a preview")
    if args.kind == "preview" or getattr(args, "preview_only", False):
        return perform_on(args, workspace, stack, _work(args), preview=True)
    if not args.skip_preview:
        may_ask = not args.yes and not getattr(args, "non_interactive", False) and sys.stdin.isatty()
        if not args.yes and not may_ask:
            confirm(args, "")
        status = perform_on(args, workspace, stack, _work(args), preview=True)
        if status:
            return status
        confirm(args, f"Do you want to perform this {args.kind}?")
    elif not args.yes and not getattr(args, "non_interactive", False) and not sys.stdin.isatty():
        args.yes = True
    return perform_on(args, workspace, stack, _work(args), preview=False)


def perform_on(args: argparse.Namespace, workspace: Workspace, stack: str, work: Work, *, preview: bool) -> int:
    """Do one operation on a stack, show it, and return its exit status."""
    output = Digest({}, suppress_outputs=args.suppress_outputs) if args.json else _display(args, stack, preview=preview)
    events = EventLog(args.event_log, preview=preview) if args.event_log else None
    try:
        context = Context(
            workspace.project,
            workspace.backend,
            stack,
            workspace.settings(stack, args.config_file),
            Both(output, events) if events else output,
            _options(args, preview),
            (getattr(args, "client", None) or "").removeprefix("="),
        )
        context.options = plans.bound(context.options, args, context.secrets)
        if _runs_program(args):
            operation.prepare(context)
        if _runs_program(args) or args.kind == "import":
            context.read_config(validate=not getattr(args, "skip_config_validation", True))
        if isinstance(output, Digest):
            if not getattr(args, "show_secrets", False):
                output.clean = context.counter.redactor.clean_settings
            output.config = {key: "[secret]" if key in context.secret_keys else v for key, v in context.config.items()}
        else:
            if getattr(args, "show_config", False):
                for key, value in sorted(context.config.items()):
                    output.line(f"    {key}: {'[secret]' if key in context.secret_keys else value}")
            output.clean = str if getattr(args, "show_secrets", False) else context.counter.redactor.clean_settings
            output.head("Previewing " + args.kind if preview and args.kind != "preview" else _HEADS[args.kind])
    except EngineError:
        if isinstance(output, Lines):
            output.close()
        raise
    if events:
        events.clean = context.counter.redactor.clean_settings
        events.prelude({key: "[secret]" if key in context.secret_keys else v for key, v in context.config.items()})
    status, problem = 0, ""
    try:
        changes = perform(context, _HISTORY.get(args.kind, args.kind), work)
        if getattr(args, "expect_no_changes", False):
            expect_no_changes(changes, "preview" if preview else args.kind)
    except EngineError as error:
        status, problem = error.code, str(error)
        output.tell("error", "", problem)
    if events:
        events.close(context.counter.changes)
    if isinstance(output, Digest):
        print(output.text(context.counter.changes))
        if problem:
            print(f"error: {problem}", file=sys.stderr)
    else:
        output.summary(context.counter.changes)
    if not status and context.options.plan_to_make and getattr(args, "save_plan", None):
        plans.save(args, context.options.plan_to_make, context.secrets)
    if not status and args.kind == "destroy" and not preview:
        _after_destroy(args, workspace, stack)
    return status


def _spare_protected(args: argparse.Namespace, workspace: Workspace, stack: str) -> bool:
    """Make what is not protected the targets of a destroy; False where there is nothing else."""
    if args.target:
        raise UsageError("You cannot specify --target and --exclude-protected")
    entries = workspace.backend.raw(stack).get("resources") or []
    args.target, args.spared = unprotected([decode(entry, lambda value, owner: value) for entry in entries])
    if args.spared and not args.target and not args.json:
        print(
            f"There were no unprotected resources to destroy. There are still {args.spared} protected resources "
            "associated with this stack."
        )
    return bool(args.target or not args.spared)


def _display(args: argparse.Namespace, stack: str, *, preview: bool) -> Lines:
    view = View(
        preview=preview,
        details=preview or args.diff,
        suppress_outputs=args.suppress_outputs,
        colour=getattr(args, "color", "auto"),
        secrets=getattr(args, "show_secrets", False),
        sames=getattr(args, "show_sames", False),
        reads=getattr(args, "show_reads", False),
        parts=getattr(args, "show_replacement_steps", False),
        urns=getattr(args, "urns", False),
        whole=getattr(args, "show_full_output", False),
        debug=args.debug,
    )
    whole = args.diff or args.verbose or view.sames or view.parts or view.urns or view.whole
    view = replace(view, folded=not whole)
    interactive = not getattr(args, "non_interactive", False) and not args.suppress_progress
    return display(stack, view, interactive=interactive)


def _options(args: argparse.Namespace, preview: bool) -> Options:
    both = tuple(getattr(args, "target_replace", ()))
    return Options(
        preview=preview,
        parallel=args.parallel,
        targets=Targets((*getattr(args, "target", ()), *both)),
        dependents=getattr(args, "target_dependents", False),
        replace=Targets((*getattr(args, "replace", ()), *both)),
        excludes=Targets(tuple(getattr(args, "exclude", ()))),
        exclude_dependents=getattr(args, "exclude_dependents", False),
        message=args.message,
        continue_on_error=getattr(args, "continue_on_error", False),
        ignore_protect=getattr(args, "ignore_protect", False),
        destroys=_runs_program(args) and args.kind == "destroy",
    )


def _runs_program(args: argparse.Namespace) -> bool:
    return args.kind in ("preview", "up") or getattr(args, "run_program", False)


def _refreshes(args: argparse.Namespace) -> bool:
    return args.kind == "refresh" or str(getattr(args, "refresh", "false")).lower() == "true"


def _adopted(pairs: list[list[str]]) -> dict[str, str]:
    """URN -> id, as they were given. Raises :class:`UsageError` where one URN is given several ids."""
    ids: dict[str, str] = {}
    for urn, identity in pairs:
        if ids.setdefault(urn, identity) != identity:
            raise UsageError(
                f"--import-pending-creates: {urn} is given the ids {ids[urn]} and {identity}, and is one resource: "
                "its creation was cut off more than once. Adopt one of them, and delete the other in its cloud"
            )
    return ids


def _work(args: argparse.Namespace) -> Work:
    from slipway.engine.operation import refresh

    steps: list[Work] = []
    if args.kind == "refresh":
        adopted = _adopted(args.import_pending_creates)
        steps.append(lambda operation: refresh.settle_pending(operation, adopted, clear=args.clear_pending_creates))
        steps.append(refresh.refresh)
    elif _refreshes(args):
        steps.append(refresh.refresh)
    else:
        steps.append(refresh.refresh_flagged)
    if _runs_program(args):
        steps.append(operation.run_program)
    elif args.kind == "destroy":
        steps.append(operation.refuse_delete_hooks)
        steps.append(operation.delete_everything)

    def work(running: Operation) -> None:
        for step in steps:
            executor = running.machine.executor
            if not executor.stopped.is_set() and not executor.failed:
                step(running)

    return work


def _after_destroy(args: argparse.Namespace, workspace: Workspace, stack: str) -> None:
    resources = workspace.backend.raw(stack).get("resources")
    if args.remove and not resources:
        workspace.backend.remove(stack)
        print(f"The stack '{stack}' has been removed.")
    elif not args.json and getattr(args, "spared", 0):
        print(
            f"All unprotected resources were destroyed. There are still {args.spared} protected resources associated "
            "with this stack."
        )
    elif not args.json and not resources:
        print(
            "The resources in the stack have been deleted, but its history and settings remain: "
            f"`slipway stack rm {stack}` removes them"
        )
