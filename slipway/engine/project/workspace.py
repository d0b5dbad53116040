"""Which stack is meant: the flag, PULUMI_STACK, or the one that was selected last (kept where the CLI keeps it)."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.backend import ORGANIZATION, Backend, backend_root, stack_name
from slipway.engine.checkpoint.files import replace_file
from slipway.engine.errors import StackNotFoundError, UsageError
from slipway.engine.project.project import Project, StackSettings, find_project


@dataclass(frozen=True)
class Workspace:
    """A project and its stacks, as the environment and the current folder say."""

    project: Project
    backend: Backend
    url: str
    """The backend as the environment or the project names it."""

    @classmethod
    def here(cls, folder: Path, url: str | None = None) -> "Workspace":
        """The workspace of ``folder``; ``url`` instead of PULUMI_BACKEND_URL. Raises :class:`UsageError`."""
        project = find_project(folder.absolute())
        declared = project.document.get("backend")
        configured = str(declared.get("url") or "") if isinstance(declared, dict) else ""
        chosen = url or os.environ.get("PULUMI_BACKEND_URL") or configured
        return cls(project, Backend(backend_root(chosen), project.name), chosen)

    def settings(self, stack: str, file: str | None = None) -> StackSettings:
        """The settings of a stack; from ``file``, where one is named."""
        return StackSettings(self.project, stack, Path(file).absolute() if file else None)

    def stack(self, text: str | None) -> str:
        """The stack that is meant.

        Raises :class:`StackNotFoundError` where it does not exist, :class:`UsageError` where none is selected: Pulumi's
        exit statuses for the two are 6 and 1.
        """
        chosen = text or os.environ.get("PULUMI_STACK") or self.selected()
        if not chosen:
            raise UsageError(
                "no stack selected; please use `slipway engine stack select` or `slipway engine stack init`, "
                "or name one with --stack"
            )
        name = stack_name(chosen, self.project.name)
        if not self.backend.file(name).exists():
            existing = ", ".join(self.backend.stacks()) or "none"
            raise StackNotFoundError(f"no stack named '{name}' found; there are: {existing}")
        return name

    def selected(self) -> str:
        """The stack of this backend that was selected last; empty for none."""
        document = self._selections()
        chosen = next((document["stacks"][url] for url in self._urls() if url in document["stacks"]), "")
        return str(chosen or document.get("stack") or "").rsplit("/", 1)[-1]

    def select(self, stack: str) -> None:
        """Remember a stack as the selected one; "" for none. What was selected in other backends stays."""
        document = self._selections()
        document.pop("stack", None)
        for url in self._urls():
            document["stacks"].pop(url, None)
        if stack:
            document["stacks"][self._urls()[0]] = f"{ORGANIZATION}/{self.project.name}/{stack}"
        try:
            replace_file(self._file(), json.dumps(document, indent=4).encode())
        except OSError as error:
            raise UsageError(f"the selection cannot be kept in {self._file()}: {error.strerror}") from error

    def _selections(self) -> dict[str, Any]:
        """The file in which the CLI keeps the selected stack of each backend."""
        try:
            document = json.loads(self._file().read_text())
            return {**document, "stacks": {**document.get("stacks", {})}}
        except (OSError, ValueError, AttributeError, TypeError):
            return {"stacks": {}}

    def _urls(self) -> list[str]:
        """The names of the backend: as it was given, and as a whole path."""
        return list(dict.fromkeys([self.url, f"file://{self.backend.root}"]))

    def _file(self) -> Path:
        home = Path(os.environ.get("PULUMI_HOME") or "~/.pulumi").expanduser()
        digest = hashlib.sha1(str(self.project.root / "Pulumi.yaml").encode()).hexdigest()  # noqa: S324 - a file name
        return home / "workspaces" / f"{self.project.name}-{digest}-workspace.json"
