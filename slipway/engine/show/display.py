"""What an operation looks like to a person: a line when something begins and when it has ended, in a pipe; a table that
moves, on a terminal. Errors come last, grouped by resource, with the line of the program that declared it.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.show import details
from slipway.engine.show.digest import is_counted, is_shown
from slipway.engine.values import urn as urns

_DRIFT = {StepOp.UPDATE: "was changed elsewhere", StepOp.DELETE: "is gone"}
"""What a refresh before an operation finds."""
_DETAILED = frozenset({StepOp.UPDATE, StepOp.CREATE, StepOp.CREATE_REPLACEMENT, StepOp.DELETE})
"""The steps under which `up --diff` shows properties: a replacement's are those of its new resource."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What a person wants to see of an operation."""

    preview: bool
    details: bool
    """Whether the properties that change are shown."""
    suppress_outputs: bool = False
    colour: str = "auto"
    secrets: bool = False
    """Whether secrets are shown in clear text."""
    sames: bool = False
    """Whether what stays the same is shown."""
    reads: bool = False
    """Whether what is only read, and is as it was, is shown."""
    parts: bool = False
    """Whether the parts of a replacement are shown."""
    urns: bool = False
    """Whether resources are shown by their URN."""
    whole: bool = False
    """Whether long texts are shown whole."""
    debug: bool = False
    folded: bool = False
    """Whether a terminal shows the components at the top of the program instead of every resource."""


class Lines:
    """Lines for a pipe, and the parts that every display has."""

    def __init__(self, stack: str, view: View) -> None:
        self.stack, self.view = stack, view
        self.clean: Callable[[str], str] = str
        """Takes sealed settings out of a line."""
        self.stream: TextIO = sys.stdout
        self._started = time.monotonic()
        self._began: dict[str, float] = {}
        self._messages: dict[str, list[tuple[str, str]]] = {}
        self._declared: dict[str, str] = {}
        self._outputs: tuple[Resource | None, Resource | None] = (None, None)
        chosen = {"always": True, "never": False, "raw": False}
        self._colour = chosen.get(view.colour, self.stream.isatty() and "NO_COLOR" not in os.environ)

    def head(self, what: str) -> None:
        """Say what begins."""
        self.line(f"{what} ({self.stack}):")

    def began(self, step: Step) -> None:
        """Something begins."""
        self._began[step.urn] = time.monotonic()
        self._declared[step.urn] = step.subject.sourcePosition
        if urns.is_root(step.urn):
            self._outputs = (step.old, step.new)
        if not self.view.preview and step.op.traits.doing and _is_real(step):
            self.show(step, step.op.traits.doing)

    def ended(self, step: Step, problem: str) -> None:
        """Something has ended."""
        if urns.is_root(step.urn):
            self._outputs = (step.old, step.new)
        if problem:
            self.tell("error", step.urn, problem)
            if _is_real(step):
                self.show(step, "failed")
            return
        if step.op is StepOp.REFRESH:
            if step.outcome and step.outcome in _DRIFT and _is_real(step):
                self.show(step, _DRIFT[step.outcome])
        elif self.view.preview:
            if _is_real(step) and self._is_seen(step):
                self.show(step, step.op.value)
                if self.view.details:
                    self._show_details(step)
        elif step.op.traits.doing and _is_real(step):
            seconds = time.monotonic() - self._began.get(step.urn, time.monotonic())
            self.show(step, f"{step.op.traits.done} ({seconds:.1f}s)")
            if self.view.details and step.op in _DETAILED:
                self._show_details(step)
        elif self.view.sames and step.op is StepOp.SAME and _is_real(step):
            self.show(step, "same")

    def _is_seen(self, step: Step) -> bool:
        """Whether a preview has a line for the step."""
        if step.op is StepOp.SAME:
            return self.view.sames or is_shown(step)
        if step.op is StepOp.READ:
            return self.view.reads or is_counted(step) or step.old is None
        return self.view.parts or is_shown(step)

    def tell(self, severity: str, urn: str, message: str) -> None:
        """A message, to be shown in the end; what the program prints itself is shown at once."""
        if severity == "debug" and not self.view.debug:
            return
        if severity in ("info", "info#err") and not urn:
            self.line(message.rstrip("\n"))
        else:
            self._messages.setdefault(urn, []).append((severity.split("#")[0], message))

    def show(self, step: Step, what: str) -> None:
        """The line of one resource."""
        traits = step.op.kind.traits
        sign = self.paint(f"{traits.sign:2}", traits.colour)
        who = step.urn if self.view.urns else f"{urns.type_of(step.urn)}  {urns.name_of(step.urn)}"
        self.line(f" {sign} {who}  {what}")

    def line(self, text: str) -> None:
        """One line; none after the reader has gone (`… | head`), and the operation goes on to its end all the same."""
        try:
            print(self.clean(text), file=self.stream, flush=True)
        except BrokenPipeError:
            self.stream = sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - it is the output from here on

    def paint(self, text: str, colour: int) -> str:
        """The text in a colour, on a terminal."""
        return f"\033[{colour}m{text}\033[0m" if self._colour and colour else text

    def summary(self, changes: dict[str, int]) -> None:
        """Outputs, messages and what changed."""
        self.close()
        outputs = [] if self.view.suppress_outputs else self._changed_outputs()
        for line in ("Outputs:", *(f"    {line}" for line in outputs)) if outputs else ():
            self.line(line)
        self._show_messages()
        counted = [(StepOp(op).traits, count) for op, count in changes.items() if StepOp(op).traits.planned and count]
        parts = [
            self.paint(f"{traits.sign} {count} {traits.planned if self.view.preview else traits.done}", traits.colour)
            for traits, count in counted
        ]
        if changes.get("same"):
            parts.append(f"{changes['same']} unchanged")
        failed = [urn for urn, messages in self._messages.items() if any(kind == "error" for kind, _ in messages)]
        if errored := sum(bool(urn) for urn in failed):
            parts.append(self.paint(f"{errored} errored", 31))
        quiet = " — nothing would change" if self.view.preview and not (counted or outputs or failed) else ""
        self.line(f"Resources: {', '.join(parts) or 'none'}{quiet}")
        self.line(f"Duration: {time.monotonic() - self._started:.1f}s")

    def close(self) -> None:
        """Nothing moves any more."""

    def _show_details(self, step: Step) -> None:
        lines = details.changed(step, secrets=self.view.secrets, whole=self.view.whole)
        for line in (*self._identity(step), *lines):
            self.line(f"       {line}")

    @staticmethod
    def _identity(step: Step) -> list[str]:
        """The URN and the id of a resource that exists."""
        return [f"[id={step.old.id}]", f"[urn={step.urn}]"] if step.old and step.old.id else [f"[urn={step.urn}]"]

    def _changed_outputs(self) -> list[str]:
        """The stack's outputs that would change; after an operation all of them."""
        old, new = self._outputs
        if new is None:
            return []
        return details.outputs(
            old.outputs if old else {},
            new.outputs,
            all_of_them=not self.view.preview,
            secrets=self.view.secrets,
            whole=self.view.whole,
        )

    def _show_messages(self) -> None:
        if not self._messages:
            return
        self.line("Diagnostics:")
        order = sorted(self._messages, key=lambda urn: any(kind == "error" for kind, _ in self._messages[urn]))
        for urn in order:
            if urn:
                where = self._declared.get(urn, "").removeprefix("project:///").replace("#", ":")
                self.line(f"  {urns.type_of(urn)} ({urns.name_of(urn)}){f', declared in {where}' if where else ''}:")
            for severity, message in self._messages[urn]:
                text = message.rstrip().replace("\n", "\n    ")
                self.line(f"    {self.paint(f'{severity}:', 31 if severity == 'error' else 33)} {text}")


