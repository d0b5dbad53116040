"""Puts the parts of an operation together: the one place where planner, executor and evaluation are made.

What differs between an operation on a stack and an evaluation without a cloud is handed in: the registry of providers,
the monitor, the journal and the display.
"""

from collections.abc import Callable
from dataclasses import dataclass

from slipway.engine.checkpoint.journal import Journal
from slipway.engine.checkpoint.state import Resource
from slipway.engine.operation.evaluation import Defaults, Evaluation
from slipway.engine.operation.executor import Executor, Watches
from slipway.engine.operation.hooks import Hooks
from slipway.engine.plan.planner import Planner
from slipway.engine.plan.planning import Planning, Progress, Tell
from slipway.engine.plan.targets import Options
from slipway.engine.providers.registry import Registry


@dataclass(frozen=True)
class Lookup:
    """How a registry finds resources: those of the last operation, and by URN those of this one."""

    old: Callable[[], list[Resource]]
    current: Callable[[str], Resource | None]


MakeRegistry = Callable[[Lookup], Registry]


@dataclass(frozen=True)
class Machine:
    """The parts of one operation, put together."""

    planner: Planner
    executor: Executor
    registry: Registry
    journal: Journal | None
    tell: Tell
    defaults: Defaults

    @property
    def planning(self) -> Planning:
        """The setting of the operation."""
        return self.planner.planning

    @property
    def progress(self) -> Progress:
        """What has been planned so far."""
        return self.planner.progress

    @property
    def has_failed(self) -> bool:
        """Whether anything failed or was refused."""
        return self.executor.failed or self.progress.failed

    def evaluation(self) -> Evaluation:
        """Begin to take what a program registers."""
        return Evaluation(self.planner, self.executor, self.journal, self.defaults)


def assemble(
    *,
    stack: str,
    project: str,
    options: Options,
    progress: Progress,
    registry: MakeRegistry,
    journal: Journal | None,
    display: Watches,
    tell: Tell,
    defaults: Defaults,
    clean: Callable[[str], str] = str,
) -> Machine:
    """The machine of one operation. ``clean`` takes what is secret out of what providers say."""
    current: dict[str, Resource] = {}
    providers = registry(Lookup(lambda: progress.old, current.get))
    planning = Planning(
        stack=stack, project=project, options=options, providers=providers, tell=tell, progress=progress
    )
    executor = Executor(planning, journal, display, Hooks(), clean, current)
    return Machine(Planner(planning), executor, providers, journal, tell, defaults)
