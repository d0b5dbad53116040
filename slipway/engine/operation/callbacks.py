"""Functions of the program that the engine calls back: transforms and hooks. They live on a server of the SDK's own."""

from typing import Any

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from slipway.engine.errors import EngineError
from slipway.engine.plan.steps import Step
from slipway.engine.providers.protocol import ProviderError
from slipway.engine.providers.provider import OPTIONS
from slipway.engine.values import urn as urns
from slipway.wire.values import as_outputs, from_struct, to_struct

_SAME_NAMES = {  # RegisterResourceRequest -> TransformResourceOptions
    "dependencies": "depends_on",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "replace_with": "replace_with",
    "hideDiffs": "hide_diff",
}
_TEXTS = {
    "version": "version",
    "provider": "provider",
    "pluginDownloadURL": "plugin_download_url",
    "deletedWith": "deleted_with",
    "importId": "import",
}
_OPTIONAL = {"protect": "protect", "retainOnDelete": "retain_on_delete"}


class Callbacks:
    """The transforms and hooks that a program registered."""

    def __init__(self, *, preview: bool = False) -> None:
        self._preview = preview
        self.stack_transforms: list[callback_pb2.Callback] = []
        self.invoke_transforms: list[callback_pb2.Callback] = []
        self._hooks: dict[str, Any] = {}
        self._own: dict[str, tuple[str, list[callback_pb2.Callback]]] = {}
        self._stubs: dict[str, callback_pb2_grpc.CallbacksStub] = {}

    def keep(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> None:
        """Remember a resource's transforms, for its children."""
        self._own[urn] = (request.parent, list(request.transforms))

    def transforms_for(self, parent: str, own: Any) -> list[callback_pb2.Callback]:  # noqa: ANN401
        """The transforms of a resource: its own, those of its parents from below, those of the stack."""
        transforms = list(own)
        while parent in self._own:
            parent, above = self._own[parent]
            transforms += above
        return transforms + self.stack_transforms

    def transform(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceRequest:
        """The request as the transforms want it. Raises grpc.RpcError where one fails."""
        changed = resource_pb2.RegisterResourceRequest()
        changed.CopyFrom(request)
        needs = {name: list(item.urns) for name, item in request.propertyDependencies.items()}
        changed.object.CopyFrom(to_struct(as_outputs(from_struct(request.object), needs)))
        for callback in self.transforms_for(request.parent, request.transforms):
            question = resource_pb2.TransformRequest(
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                properties=changed.object,
                options=_options(changed),
            )
            answer = resource_pb2.TransformResponse.FromString(self._invoke(callback, question))
            if answer.HasField("properties"):
                changed.object.CopyFrom(answer.properties)
            if answer.HasField("options"):
                _take_options(changed, answer.options)
        for name in list(changed.propertyDependencies):
            if name not in changed.object.fields:
                del changed.propertyDependencies[name]
        return changed

    def transform_invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeRequest:
        """The call of a function as the transforms want it."""
        changed = resource_pb2.ResourceInvokeRequest()
        changed.CopyFrom(request)
        for callback in self.invoke_transforms:
            options = resource_pb2.TransformInvokeOptions(
                provider=changed.provider, plugin_download_url=changed.pluginDownloadURL, version=changed.version
            )
            question = resource_pb2.TransformInvokeRequest(token=changed.tok, args=changed.args, options=options)
            answer = resource_pb2.TransformInvokeResponse.FromString(self._invoke(callback, question))
            if answer.HasField("args"):
                changed.args.CopyFrom(answer.args)
            if answer.HasField("options"):
                changed.provider = answer.options.provider
                changed.version = answer.options.version
                changed.pluginDownloadURL = answer.options.plugin_download_url
        return changed

    def run_hooks(self, moment: str, step: Step) -> None:
        """Call the program's hooks of one moment. Raises :class:`ProviderError` where one of them fails."""
        resource = step.subject
        for name in resource.resourceHooks.get(moment, ()):
            hook = self._hook(name)
            if self._preview and not hook.on_dry_run:
                continue
            problem = self._hook_problem(hook, _hook_request(moment, step))
            if problem and not hook.ignore_errors:
                raise ProviderError(f"{moment} hook {name!r} failed: {problem}")

    def retries(self, step: Step, failures: list[str]) -> bool:
        """Whether one of the resource's error hooks asks for the call again. Raises :class:`ProviderError`."""
        resource, old, new = step.subject, step.old, step.new
        again = False
        for name in resource.resourceHooks.get("OnError", ()):
            request = resource_pb2.ErrorHookRequest(
                urn=resource.urn,
                id=resource.id,
                name=urns.name_of(resource.urn),
                type=resource.type,
                new_inputs=to_struct(new.inputs) if new else None,
                old_inputs=to_struct(old.inputs) if old else None,
                old_outputs=to_struct(old.outputs) if old else None,
                failed_operation=step.op.traits.hook,
                errors=failures,
            )
            try:
                answer = resource_pb2.ErrorHookResponse.FromString(self._invoke(self._hook(name).callback, request))
            except grpc.RpcError as error:
                raise ProviderError(f"error hooks execution failed: {error.details()}") from error  # type: ignore[attr-defined]
            if answer.error:
                raise ProviderError(f"error hooks execution failed: {answer.error}")
            again = again or answer.retry
        return again

    def register_hook(self, request: Any) -> None:  # noqa: ANN401 - a hook or an error hook
        """Keep a hook by its name. Raises :class:`EngineError` for a name that is taken or empty."""
        if not request.name:
            raise EngineError("resource hook name cannot be empty")
        if request.name in self._hooks:
            raise EngineError(f'resource hook already registered for name "{request.name}"')
        self._hooks[request.name] = request

    def _hook(self, name: str) -> Any:  # noqa: ANN401
        if name not in self._hooks:
            raise ProviderError(f"resource hook not registered for {name}")
        return self._hooks[name]

    def _hook_problem(self, hook: Any, request: resource_pb2.ResourceHookRequest) -> str:  # noqa: ANN401
        try:
            return resource_pb2.ResourceHookResponse.FromString(self._invoke(hook.callback, request)).error
        except grpc.RpcError as error:
            return error.details()  # type: ignore[attr-defined]

    def _invoke(self, callback: callback_pb2.Callback, request: Any) -> bytes:  # noqa: ANN401
        if callback.target not in self._stubs:
            channel = grpc.insecure_channel(callback.target, options=OPTIONS)
            self._stubs[callback.target] = callback_pb2_grpc.CallbacksStub(channel)
        message = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        return self._stubs[callback.target].Invoke(message).response


def _hook_request(moment: str, step: Step) -> resource_pb2.ResourceHookRequest:
    resource, old, new = step.subject, step.old, step.new
    return resource_pb2.ResourceHookRequest(
        urn=resource.urn,
        id=resource.id,
        name=urns.name_of(resource.urn),
        type=resource.type,
        new_inputs=to_struct(new.inputs) if new else None,
        old_inputs=to_struct(old.inputs) if old else None,
        new_outputs=to_struct(new.outputs) if new and moment.startswith("After") else None,
        old_outputs=to_struct(old.outputs) if old else None,
    )


def _options(request: Any) -> resource_pb2.TransformResourceOptions:  # noqa: ANN401
    options: Any = resource_pb2.TransformResourceOptions()
    for ours, theirs in _SAME_NAMES.items():
        getattr(options, theirs).extend(getattr(request, ours))
    for ours, theirs in _TEXTS.items():
        setattr(options, theirs, getattr(request, ours))
    for ours, theirs in _OPTIONAL.items():
        if request.HasField(ours):
            setattr(options, theirs, getattr(request, ours))
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    if request.HasField("customTimeouts"):
        options.custom_timeouts.CopyFrom(request.customTimeouts)
    options.providers.update(request.providers)
    options.hooks.CopyFrom(request.hooks)
    if request.HasField("replacement_trigger"):
        options.replacement_trigger.CopyFrom(request.replacement_trigger)
    return options


def _take_options(request: Any, options: Any) -> None:  # noqa: ANN401
    for ours, theirs in _SAME_NAMES.items():
        request.ClearField(ours)
        getattr(request, ours).extend(getattr(options, theirs))
    for ours, theirs in _TEXTS.items():
        setattr(request, ours, getattr(options, theirs))
    for ours, theirs in _OPTIONAL.items():
        request.ClearField(ours)
        if options.HasField(theirs):
            setattr(request, ours, getattr(options, theirs))
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    request.ClearField("customTimeouts")
    if options.HasField("custom_timeouts"):
        request.customTimeouts.CopyFrom(options.custom_timeouts)
    request.ClearField("providers")
    request.providers.update(options.providers)
    request.hooks.CopyFrom(options.hooks)
    request.ClearField("replacement_trigger")
    if options.HasField("replacement_trigger"):
        request.replacement_trigger.CopyFrom(options.replacement_trigger)
