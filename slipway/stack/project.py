"""The project: its root folder, its state folder, and the stacks that have a file."""

import os
from dataclasses import dataclass
from pathlib import Path

from slipway.errors import UserError, nearest


@dataclass(frozen=True)
class Project:
    """A checkout of the program.

    ``root`` holds ``Pulumi.yaml``. ``state_folder`` is the only folder that a command writes to: ``state/``
    (states and history of the stacks), ``cache/`` (artifacts), ``sandbox/`` (the local clouds).
    """

    root: Path
    state_folder: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """The project around ``start`` (default: the working folder). Raises :class:`UserError` outside of one."""
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "Pulumi.yaml").is_file():
                return cls(folder, Path(os.environ.get("SLIPWAY_HOME") or folder / ".slipway").absolute())
        raise UserError(f"no Pulumi.yaml in {start} or above it: run slipway inside a checkout of the project")

    @property
    def name(self) -> str:
        """The project's name, as ``Pulumi.yaml`` has it."""
        for line in (self.root / "Pulumi.yaml").read_text(encoding="utf-8").splitlines():
            if line.startswith("name:"):
                return line.removeprefix("name:").split("#")[0].strip().strip("\"'")
        raise UserError(f"{self.root / 'Pulumi.yaml'} has no `name:`")

    @property
    def backend_url(self) -> str:
        """Where the states of the sandbox's stacks are, as Pulumi names a backend."""
        return f"file://{self.state_folder / 'state'}"

    @property
    def stacks(self) -> list[str]:
        """The names of the stacks that have a file, sorted."""
        return sorted(p.name[len("Pulumi.") : -len(".yaml")] for p in (self.root / "stacks").glob("Pulumi.*.yaml"))

    def stack_file(self, stack: str) -> Path:
        """The stack's configuration. Raises :class:`UserError` for a stack without one, naming those that have."""
        if stack not in self.stacks:
            raise UserError(
                f"there is no stack {stack!r}{nearest(stack, self.stacks)}: stacks/ has {', '.join(self.stacks)}; "
                f"`slipway stack new demo-NAME` makes a throw-away copy of one"
            )
        return self.root / "stacks" / f"Pulumi.{stack}.yaml"