def _is_real(step: Step) -> bool:
    return not urns.is_default_provider(step.urn) and not step.skipped


class Moving(Lines):
    """On a terminal: what runs is at the bottom with its time, what has ended scrolls up."""

    def __init__(self, stack: str, view: View) -> None:
        super().__init__(stack, view)
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=self.stream, no_color=not self._colour, highlight=False)
        self._running: dict[str, Step] = {}
        self._live: Live | None = Live(
            console=self._console, get_renderable=self._table, transient=True, refresh_per_second=8
        )
        self._live.start()

    def began(self, step: Step) -> None:
        """It runs now."""
        self._began[step.urn] = time.monotonic()
        self._declared[step.urn] = step.subject.sourcePosition
        if urns.is_root(step.urn):
            self._outputs = (step.old, step.new)
        if step.op.traits.doing and _is_real(step):
            self._running[step.urn] = step

    def ended(self, step: Step, problem: str) -> None:
        """It runs no more."""
        self._running.pop(step.urn, None)
        super().ended(step, problem)

    def line(self, text: str) -> None:
        """One line above what moves."""
        from rich.text import Text

        self._console.print(Text.from_ansi(self.clean(text)), soft_wrap=True)

    def close(self) -> None:
        """Stop moving."""
        if self._live:
            self._live.stop()
            self._live = None

    def _table(self) -> Any:  # noqa: ANN401 - rich is imported only here
        from rich.text import Text

        now = time.monotonic()
        lines = [
            f" {step.op.kind.traits.sign:2} {urns.type_of(urn)}  {urns.name_of(urn)}  "
            f"{step.op.traits.doing} ({now - self._began.get(urn, now):.0f}s)"
            for urn, step in list(self._running.items())
        ]
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
