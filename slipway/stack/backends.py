"""Where stacks' states are kept, Pulumi's own backend or this machine's sandbox, and the engine that acts on them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slipway.engine import api
from slipway.engine.errors import EngineError
from slipway.errors import UserError
from slipway.stack import rendered
from slipway.stack.engines import Engine
from slipway.stack.interpreter import interpreter
from slipway.stack.project import Project

READERS = frozenset({"up", "preview", "refresh", "destroy", "state"})
"""The commands of `pulumi` that read a stack's state, and write it."""


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
            return [Listed(name, len(self.resources(name)), False) for name in self._states.stacks()]
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
        if self.engine is Engine.embedded or self.sandbox:
            return self._latest(stack).get("resources") or []
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

    def outputs(self, stack: str) -> dict[str, Any]:
        """The stack's outputs, secrets masked. Raises :class:`UserError` for a stack that was never up."""
        if not self.sandbox:
            return json.loads(self.ask("stack", "output", "--json", "--stack", stack))
        try:
            return api.masked_outputs(self._states, stack)
        except EngineError as refused:
            raise UserError(str(refused)) from None

    def interrupted(self, stack: str, kind: str) -> bool:
        """Whether a command on the sandbox's stack was cut off while it waited for a call of this ``kind``.

        ``kind`` is a word of the state: ``creating``, ``updating``, ``deleting``. Raises :class:`UserError`.
        """
        return any(operation["type"] == kind for operation in self._latest(stack).get("pending_operations") or ())

    def locked(self, stack: str) -> bool:
        """Whether a command holds the sandbox's stack, or one that was killed has left its lock."""
        return bool(self._states.locks(stack))

    def run(self, words: Sequence[str]) -> int:
        """Let the engine act, in sight of the user; its exit status."""
        if self.engine is Engine.pulumi:
            if self.sandbox and words[0] in READERS:
                self._complete(words[words.index("--stack") + 1])
            with interpreter(self.project.root):
                environment = {**os.environ, **self.environment}
                if self.sandbox and rendered.is_served(words):
                    return rendered.run(words, words[words.index("--stack") + 1], self.project.root, environment)
                return _finished(subprocess.Popen(["pulumi", *words], cwd=self.project.root, env=environment))
        from slipway.engine.command.cli import main  # the whole engine: most commands only read a state

        os.environ.update(self.environment)
        os.chdir(self.project.root)
        return main(list(words))

    def run_with(self, words: Sequence[str], text: str) -> int:
        """As :meth:`run`, with ``text`` as what the engine reads: a secret is no argument of a process."""
        if self.engine is Engine.pulumi:
            environment = {**os.environ, **self.environment}
            # `pulumi` takes one newline off the end.
            return subprocess.run(
                ["pulumi", *words], cwd=self.project.root, env=environment, input=f"{text}\n", text=True
            ).returncode
        return self.run([*words, text])

    def repair(self, *stacks: str) -> None:
        """Put right what killed commands have left half written of ``stacks``, by default of all, and say so.

        Does nothing where the states are in no folder that is known here. Raises :class:`UserError`, and OSError where
        a file cannot be changed.
        """
        try:
            states = self._states if self.sandbox else api.declared_states(self.project.root)
            if states is None:
                return
            for stack in stacks or states.stacks():
                for line in api.repaired(states, stack):
                    print(line, file=sys.stderr)
        except EngineError as refused:
            raise UserError(str(refused)) from None

    def _complete(self, stack: str) -> None:
        """Write what a killed run of the embedded engine left in its journal into the state, and say so.

        `pulumi` reads the state alone. A locked stack is left as it is: `pulumi` itself refuses that. Raises
        :class:`UserError`.
        """
        if not self._states.file(stack).exists() or self.locked(stack):
            return
        try:
            added = self._states.fold(stack)
        except EngineError as refused:
            raise UserError(str(refused)) from None
        if added:
            print(
                f"a run of the embedded engine was cut off: its journal is now in the stack's state, which differs by "
                f"{added} entr{'y' if added == 1 else 'ies'}",
                file=sys.stderr,
            )

    def _latest(self, stack: str) -> dict[str, Any]:
        try:
            return self._states.raw(stack)
        except EngineError as refused:
            raise UserError(str(refused)) from None

    @property
    def _states(self) -> api.Backend:
        """The states of the sandbox's stacks, read in this process."""
        return api.states(self.project.root, self.project.backend_url)

    def _command(self) -> list[str]:
        return ["pulumi"] if self.engine is Engine.pulumi else [sys.executable, "-m", "slipway", "engine"]


def _finished(process: "subprocess.Popen[bytes]") -> int:
    """The exit status of a process that got the terminal's Ctrl-C as well, and ends by itself.

    ``subprocess.run`` would kill it a quarter of a second later: `pulumi` would leave its lock and half an operation.
    Raises :class:`KeyboardInterrupt` after its end where Ctrl-C came.
    """
    interrupted = False
    while True:
        try:
            status = process.wait()
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return status
