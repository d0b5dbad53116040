"""``state``: put a stack's state right by hand; nothing that exists is touched."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from slipway.engine.checkpoint.secrets import secrets_in
from slipway.engine.checkpoint.state import Checkpoint, Resource
from slipway.engine.command.stack import confirm
from slipway.engine.errors import EngineError, UsageError
from slipway.engine.plan.graph import Graph
from slipway.engine.project.workspace import Workspace

Edit = Callable[[list[Resource]], list[Resource]]
"""From the resources as they are to those that are to be kept. Raises :class:`EngineError` where that is unsafe."""


def delete(args: argparse.Namespace) -> int:
    """Forget a resource that exists no more, or that something else looks after from now on."""

    def forget(resources: list[Resource]) -> list[Resource]:
        chosen = _named(resources, args.urn)
        graph = Graph(resources)
        dependents = {id(item): item for one in chosen for item in graph.depending_on(one, children=True)}
        needing = [item for key, item in dependents.items() if key not in {id(one) for one in chosen}]
        if needing and not args.target_dependents:
            raise EngineError(
                "This resource can't be safely deleted because the following resources depend on it:\n"
                + "".join(f' * "{item.urn.split("::")[-1]}" ({item.urn})\n' for item in needing)
                + "\nDelete those resources first or pass --target-dependents."
            )
        going = [*chosen, *needing]
        kept_safe = [item.urn for item in going if item.protect]
        if kept_safe and not args.force:
            raise EngineError(
                f"This resource can't be safely deleted because it is protected: {kept_safe[0]}. "
                "Re-run this command with --force to force deletion"
            )
        identities = {id(item) for item in going}
        return [item for item in resources if id(item) not in identities]

    _edit(args, forget, "This will edit your stack's state directly.")
    print("Resource deleted")
    return 0


def unprotect(args: argparse.Namespace) -> int:
    """Let resources be deleted again."""
    _mark(args, "protect", value=False, done="unprotected")
    return 0


def protect(args: argparse.Namespace) -> int:
    """Let resources not be deleted until the program next says otherwise."""
    _mark(args, "protect", value=True, done="protected")
    return 0


def taint(args: argparse.Namespace) -> int:
    """Let the next `up` replace a resource."""
    _mark(args, "taint", value=True, done="tainted")
    return 0


def untaint(args: argparse.Namespace) -> int:
    """Take back that the next `up` replaces a resource."""
    _mark(args, "taint", value=False, done="untainted")
    return 0


def explain(args: argparse.Namespace) -> int:
    """`state` alone does nothing. Raises :class:`UsageError` naming what it can do."""
    del args
    raise UsageError("name what to do: state delete, protect, unprotect, taint or untaint")


def _mark(args: argparse.Namespace, field: str, *, value: bool, done: str) -> None:
    everything = getattr(args, "all", False)
    if bool(args.urn) == everything:
        raise UsageError("name the resource by its URN, or all of them by --all")

    def edit(resources: list[Resource]) -> list[Resource]:
        for resource in resources if everything else _named(resources, args.urn):
            setattr(resource, field, value)
        return resources

    _edit(args, edit, "This will edit your stack's state directly.")
    print(f"All resources {done}" if everything else f"Resource {done}")


def unprotected(resources: list[Resource]) -> tuple[list[str], int]:
    """The URNs of what neither is protected nor needed by anything that is, and how many others there are."""
    graph = Graph(resources)
    spared = {id(resource) for resource in resources if resource.protect}
    for resource in resources:
        if resource.protect:
            spared |= graph.all_needs(resource)
    return [resource.urn for resource in resources if id(resource) not in spared], len(spared)


def _named(resources: Iterable[Resource], urn: str) -> list[Resource]:
    named = [resource for resource in resources if resource.urn == urn]
    if not named:
        raise EngineError(f'No such resource "{urn}" exists in the current state')
    return named


def _edit(args: argparse.Namespace, edit: Edit, question: str) -> None:
    workspace = Workspace.here(Path.cwd())
    stack = workspace.stack(getattr(args, "stack", None))
    confirm(args, question)
    with workspace.backend.locked(stack):
        latest = workspace.backend.raw(stack, locked=True)
        secrets = secrets_in(latest)
        if secrets is None:
            raise EngineError(f"the stack '{stack}' has no resources yet")
        checkpoint: Checkpoint = workspace.backend.load(stack, secrets, latest)
        journal = workspace.backend.journal(stack, secrets, checkpoint.metadata)
        resources = edit(checkpoint.resources)
        journal.open(resources, checkpoint.pending)
        journal.close()
