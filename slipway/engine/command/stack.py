"""``stack`` and ``cancel``: stacks are made, chosen, read, and removed."""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from slipway.engine import api
from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.backend import stack_name, user
from slipway.engine.checkpoint.files import replace_file
from slipway.engine.checkpoint.secrets import secrets_in
from slipway.engine.command.config import secrets_for
from slipway.engine.errors import CancelledError, EngineError, StateError, UnconfirmedError, UsageError
from slipway.engine.project.workspace import Workspace
from slipway.wire.signatures import SECRET, SIGNATURE
from slipway.wire.values import is_secret, masked, rewrite


def init(args: argparse.Namespace) -> int:
    """Make an empty stack."""
    if args.secrets_provider not in ("passphrase", "default"):
        raise UsageError(f"--secrets-provider {args.secrets_provider}: this engine seals with a passphrase only")
    workspace = _workspace()
    name = args.name or getattr(args, "stack", None)
    if not name:
        raise UsageError("missing stack name")
    _create(workspace, stack_name(name, workspace.project.name), select=not args.no_select)
    return 0


def ls(args: argparse.Namespace) -> int:
    """List the project's stacks."""
    workspace = _workspace()
    selected = workspace.selected().rsplit("/", 1)[-1]
    rows = []
    for name in workspace.backend.stacks():
        latest = workspace.backend.raw(name)
        rows.append(
            (name, name == selected, latest.get("manifest", {}).get("time"), len(latest.get("resources") or []))
        )
    if args.json:
        listed = [
            {"name": name, "current": current, "updateInProgress": False, "lastUpdate": when, "resourceCount": count}
            for name, current, when, count in rows
        ]
        print(json.dumps(listed, indent=2))
        return 0
    width = max((len(name) for name, *_ in rows), default=4) + 3
    print(f"{'NAME':{width}}{'LAST UPDATE':30}RESOURCE COUNT")
    for name, current, when, count in rows:
        print(f"{name + ('*' if current else ''):{width}}{when or 'n/a':30}{count}")
    return 0


def select(args: argparse.Namespace) -> int:
    """Choose the stack that commands work on."""
    workspace = _workspace()
    chosen = args.name or getattr(args, "stack", None)
    if not chosen:
        raise UsageError("missing stack name; there are: " + (", ".join(workspace.backend.stacks()) or "none"))
    name = stack_name(chosen, workspace.project.name)
    if args.create and not workspace.backend.file(name).exists():
        _create(workspace, name, select=True)
    workspace.select(workspace.stack(name))
    return 0


def show(args: argparse.Namespace) -> int:
    """Show which stack is selected, and what is in it."""
    workspace = _workspace()
    stack = workspace.stack(getattr(args, "stack", None))
    if args.show_name:
        print(stack)
        return 0
    resources = api.resources(workspace.backend, stack)
    outputs = api.outputs(workspace.backend, stack, show_secrets=args.show_secrets)
    if args.output == "json":
        rows = [{"urn": row["urn"], "type": row["type"], "id": row.get("id", "")} for row in resources]
        print(json.dumps({"name": stack, "resources": rows, "outputs": outputs}, indent=2))
        return 0
    print(f"Current stack is {stack}:\n    Managed by {workspace.backend.root}")
    print(f"    Current stack resources ({len(resources)}):")
    for row in resources:
        print(f"        {row['type']}  {row['urn'].split('::')[-1]}")
        if args.show_urns:
            print(f"            URN: {row['urn']}")
        if args.show_ids and row.get("id"):
            print(f"            ID: {row['id']}")
    print(f"\n    Current stack outputs ({len(outputs)}):")
    for name, value in outputs.items():
        print(f"        {name}  {_plain(value)}")
    print("\nUse `slipway engine stack select` to change stack; `slipway engine stack ls` lists known ones")
    return 0


def version(args: argparse.Namespace) -> int:
    """Print the version of Pulumi's engine that this one is true to."""
    del args
    print(state.VERSION)
    return 0


