"""On a terminal: an operation by the components that the program has at its top, an app each, not by their resources.

``time-service ▸ App Engine Service  7/9  4 s``: what has ended of what is known so far, and what is waited for. A
component's resources stand under it where one fails. A resource outside of every component has a line of its own, as in
a pipe.
"""

import os
import re
import sys
import textwrap
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.show.digest import is_shown
from slipway.engine.show.display import Lines, Moving, View
from slipway.engine.values import urn as urns

_JOINED = "\u00a0"
"""A space at which no line is broken."""


@dataclass
class Component:
    """One component at the top of the program, with what became of its resources."""

    urn: str
    steps: dict[str, Step] = field(default_factory=dict)
    """URN -> the last step of each of its resources."""
    began: float = 0
    ended: float = 0
    """Seconds of the monotonic clock: the first change's begin, and the last one's end."""
    done: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    changed: dict[str, Step] = field(default_factory=dict)
    """URN -> its step, of the resources that change."""

    @property
    def title(self) -> str:
        """The component as a person knows it: its name, and its type in words."""
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", urns.type_of(self.urn).rpartition(":")[2])
        return f"{urns.name_of(self.urn)} ▸ {kind}"

    @property
    def sign(self) -> StepOp:
        """The kind of step that stands for all of its changes: theirs where they are of one kind, else an update."""
        kinds = {step.op.kind for step in self.changed.values()}
        return kinds.pop() if len(kinds) == 1 else StepOp.UPDATE

    def follows(self) -> str:
        """Its changes, resource types of one kind of step together: ``+ BucketObject, ~ 2 x Alias``.

        No line is to be broken between a sign and its type.
        """
        counted = Counter(
            (step.op.kind.traits.sign, urns.type_of(urn).rpartition(":")[2]) for urn, step in self.changed.items()
        )
        return ", ".join(
            f"{sign} {f'{number} x ' if number > 1 else ''}{kind}".replace(" ", _JOINED)
            for (sign, kind), number in counted.items()
        )


class Components:
    """Which component each resource belongs to, as far as the operation has come."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._outside: set[str] = set()
        self.all: dict[str, Component] = {}

    def of(self, step: Step) -> Component | None:
        """The component at the top that a step's resource is in, or is; None for one that is in none."""
        urn = step.urn
        self._parents[urn] = step.subject.parent
        if step.subject.custom and (not step.subject.parent or urns.is_root(step.subject.parent)):
            self._outside.add(urn)
        while (parent := self._parents.get(urn, "")) and not urns.is_root(parent):
            urn = parent
        if urn in self._outside or urns.is_root(urn):
            return None
        return self.all.setdefault(urn, Component(urn))


class Folded(Moving):
    """On a terminal: a line for each component at the top of the program."""

    def __init__(self, stack: str, view: View) -> None:
        self._components = Components()
        self._total: set[str] = set()
        self._done: set[str] = set()
        super().__init__(stack, view)

    def began(self, step: Step) -> None:
        """One more resource is known."""
        component = self._components.of(step)
        super().began(step)
        if not step.subject.custom or step.op is StepOp.REFRESH or urns.is_default_provider(step.urn):
            return
        self._total.add(step.urn)
        if component is None:
            return
        component.steps[step.urn] = step
        if step.op.traits.doing and not component.began:
            component.began = time.monotonic()

    def ended(self, step: Step, problem: str) -> None:
        """A resource of a component has ended, or one outside of every component."""
        component = self._components.of(step)
        if step.op.traits.is_logical:
            self._done.add(step.urn)
        if not problem and not step.subject.custom and step.op is not StepOp.REFRESH:
            self._group_ended(step)
            return
        if component is None or step.op is StepOp.REFRESH or not step.subject.custom:
            super().ended(step, problem)
            return
        self._running.pop(step.urn, None)
        component.steps.setdefault(step.urn, step)
        component.ended = time.monotonic()
        if problem:
            component.failed.add(step.urn)
            self.tell("error", step.urn, problem)
        else:
            component.done.add(step.urn)
        if (is_shown(step) and step.op is not StepOp.READ) or problem:
            component.changed[step.urn] = step

    def _group_ended(self, step: Step) -> None:
        """The stack or a component has ended: it has no line of its own beside the component's at the end."""
        self._running.pop(step.urn, None)
        if urns.is_root(step.urn):
            self._outputs = (step.old, step.new)

    def close(self) -> None:
        """Stop moving, and show a line for each component that changes."""
        if not self._live:
            return
        super().close()
        for component in self._components.all.values():
            if component.changed:
                self._show(component)

    def _show(self, component: Component) -> None:
        traits = component.sign.traits
        sign = self.paint(f"{traits.sign:2}", traits.colour)
        if self.view.preview:
            self.line(f" {sign} {component.title}")
            for line in textwrap.wrap(component.follows(), max(20, self._console.width - 6)):
                self.line(f"      {line.replace(_JOINED, ' ')}")
            return
        failed = self.paint("  failed", 31) if component.failed else ""
        self.line(f" {sign} {component.title}  {self._progress(component, component.ended)}{failed}")
        for urn, step in component.changed.items() if component.failed else ():
            self.show(step, "failed" if urn in component.failed else step.op.traits.done)

    @staticmethod
    def _progress(component: Component, now: float) -> str:
        seconds = max(0.0, now - component.began) if component.began else 0.0
        return f"{len(component.done)}/{len(component.steps)}  {seconds:.0f} s"

    def _table(self) -> Any:  # noqa: ANN401 - rich is imported only here
        from rich.text import Text

        now = time.monotonic()
        waits: dict[str, list[Step]] = {}
        lines: list[str] = []
        for step in list(self._running.values()):
            if component := self._components.of(step):
                waits.setdefault(component.urn, []).append(step)
            else:
                lines.append(
                    f" {step.op.kind.traits.sign:2} {urns.type_of(step.urn)}  {urns.name_of(step.urn)}  "
                    f"{step.op.traits.doing} ({now - self._began.get(step.urn, now):.0f}s)"
                )
        for urn, steps in waits.items():
            component = self._components.all[urn]
            first = f" {component.sign.traits.sign if component.changed else '':2} {component.title}  "
            first += self._progress(component, now)
            longest = min(steps, key=lambda step: self._began.get(step.urn, now))
            kind = urns.type_of(longest.urn).rpartition(":")[2]
            waited = f"{longest.op.traits.doing} {kind}" + (f" and {len(steps) - 1} more" if len(steps) > 1 else "")
            fits = len(first) + len(waited) + 2 <= self._console.width
            lines += [f"{first}  {waited}"] if fits else [first, f"      {waited}"]
        if self._total:
            lines.append(f" {len(self._done & self._total)} of {len(self._total)}")
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


def display(stack: str, view: View, *, interactive: bool) -> Lines:
    """The display that fits where the output goes."""
    if not interactive or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(stack, view)
    return (Folded if view.folded else Moving)(stack, view)
