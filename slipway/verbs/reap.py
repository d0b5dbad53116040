"""Takes down what is past its end: ``slipway reap``.

    each backend -> its stacks -> what each says of its end -> those past it -> destroyed, with retries

A stack's own state says when it ends, so that no file is needed. Kept stacks are never touched, nor those that say
nothing.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from slipway.errors import UserError
from slipway.stack.backends import Backend
from slipway.stack.destroy_plan import plan_destroy
from slipway.stack.engines import Engine
from slipway.stack.expiry import today
from slipway.stack.ownership import Ownership, Verdict, judge
from slipway.stack.project import Project
from slipway.stack.session import Run, sandbox_environment
from slipway.verbs import destroy, tables
from slipway.verbs.tables import table_of


@dataclass(frozen=True)
class Judged:
    """A stack, and whether its time has come."""

    backend: Backend
    stack: str
    ownership: Ownership | None
    verdict: Verdict
    resources: Sequence[dict[str, Any]]


def reap(engine: Engine, *, dry_run: bool) -> int:
    """Print when each stack ends, and destroy those past it; 1 where one could not be destroyed or looked at.

    A backend that does not answer is reported, and keeps no other from being looked at.
    """
    stacks, silent = look(backends_of(Project.find(), engine), today())
    rows = [(one.stack, one.backend.name, _owner(one), one.verdict.why, _will(one, dry_run)) for one in stacks]
    tables.show(table_of("Stacks", ("stack", "backend", "owner", "its end", ""), rows))
    due = [] if dry_run else [one for one in stacks if one.verdict.due]
    failed = [one.stack for one in due if _taken_down(one)]
    for stack in failed:
        print(f"{stack} could not be destroyed; it is tried again at the next reap")
    for backend, reason in silent:
        print(f"the backend {backend.name} was not looked at: {reason}")
    return 1 if failed or silent else 0


def backends_of(project: Project, engine: Engine) -> list[Backend]:
    """Where this project's stacks may be: the sandbox, where it has a state, and Pulumi's backend, with `pulumi`.

    Raises :class:`UserError` where ``pulumi`` is asked for and missing.
    """
    installed = shutil.which("pulumi") is not None
    if engine is Engine.pulumi and not installed:
        raise UserError("there is no `pulumi` on the PATH: leave --engine out to look at the sandbox alone")
    backends: list[Backend] = []
    if (project.state_folder / "state/.pulumi/stacks" / project.name).is_dir():
        local = Engine.pulumi if installed and engine is not Engine.embedded else Engine.embedded
        run = Run(project, "", local, sandbox=True)
        backends.append(Backend(project, local, True, sandbox_environment(run)))
    if installed and engine is not Engine.embedded:
        backends.append(Backend(project, Engine.pulumi, False))
    else:
        print("Pulumi's backend is not looked at: that needs the `pulumi` command")
    return backends


def look(backends: Sequence[Backend], now: date) -> tuple[list[Judged], list[tuple[Backend, str]]]:
    """Every stack of every backend, by name; and the backends that do not answer, each with the reason."""
    stacks: list[Judged] = []
    silent: list[tuple[Backend, str]] = []
    for backend in backends:
        try:
            stacks += judged(backend, now)
        except UserError as refused:
            silent.append((backend, str(refused)))
    return stacks, silent


def judged(backend: Backend, now: date) -> Iterator[Judged]:
    """Every stack of a backend, by name. Raises :class:`UserError` where the backend does not answer."""
    if backend.sandbox:
        backend.repair()
    for listed in sorted(backend.stacks(), key=lambda listed: listed.name):
        resources = backend.resources(listed.name)
        ownership, verdict = judge(resources, now, busy=listed.busy)
        yield Judged(backend, listed.name, ownership, verdict, resources)


def _owner(one: Judged) -> str:
    return one.ownership.owner if one.ownership else ""


def _will(one: Judged, dry_run: bool) -> str:
    if not one.verdict.due:
        return ""
    return "would be destroyed" if dry_run else "is destroyed"


def _taken_down(one: Judged) -> int:
    words = () if one.backend.sandbox else ("--yes", "--skip-preview", "--non-interactive")
    run = Run(one.backend.project, one.stack, one.backend.engine, words, one.backend.sandbox)
    destroy.show(run, plan_destroy(one.resources), one.resources)
    return destroy.take_down(run, one.resources, attempts=destroy.ATTEMPTS)