def whoami(args: argparse.Namespace) -> int:
    """Print the name of the user, as it stands in locks."""
    if args.json:
        print(json.dumps({"user": user(), "url": _workspace().url, "organizations": []}))
    else:
        print(user())
    return 0


def unselect(args: argparse.Namespace) -> int:
    """Choose no stack."""
    del args
    _workspace().select("")
    return 0


def rename(args: argparse.Namespace) -> int:
    """Give a stack another name: in its URNs, its file, its history and its settings."""
    workspace = _workspace()
    old = workspace.stack(getattr(args, "stack", None))
    new = stack_name(args.name, workspace.project.name)
    backend = workspace.backend
    if backend.file(new).exists():
        raise EngineError(f"a stack named '{new}' already exists")
    with backend.locked(old), backend.locked(new):
        latest = backend.raw(old, locked=True)
        backend.rename(old, new, latest)
        before, after = workspace.settings(old).path, workspace.settings(new).path
        if before.exists():
            before.replace(after)
    if workspace.selected().rsplit("/", 1)[-1] == old:
        workspace.select(new)
    print(f"Renamed {old} to {new}")
    return 0


def history(args: argparse.Namespace) -> int:
    """List the operations on a stack, the newest first."""
    workspace = _workspace()
    entries = workspace.backend.history(workspace.stack(getattr(args, "stack", None)))
    first = max(0, args.page - 1) * args.page_size
    entries = entries[first : first + args.page_size]
    if args.json or args.output == "json":
        print(json.dumps(entries, indent=2))
        return 0
    for entry in entries:
        changes = ", ".join(f"{count} {kind}" for kind, count in (entry.get("resourceChanges") or {}).items())
        print(
            f"{entry['startTime']}  {entry['kind']}  {entry['result']}  {changes or 'no changes'}  {entry['message']}"
        )
    return 0


def output(args: argparse.Namespace) -> int:
    """Print the stack's outputs."""
    workspace = _workspace()
    stack = workspace.stack(getattr(args, "stack", None))
    outputs = api.outputs(workspace.backend, stack, show_secrets=args.show_secrets)
    if args.property is not None:
        if args.property not in outputs:
            raise EngineError(f"current stack does not have output property '{args.property}'")
        value = outputs[args.property]
        print(json.dumps(value, indent=2) if args.json else _plain(value))
    elif args.json:
        print(json.dumps(outputs, indent=2))
    elif args.shell:
        for name, value in outputs.items():
            print(f"{name}={shlex.quote(_plain(value))}")
    else:
        width = max((len(name) for name in outputs), default=0) + 2
        print(
            f"Current stack outputs ({len(outputs)}):"
            + ("" if outputs else "\n    No output values currently in this stack")
        )
        for name, value in outputs.items():
            print(f"    {name:{width}}{_plain(value)}")
    return 0


def export(args: argparse.Namespace) -> int:
    """Write the stack's checkpoint as a deployment."""
    workspace = _workspace()
    stack = workspace.stack(getattr(args, "stack", None))
    latest = workspace.backend.raw(stack)
    if args.show_secrets:
        latest = _unsealed(latest)
    text = json.dumps({"version": 3, "deployment": latest}, indent=4)
    if args.file:
        replace_file(Path(args.file), f"{text}\n".encode())
    else:
        print(text)
    return 0


def import_(args: argparse.Namespace) -> int:
    """Replace the stack's checkpoint."""
    workspace = _workspace()
    stack = workspace.stack(getattr(args, "stack", None))
    text = Path(args.file).read_text() if args.file else sys.stdin.read()
    source = args.file or "the standard input"
    try:
        document = json.loads(text)
        wrapped = {"version": document.get("version"), "checkpoint": {"latest": document.get("deployment")}}
    except (ValueError, AttributeError) as error:
        raise StateError(f"{source} is not a deployment: {error}") from error
    if "checkpoint" in document:
        wrapped = document
    latest = state.parse(json.dumps(wrapped), source)
    settings = workspace.settings(stack)
    checkpoint = _imported(latest, source, force=args.force)
    with workspace.backend.locked(stack):
        _refuse_other(checkpoint, workspace, stack, force=args.force)
        secrets = secrets_for(settings)
        journal = workspace.backend.journal(stack, secrets, checkpoint.metadata)
        journal.open(checkpoint.resources, checkpoint.pending)
        journal.close()
    print("Import complete.")
    return 0


