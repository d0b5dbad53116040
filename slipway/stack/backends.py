"""Where stacks' states are kept: Pulumi's own backend or this machine's sandbox, asked by the engine that is there."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slipway.errors import UserError
from slipway.stack.engines import Engine
from slipway.stack.project import Project

if TYPE_CHECKING:
    from slipway.engine.checkpoint.backend import Backend as Checkpoints


@dataclass(frozen=True)
class Listed:
    """A stack as its backend lists it."""

    name: str
    resources: int
    busy: bool
    """Whether another command changes it now, as far as the backend knows."""


@dataclass(frozen=True)
class Backend:
    """A place with stacks of this project."""

    project: Project
    engine: Engine
    """Never ``auto``."""
    sandbox: bool
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's own."""

    @property
    def name(self) -> str:
        """What it is called in what is shown."""
        return "sandbox" if self.sandbox else "pulumi"

    def stacks(self) -> list[Listed]:
        """Every stack of the project, by name. Raises :class:`UserError` where the backend does not answer."""
        if self.engine is Engine.embedded:
            return [Listed(name, len(self.resources(name)), False) for name in self._embedded().stacks()]
        rows = json.loads(self.ask("stack", "ls", "--json") or "[]")
        return [
            Listed(
                # Some backends say whose stack it is: organization/project/name.
                name=row["name"].rpartition("/")[2],
                resources=int(row.get("resourceCount") or 0),
                busy=bool(row.get("updateInProgress")),
            )
            for row in rows
        ]

    def resources(self, stack: str) -> list[dict[str, Any]]:
        """The resources in a stack's state, secrets sealed; [] for a stack that never was.

        Raises :class:`UserError` where the backend does not answer.
        """
        if self.engine is Engine.embedded:
            from slipway.engine.api import resources
            from slipway.engine.errors import EngineError

            try:
                return resources(self._embedded(), stack)
            except EngineError as refused:
                raise UserError(str(refused)) from None
        document = json.loads(self.ask("stack", "export", "--stack", stack))
        return (document.get("deployment") or {}).get("resources") or []

    def ask(self, *words: str) -> str:
        """What the engine prints. Raises :class:`UserError` with its last words where it fails."""
        done = subprocess.run(
            [*self._command(), *words],
            cwd=self.project.root,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
            raise UserError(f"`{self.engine} {' '.join(words)}` failed: {last[0].removeprefix('error: ')}")
        return done.stdout

    def run(self, words: Sequence[str]) -> int:
        """Let the engine act, in sight of the user; its exit status."""
        return subprocess.run(
            [*self._command(), *words], cwd=self.project.root, env={**os.environ, **self.environment}
        ).returncode

    def _embedded(self) -> "Checkpoints":
        """The embedded engine's own way to its states, in this process."""
        from slipway.engine.project.workspace import Workspace

        return Workspace.here(self.project.root, self.environment["PULUMI_BACKEND_URL"]).backend

    def _command(self) -> list[str]:
        return ["pulumi"] if self.engine is Engine.pulumi else [sys.executable, "-m", "slipway", "engine"]
