"""One stack of one revision: what its program asks for, as the embedded engine plans it, without a cloud.

Runs in a process of its own (see `evaluator`), whose import path is the revision's. The first revision is planned from
nothing; the second against what the first one came to, so that what is told is what the engine would do: updates,
replacements and what follows from them, aliases and ignored changes included.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.operation.assembly import Lookup, assemble
from slipway.engine.operation.program import Program
from slipway.engine.operation.program import evaluate as evaluate_program
from slipway.engine.plan.defaults import provider_defaults
from slipway.engine.plan.planning import Progress
from slipway.engine.plan.steps import Step
from slipway.engine.plan.targets import Options
from slipway.engine.project.project import StackSettings, find_project
from slipway.engine.values import urn as urns
from slipway.review.monitor import OfflineBuiltin, OfflineMonitor, OfflineRegistry, sealed
from slipway.wire.signatures import SECRET, SIGNATURE
from slipway.wire.values import Props, is_secret, rewrite

Outcome = dict[str, Any]
"""Plain JSON: ``error``, ``diagnostics``, ``config``, ``outputs``, ``steps``; and ``state``, which stays in the process
that evaluates."""


def evaluate(root: Path, stack: str, before: list[dict[str, Any]] | None, key: bytes) -> Outcome:
    """Plan ``stack`` of the project in ``root``, on top of the state ``before``.

    ``key`` seals what is compared of secrets: two equal ones are equal, and no reader can find them by trying.
    """
    result = _once(root, stack, before, key, readable=True)
    if result["error"]:
        # A program that takes an identifier apart may stumble over a placeholder; it never meets an unknown.
        again = _once(root, stack, before, key, readable=False)
        result = result if again["error"] else again
    result["error"] = _placeless(result["error"], root)
    result["diagnostics"] = [[severity, urn, _placeless(text, root)] for severity, urn, text in result["diagnostics"]]
    return result


def _placeless(text: str, root: Path) -> str:
    """The text without where this machine has the revision."""
    return text.replace(f"{root}/", "").replace(str(root), ".")


class _Watch:
    """Collects the steps in the order in which they were planned, and what was said."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.problems: dict[int, str] = {}
        self.said: list[tuple[str, str, str]] = []

    def began(self, step: Step) -> None:
        """A step of the plan."""
        self.steps.append(step)

    def ended(self, step: Step, problem: str) -> None:
        """A step that may not be done."""
        if problem:
            self.problems[id(step)] = problem

    def tell(self, severity: str, urn: str, message: str) -> None:
        """A message of the program or of the engine."""
        self.said.append((severity, urn, message))


def _once(root: Path, stack: str, before: list[dict[str, Any]] | None, key: bytes, *, readable: bool) -> Outcome:
    watch = _Watch()
    try:
        project = find_project(root)
        settings = StackSettings(project, stack)
        config, secret_keys = settings.for_program(sealed)
    except (EngineError, OSError) as error:
        return _outcome(str(error), watch, {}, [], key)
    old = [state.decode(raw, lambda value, _urn: value) for raw in before or []]
    outputs = next((resource.outputs for resource in old if urns.is_root(resource.urn)), {})

    def registry(lookup: Lookup) -> OfflineRegistry:
        return OfflineRegistry(OfflineBuiltin(stack, outputs, lookup.current), lookup.old, readable=readable)

    machine = assemble(
        stack=stack,
        project=project.name,
        options=Options(preview=True, parallel=1),
        progress=Progress(old),
        registry=registry,
        journal=None,
        display=watch,
        tell=watch.tell,
        defaults=lambda request: provider_defaults(request, config, secret_keys),
    )
    program = Program(
        folder=project.program,
        root=project.root,
        project=project.name,
        stack=stack,
        preview=True,
        parallel=1,
        config=config,
        secret_keys=secret_keys,
    )
    try:
        problem, is_complete = evaluate_program(
            machine, program, lambda evaluation, gate: OfflineMonitor(evaluation, project.program, gate, config)
        )
    except EngineError as error:
        problem, is_complete = str(error), False
    if not problem and not is_complete:
        problem = "\n".join(text for severity, _, text in watch.said if severity == "error")
        problem = problem or "\n".join(watch.problems.values()) or "the program did not run to its end"
    readable_config = {name: value for name, value in config.items() if name not in secret_keys}
    return _outcome(problem, watch, readable_config, list(machine.executor.current.values()), key)


def _outcome(problem: str, watch: _Watch, config: dict[str, str], resources: list[Resource], key: bytes) -> Outcome:
    root = next((resource for resource in resources if urns.is_root(resource.urn)), None)
    return {
        "error": problem,
        "diagnostics": [list(entry) for entry in watch.said if entry[0] in ("error", "warning")],
        "config": config,
        "outputs": _closed(root.outputs, key) if root else {},
        "steps": list(_steps(watch, key)),
        "state": [state.encode(resource, lambda value, _urn: value) for resource in resources],
    }


def _steps(watch: _Watch, key: bytes) -> Iterator[dict[str, Any]]:
    for step in watch.steps:
        yield {
            "op": step.op.value,
            "urn": step.urn,
            "keys": list(step.keys),
            "detailed": {path: kind for path, (kind, _) in (step.detailed or {}).items()},
            "problem": watch.problems.get(id(step), ""),
            "goes_with": step.goes_with,
            "old": _entry(step.old, key),
            "new": _entry(step.new, key),
        }


def _entry(resource: Resource | None, key: bytes) -> dict[str, Any] | None:
    """What others may know of a resource: its inputs with secrets closed, its options, no outputs."""
    if resource is None:
        return None
    return {
        "type": resource.type,
        "custom": resource.custom,
        "inputs": _closed(resource.inputs, key),
        "protect": resource.protect,
        "retain": resource.retainOnDelete,
        "deleted_with": resource.deletedWith,
        "external": resource.external,
        "parent": resource.parent,
        "provider": resource.provider,
        "dependencies": sorted({*resource.dependencies, *chain.from_iterable(resource.propertyDependencies.values())}),
        "property_dependencies": resource.propertyDependencies,
        "source": resource.sourcePosition,
    }


def _closed(props: Props, key: bytes) -> Props:
    """The properties with each secret's value replaced by a mark that only equals that of an equal secret."""

    def close(part: Any) -> Any:  # noqa: ANN401
        if not is_secret(part):
            return part
        text = json.dumps(part.get("value"), sort_keys=True).encode()
        return {SIGNATURE: SECRET, "value": hmac.new(key, text, hashlib.sha256).hexdigest()}

    return rewrite(props, close)
