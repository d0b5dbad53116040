"""What the SDK talks to: Pulumi's resource monitor and engine, as plain methods of objects in this process.

The SDK calls these from worker threads with the protobuf requests that it would send over the wire. Everything
special arrives as from the CLI, because the real features are announced.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2

from slipway.engine.errors import EngineError
from slipway.engine.operation.callbacks import Callbacks
from slipway.engine.operation.evaluation import Evaluation
from slipway.engine.operation.executor import Stopped
from slipway.engine.plan.goals import goal_of, read_goal_of
from slipway.engine.plan.planning import Tell
from slipway.engine.plan.steps import Answer, Goal, ProviderRequest
from slipway.engine.providers.protocol import ProviderError
from slipway.engine.values import urn as urns
from slipway.engine.values.assets import with_hashes
from slipway.wire.values import Dialect, from_struct, has_secrets, secret, to_struct, with_contents, without_outputs

_FEATURES = (
    "SECRETS",
    "RESOURCE_REFERENCES",
    "OUTPUT_VALUES",
    "ALIAS_SPECS",
    "REPLACEMENT_TRIGGER",
    "DELETED_WITH",
    "REPLACE_WITH",
    "TRANSFORMS",
    "INVOKE_TRANSFORMS",
    "RESOURCE_HOOKS",
    "ERROR_HOOKS",
)


_RESULTS = {False: resource_pb2.Result.SUCCESS, True: resource_pb2.Result.FAIL}


class MonitorDown(grpc.RpcError):
    """The operation goes no further; the SDK ends the program."""

    def code(self) -> grpc.StatusCode:
        """What the SDK takes for "the engine has gone"."""
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        """The message."""
        return "the operation was stopped"


class Refused(grpc.RpcError):
    """A request that cannot be fulfilled; the program may catch it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self._message = message

    def code(self) -> grpc.StatusCode:
        """What the SDK turns into an exception with the message."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """The message."""
        return self._message


class Monitor:
    """The resource monitor of one evaluation. ``gate`` is called when a request has its place in the queue."""

    def __init__(self, evaluation: Evaluation, root: Path, gate: Callable[[], None]) -> None:
        self._evaluation, self._root, self._gate = evaluation, root, gate
        self._planning = evaluation.planner.planning
        self._callbacks = Callbacks(preview=self._planning.options.preview)
        self._goals: dict[str, Goal] = {}
        self._packages: dict[str, ProviderRequest] = {}
        self._component_providers: dict[str, dict[str, str]] = {}
        evaluation.executor.hooks.connect(self._callbacks)

    def GetDeploymentInfo(self, request: Empty) -> resource_pb2.DeploymentInfo:  # noqa: N802 - the protocol's names
        """Say what this engine understands."""
        del request
        names = [f"RESOURCE_MONITOR_FEATURE_{name}" for name in _FEATURES]
        return resource_pb2.DeploymentInfo(
            supportedFeatures=[resource_pb2.ResourceMonitorFeature.Value(n) for n in names]
        )

    def SupportsFeature(self, request: resource_pb2.SupportsFeatureRequest) -> resource_pb2.SupportsFeatureResponse:  # noqa: N802
        """The same question from an older SDK."""
        features = ("secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "transforms")
        features += ("invokeTransforms", "resourceHooks")
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in features)

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """A resource that the program wants."""
        if request.remote:
            raise Refused("components that a provider constructs are not supported by this engine: use pulumi")
        if self._callbacks.transforms_for(request.parent, request.transforms):
            self._gate()
            request = self._transformed(request)
        if not request.custom:
            inherited = self._component_providers.get(request.parent, {})
            for package, reference in inherited.items():
                if package not in request.providers:
                    request.providers[package] = reference
        try:
            goal = goal_of(request, self._goals.get(request.parent), self._root, self._package(request))
        except EngineError as error:
            raise Refused(str(error)) from error
        future = self._evaluation.register(goal)
        self._gate()
        answer: Answer = self._wait(future)
        resource = answer.resource
        self._goals[resource.urn] = goal
        self._callbacks.keep(resource.urn, request)
        if not request.custom:
            self._component_providers[resource.urn] = dict(request.providers)
        # A state that a provider or another engine wrote may have a file as its hash alone, which no SDK reads.
        outputs = with_contents(resource.outputs, goal.inputs) if request.custom else {}
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn,
            id=resource.id,
            object=to_struct(outputs, Dialect(secrets=request.acceptSecrets, resources=request.acceptResources)),
            result=_RESULTS[answer.failed],
        )

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        """A resource that exists and is looked at only."""
        goal = read_goal_of(request, self._root, self._package(request))
        future = self._evaluation.register(goal)
        self._gate()
        answer: Answer = self._wait(future)
        resource = answer.resource
        outputs = to_struct(resource.outputs, Dialect(secrets=request.acceptSecrets, resources=request.acceptResources))
        return resource_pb2.ReadResourceResponse(
            urn=resource.urn, properties=outputs, id=resource.id, result=_RESULTS[answer.failed]
        )

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Empty:  # noqa: N802
        """The outputs of a component or of the stack."""
        outputs = without_outputs(with_hashes(from_struct(request.outputs), self._root))
        future = self._evaluation.register_outputs(request.urn, outputs)
        self._gate()
        self._wait(future)
        return Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """A function of a provider's."""
        self._gate()
        request = self._callbacks.transform_invoke(request)
        args = without_outputs(with_hashes(from_struct(request.args), self._root))
        registry = self._planning.providers
        try:
            reference = request.provider
            if not reference:
                package = self._packages.get(request.packageRef) or ProviderRequest(
                    urns.package_of(request.tok), request.version, request.pluginDownloadURL
                )
                reference = self._wait(self._evaluation.default_provider(package))
            served = registry.get(reference)
            result, failures = served.invoke(request.tok, args, preview=self._planning.options.preview)
        except (ProviderError, EngineError) as error:
            raise Refused(str(error)) from error
        if has_secrets(args):
            result = {key: secret(value) for key, value in result.items()}
        answer = resource_pb2.ResourceInvokeResponse(
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures]
        )
        getattr(answer, "return").CopyFrom(to_struct(result, Dialect(resources=request.acceptResources)))
        return answer

    def Call(self, request: resource_pb2.ResourceCallRequest) -> provider_pb2.CallResponse:  # noqa: N802
        """A method of a provider's component."""
        raise Refused(
            f"{request.tok}: calling methods of a provider's resources is not supported by this engine: use pulumi"
        )

    def RegisterStackTransform(self, request: Any) -> Empty:  # noqa: ANN401, N802
        """A function that changes every resource before it is planned."""
        self._callbacks.stack_transforms.append(request)
        return Empty()

    def RegisterStackInvokeTransform(self, request: Any) -> Empty:  # noqa: ANN401, N802
        """A function that changes every call of a function."""
        self._callbacks.invoke_transforms.append(request)
        return Empty()

    def RegisterResourceHook(self, request: resource_pb2.RegisterResourceHookRequest) -> Empty:  # noqa: N802
        """A function of the program's to be called before or after something is done to a resource."""
        return self._register_hook(request)

    def RegisterErrorHook(self, request: resource_pb2.RegisterErrorHookRequest) -> Empty:  # noqa: N802
        """A function of the program's to be called when a call of a provider fails; it may ask for it again."""
        return self._register_hook(request)

    def _register_hook(self, request: Any) -> Empty:  # noqa: ANN401
        try:
            self._callbacks.register_hook(request)
        except EngineError as error:
            raise Refused(str(error)) from error
        return Empty()

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> resource_pb2.RegisterPackageResponse:  # noqa: N802
        """A package by version; parameterized ones need plugins."""
        if request.HasField("parameterization") or request.HasField("extension"):
            raise Refused(f"the parameterized package {request.name} is not supported by this engine: use pulumi")
        package = ProviderRequest(request.name, request.version, request.download_url)
        reference = package.name + package.package
        self._packages[reference] = package
        return resource_pb2.RegisterPackageResponse(ref=reference)

    def SignalAndWaitForShutdown(self, request: Empty) -> Empty:  # noqa: N802
        """The program ran to its end; the answer comes when everything that follows is done."""
        del request
        self._gate()
        self._wait(self._evaluation.end())
        return Empty()

    def _package(self, request: Any) -> ProviderRequest | None:  # noqa: ANN401
        return self._packages.get(request.packageRef)

    def _transformed(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceRequest:
        try:
            return self._callbacks.transform(request)
        except grpc.RpcError as error:
            raise Refused(str(error.details())) from error  # type: ignore[attr-defined]

    @staticmethod
    def _wait(future: Any) -> Any:  # noqa: ANN401
        try:
            return future.result()
        except Stopped as error:
            raise MonitorDown from error


class Engine:
    """The other half of what the SDK talks to: messages, and the stack's own URN."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._root = ""
        self.errors = 0
        """How many errors the program reported itself."""

    def Log(self, request: engine_pb2.LogRequest) -> Empty:  # noqa: N802
        """A message from the program."""
        severity = engine_pb2.LogSeverity.Name(request.severity).lower()
        self.errors += severity == "error"
        self._tell(severity, request.urn, request.message)
        return Empty()

    def printed(self, line: str) -> None:
        """A line that the program printed."""
        self._tell("info", "", line)

    def GetRootResource(self, request: Any) -> engine_pb2.GetRootResourceResponse:  # noqa: ANN401, N802
        """The URN of the stack."""
        del request
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(self, request: engine_pb2.SetRootResourceRequest) -> engine_pb2.SetRootResourceResponse:  # noqa: N802
        """Remember the URN of the stack."""
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(self, request: Any) -> engine_pb2.RequirePulumiVersionResponse:  # noqa: ANN401, N802
        """Any version that a program asks for is taken to be met."""
        del request
        return engine_pb2.RequirePulumiVersionResponse()
