"""What an operation looks like to a person: a line for each thing that happens, errors and a summary at the end."""

import sys
import time
from slipway.engine import urn as urns
from slipway.engine.digest import is_shown
from slipway.engine.steps import Step

_SIGNS = {"create": "+", "update": "~", "delete": "-", "replace": "+-", "read": ">", "import": "=", "same": " "}


class Lines:
    """Plain lines."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self.messages: list[tuple[str, str, str]] = []

    def began(self, step: Step) -> None:
        self._started[step.urn] = time.monotonic()
        if is_shown(step) and not urns.is_default_provider(step.urn):
            print(f" {_SIGNS.get(step.op, step.op):2} {urns.type_of(step.urn)}  {urns.name_of(step.urn)}  {step.op}", flush=True)

    def ended(self, step: Step, problem: str) -> None:
        if problem:
            self.messages.append(("error", step.urn, problem))

    def tell(self, severity: str, urn: str, message: str) -> None:
        self.messages.append((severity, urn, message))

    def summary(self, changes: dict[str, int]) -> None:
        for severity, urn, message in self.messages:
            print(f"{severity}: {urn}: {message}", file=sys.stderr)
        print("Resources:", changes)