def rm(args: argparse.Namespace) -> int:
    """Remove a stack."""
    workspace = _workspace()
    stack = workspace.stack(args.name or getattr(args, "stack", None))
    count = len(api.resources(workspace.backend, stack)) if not args.force else 0
    if count:
        raise EngineError(
            f"'{stack}' still has {count} resources; removal rejected. Possible actions: destroy it, or use --force"
        )
    confirm(args, f"This will permanently remove the '{stack}' stack!")
    with workspace.backend.locked(stack):
        workspace.backend.remove(stack)
    if not args.preserve_config:
        workspace.settings(stack).path.unlink(missing_ok=True)
    if workspace.selected().rsplit("/", 1)[-1] == stack:
        workspace.select("")
    print(f"Stack '{stack}' has been removed!")
    return 0


def cancel(args: argparse.Namespace) -> int:
    """Remove the locks of a stack."""
    workspace = _workspace()
    stack = workspace.stack(args.name or getattr(args, "stack", None))
    removed = workspace.backend.unlock(stack)
    print(f"The currently running update for '{stack}' has been canceled!" if removed else f"'{stack}' is not locked.")
    return 0


def confirm(args: argparse.Namespace, question: str) -> None:
    """Ask, unless ``--yes``.

    Raises :class:`CancelledError` for any answer but yes; in a pipe :class:`UnconfirmedError` for an operation, and
    :class:`UsageError` for any other command.
    """
    if args.yes:
        return
    if getattr(args, "non_interactive", False) or not sys.stdin.isatty():
        if args.kind in ("up", "destroy", "refresh", "import"):
            raise UnconfirmedError(
                "--yes or --skip-preview must be passed in to proceed when running in non-interactive mode"
            )
        raise UsageError("non-interactive mode requires --yes flag")
    if input(f"{question} Please answer yes or no: ").strip().lower() not in ("y", "yes"):
        raise CancelledError("confirmation declined, not proceeding")


def _create(workspace: Workspace, stack: str, *, select: bool) -> None:
    settings = workspace.settings(stack)
    if workspace.backend.file(stack).exists():
        raise EngineError(f"stack '{stack}' already exists")
    secrets = secrets_for(settings)
    secrets.check()
    workspace.backend.create(stack, secrets.salt)
    if select:
        workspace.select(stack)
    print(f"Created stack '{stack}'")


def _workspace() -> Workspace:
    return Workspace.here(Path.cwd())


def _plain(value: Any) -> str:  # noqa: ANN401
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _unsealed(latest: dict[str, Any]) -> dict[str, Any]:
    secrets = secrets_in(latest)

    def show_one(part: Any) -> Any:  # noqa: ANN401
        if secrets and is_secret(part) and "ciphertext" in part:
            return {SIGNATURE: SECRET, "plaintext": secrets.open_text(part["ciphertext"])}
        return part

    return rewrite(latest, show_one)


def _imported(latest: dict[str, Any], source: str, *, force: bool) -> state.Checkpoint:
    secrets = secrets_in(latest)
    opener = secrets.opened if secrets else lambda value, owner: masked(value) if owner is None else value
    try:
        return state.load(latest, source, opener)
    except StateError:
        if not force:
            raise
        resources = [state.decode(raw, opener) for raw in latest.get("resources") or []]
        return state.Checkpoint(resources, [])


def _refuse_other(checkpoint: state.Checkpoint, workspace: Workspace, stack: str, *, force: bool) -> None:
    prefix = f"urn:pulumi:{stack}::{workspace.project.name}::"
    wrong = [resource.urn for resource in checkpoint.resources if not resource.urn.startswith(prefix)]
    if wrong and not force:
        raise EngineError(
            f"resource '{wrong[0]}' is not of the stack '{stack}' ({prefix}…); --force imports it all the same"
        )
