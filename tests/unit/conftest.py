"""Pulumi's mocks as a fixture: a cloud that takes what our components declare and raises on any other type."""

import asyncio
import contextvars
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc
from pulumi.runtime import set_all_config as set_config

from policy.model import Resource
from tests.unit.mocked import ANSWERS, OUTPUTS

UNIT = "tests/unit/"
STARTS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.system"})
"""The events of a process that is started: https://docs.python.org/3/library/audit_events.html."""


def no_process(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse to start a process while a unit test runs; such tests stand in tests/integration."""
    if event in STARTS and os.environ.get("PYTEST_CURRENT_TEST", "").startswith(UNIT):
        raise AssertionError(f"a unit test starts a process ({event} {arguments[:1]}): move it to tests/integration")


sys.addaudithook(no_process)


@dataclass
class Declared:
    """One resource as the program declared it."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    protect: bool
    depends_on: set[str]
    property_dependencies: dict[str, frozenset[str]]
    deleted_with: str
    retain_on_delete: bool
    ignore_changes: list[str]
    import_id: str


@dataclass
class Deployed:
    """What a program declared, and what it returned and exported once all was resolved."""

    resources: list[Declared]
    result: Any
    exports: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """What was said that is no warning."""

    @property
    def for_policy(self) -> list[Resource]:
        """What its rules read."""
        return [
            Resource.from_wire(
                type=r.type,
                name=r.name,
                urn=r.name,
                props=r.inputs,
                protect=r.protect,
                dependencies=tuple(r.depends_on),
                property_dependencies=r.property_dependencies,
            )
            for r in self.resources
        ]

    def of(self, type_: str) -> list[Declared]:
        """All of a type, by the last word of its token."""
        return [r for r in self.resources if r.type.rpartition(":")[2] == type_]

    def one(self, type_: str, name: str = "") -> Declared:
        """The only one of a type, or of a type and a name."""
        (found,) = [r for r in self.of(type_) if name in ("", r.name)]
        return found

    def named(self, name: str) -> Declared:
        """The only one of a name."""
        (found,) = [r for r in self.resources if r.name == name and not r.type.startswith("slipway:")]
        return found


class Cloud(mocks.Mocks):
    """Takes the types of the table above."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        self.before = before

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        if args.token == "pulumi:pulumi:readStackOutputs":
            return {"name": args.args["name"], "outputs": dict(self.before), "secretOutputNames": []}
        if args.token not in ANSWERS:
            raise AssertionError(f"a component calls a function that the mocks have no answer of: {args.token}")
        answer = ANSWERS[args.token]
        return dict(answer(args.args) if callable(answer) else answer)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if args.typ.startswith("slipway:"):
            return "", {}
        return f"{args.name}-id", {**args.inputs, **OUTPUTS[args.typ](args.name, args.inputs)}


class Monitor(mocks.MockMonitor):
    """Keeps the options, which Pulumi's mocks do not hand on."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.declared: list[Declared] = []
        self.exports: Any = None

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        if request.type != "pulumi:pulumi:Stack":
            self.declared.append(
                Declared(
                    type=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    parent=_name(request.parent),
                    protect=request.protect,
                    depends_on={_name(urn) for urn in request.dependencies},
                    property_dependencies={
                        name: frozenset(map(_name, of.urns)) for name, of in request.propertyDependencies.items()
                    },
                    deleted_with=_name(request.deletedWith),
                    retain_on_delete=request.retainOnDelete,
                    ignore_changes=list(request.ignoreChanges),
                    import_id=request.importId,
                )
            )
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.exports = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)


class Warned:
    """The engine's log, of which the warnings and the messages are kept."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.messages: list[str] = []

    def debug(self, message: str) -> None:
        """Not of interest."""

    error = debug

    def info(self, message: str) -> None:
        """Kept."""
        self.messages.append(message)

    def warning(self, message: str) -> None:
        """Kept."""
        self.warnings.append(message)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


Deploy = Callable[..., Deployed]


@pytest.fixture(scope="session")
def deploy() -> Deploy:
    """Runs a program on the mocks: ``deploy(program, stack=…, config=…, sealed=…, before=…)``."""

    def run(
        program: Callable[[], Any],
        *,
        stack: str = "dev",
        config: Mapping[str, str] | None = None,
        sealed: list[str] | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> Deployed:
        monitor, log, said = Monitor(Cloud(before or {})), Warned(), []

        def inside() -> None:
            result = program()
            pulumi.Output.from_input(result).apply(said.append)

        async def whole() -> None:
            await pulumi.runtime.stack.run_in_stack(lambda: inside())

        def in_context() -> None:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            try:
                _configure(monitor, log, stack)
                set_config(dict(config or {}), list(sealed or ()))
                loop.run_until_complete(whole())
            finally:
                asyncio.set_event_loop(None)
                loop.close()

        contextvars.copy_context().run(in_context)
        return Deployed(monitor.declared, said[0] if said else None, monitor.exports or {}, log.warnings, log.messages)

    return run


def _configure(monitor: Monitor, log: Warned, stack: str) -> None:
    from google.protobuf import empty_pb2

    features = set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)
    pulumi.runtime.settings.configure(
        mocks.MockSettings(
            monitor=monitor,
            monitor_features=features,
            engine=mocks.MockEngine(log),  # pyright: ignore[reportArgumentType]
            project="slipway",
            stack=stack,
            dry_run=False,
            organization="organization",
            callbacks=None,
        )
    )
