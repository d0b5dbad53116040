"""The program's own functions around a step: which there are, and who calls them."""

from typing import Protocol

from slipway.engine.plan.steps import Step
from slipway.engine.providers.protocol import ProviderError

MOST_RETRIES = 100
"""How often an error hook may ask for one call of a provider again (pulumi's ``maxErrorHookRetries``)."""


class Runner(Protocol):
    """Calls functions of a program that is running."""

    def run_hooks(self, moment: str, step: Step) -> None: ...  # noqa: D102
    def retries(self, step: Step, failures: list[str]) -> bool: ...  # noqa: D102


class Hooks:
    """The hooks of one operation; the program's server is connected when there is a program."""

    def __init__(self) -> None:
        self._runner: Runner | None = None

    def connect(self, runner: Runner) -> None:
        """Call the functions of this program."""
        self._runner = runner

    def run(self, moment: str, step: Step) -> None:
        """Call the hooks of one moment (``BeforeCreate``). Raises :class:`ProviderError` where one of them fails."""
        names = step.subject.resourceHooks.get(moment)
        if not names:
            return
        if self._runner is None:
            raise ProviderError(f"the hooks {', '.join(names)} of {step.urn} need the program: add --run-program")
        self._runner.run_hooks(moment, step)

    def retries(self, step: Step, failures: list[str]) -> bool:
        """Whether an error hook asks for the call again. ``failures`` are the messages so far, the newest first."""
        if self._runner is None or not step.subject.resourceHooks.get("OnError"):
            return False
        return self._runner.retries(step, failures)
