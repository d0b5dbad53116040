"""Pulumi's provider protocol for one package: what every resource type shares, so that a handler is five functions.

    check (defaults, automatic name) -> diff -> create | update | delete, and read

The answers follow the engine's documentation in ``pulumi/provider.proto``. Handlers run in the server's threads, as
many at a time as the engine asks for.
"""

# ruff: noqa: N802 - the methods have the protocol's names

import difflib
import hashlib
import json
import logging
import os
import secrets as randomness
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from slipway.providers.protocol import changes, creating, diff, faults, wire
from slipway.providers.protocol.facts import UNMEASURED, Facts
from slipway.providers.protocol.handler import CloudError, Creation, Handler, Package, Props, program_folder
from slipway.providers.protocol.notes import Notes
from slipway.providers.protocol.owners import Owners, OwnersInMemory
from slipway.providers.protocol.wire import DEFAULTS
from slipway.wire.signatures import FOLDER, RESUMES

log = logging.getLogger(__name__)

FEW = 6
"""Names that a message lists whole."""
KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves ``package``.

    ``environment`` is asked for the host's variables whenever an engine configures it, ``configured`` told what with.
    ``folder_of`` says what folder the process at the other end of a connection runs in (``pulumi`` sends relative
    paths).
    ``owners`` records whose each thing in the cloud is; by default for as long as the process lives.

    Methods that are not here are answered UNIMPLEMENTED by the base class, which is what engines expect of a provider
    without a schema, mappings or parameters.
    """

    def __init__(
        self,
        package: Package,
        environment: Callable[[], Mapping[str, str]],
        configured: Callable[[Props], None] = lambda _config: None,
        owners: Owners | None = None,
        folder_of: Callable[[str], Path] = lambda _peer: Path.cwd(),
    ) -> None:
        self._package, self._environment, self._configured = package, environment, configured
        self._owners, self._folder_of = owners or OwnersInMemory(), folder_of
        self._lock = threading.Lock()
        self._known: tuple[Props, dict[str, str]] = ({}, {})
        self._cloud: Any = None
        self._notes = Notes()
        self._cancelled = threading.Event()
        # What was made for an engine that had gone when it was done: that engine's successor asks for it again.
        self._unclaimed: dict[str, tuple[Props, str, Props]] = {}
        # The inputs in the state of what a refresh has read: it asks next what a change back to them would be.
        self._refreshed: dict[str, Props] = {}

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """An engine has found this host; notes are logged at its address."""
        self._notes.attach(request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The SDK's version, or the command would warn at every run."""
        return plugin_pb2.PluginInfo(version=self._package.version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401 - generated messages
        """The configuration as it is, or what the package finds wrong with it."""
        wrong = self._package.check_config(wire.plain_props(request.news))
        failures = [provider_pb2.CheckFailure(property=key, reason=reason) for key, reason in wrong.items()]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """A changed configuration never replaces what was made with the old one."""
        same = wire.plain_props(request.olds) == wire.plain_props(request.news)
        response = provider_pb2.DiffResponse
        return response(changes=response.DIFF_NONE if same else response.DIFF_SOME)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """Connect to the clouds, again where a service has moved since; forget an earlier command's Cancel."""
        self._cancelled.clear()
        config = _config(request)
        with self._lock, faults.reported(self._package, context, f"the package {self._package.name!r}"):
            environment = dict(self._environment())
            if self._cloud is None or (config, environment) != self._known:
                self._cloud = self._package.connect(config, environment=environment)
                self._known = config, environment
                self._configured(config)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Wait for nothing any more; what runs comes to its end."""
        self._cancelled.set()
        return empty_pb2.Empty()

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """The inputs with defaults and an automatic name, or what is wrong with them by property."""
        handler = self._handler(request.urn, context)
        old, new = wire.plain_props(request.olds), wire.plain_props(request.news)
        provided = new.keys()
        unnamed = handler.auto_name and handler.auto_name not in new
        if unnamed and _disabled(request):
            failure = provider_pb2.CheckFailure(
                property=handler.auto_name, reason="is missing, and the project turns automatic names off"
            )
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        name = _own_name(request) if handler.named_alike else _auto_name(request)
        filled: Props = {handler.auto_name: old.get(handler.auto_name) or name} if unnamed else {}
        with faults.reported(self._package, context, _type(request.urn)):
            filled = handler.defaults({**new, **filled})
            merged = self._package.merge(self._cloud, handler, filled)
            resolved = {key: value for key, value in merged.items() if not wire.is_unknown(value)}
            failures = handler.check(resolved)
        secret = wire.secret_keys(request.news) | self._secret(handler, request.urn)
        inputs = wire.to_struct(merged, secret=secret, origin=request.news)
        inputs.update({DEFAULTS: sorted(filled.keys() - provided)})
        return provider_pb2.CheckResponse(
            inputs=inputs,
            failures=[provider_pb2.CheckFailure(property=key, reason=reason) for key, reason in failures.items()],
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """What changed among the inputs, and what of it needs a new resource; outputs alone never differ."""
        handler = self._handler(request.urn, context)
        old = wire.plain_props(request.old_inputs if request.HasField("old_inputs") else request.olds)
        if not request.HasField("old_inputs"):
            old = {key: value for key, value in old.items() if key not in handler.computed}
        new, state = wire.plain_props(request.news), wire.plain_props(request.olds)
        with faults.reported(self._package, context, _type(request.urn)):
            inputs = changes.Inputs(
                old=old,
                new=new,
                state=state,
                derived=self._derived(handler, new),
                filled_in=wire.filled_in(request.news),
                ignore=tuple(request.ignoreChanges),
                refusable=not self._of_refresh(handler, request.urn, new),
            )
            outcome = changes.decide(self._package, handler, self._facts(request.urn), inputs, self._cloud)
        result = outcome.changes
        response = provider_pb2.DiffResponse
        return response(
            changes=response.DIFF_SOME if result else response.DIFF_NONE,
            diffs=sorted({str(change.path[0]) for change in result}),
            replaces=sorted({str(change.path[0]) for change in result if change.replaces}),
            detailedDiff={
                change.text: provider_pb2.PropertyDiff(kind=KINDS[change.kind, change.replaces], inputDiff=True)
                for change in result
            },
            hasDetailedDiff=True,
            deleteBeforeReplace=outcome.delete_first,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """Make it; in a preview say what is known of it."""
        handler = self._handler(request.urn, context)
        new = wire.plain_props(request.properties)
        if handler.note:
            self._notes.send(request.urn, handler.note, context)
        if request.preview:
            unknown = {key: wire.UNKNOWN for key in handler.computed if key not in new}
            planned = {**new, **unknown, **self._derived(handler, new)}
            return provider_pb2.CreateResponse(
                properties=self._outputs(handler, request.urn, planned, request.properties)
            )
        creation = Creation(urn=request.urn, resumes=any(key == RESUMES for key, _ in context.invocation_metadata()))
        with self._acting(context, request.urn, handler, new, request.properties):
            id, outputs = self._unclaimed_work(handler, request.urn, new) or self._retrying(
                lambda: creating.create(handler, self._cloud, new, self._owners, creation)
            )
        if not context.is_active():
            self._unclaimed[request.urn] = new, id, outputs
        return provider_pb2.CreateResponse(
            id=id,
            properties=self._outputs(handler, request.urn, self._complete(handler, new, outputs), request.properties),
        )

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """Look at it: for a refresh, over what the state holds; for an import, everything that is an input."""
        handler = self._handler(request.urn, context)
        state, provided = wire.plain_props(request.properties), wire.plain_props(request.inputs)
        with self._acting(context, request.urn, handler, state, request.inputs, id=request.id):
            result = self._retrying(lambda: self._seen(handler, request.id, state))
        if result is None:
            return provider_pb2.ReadResponse()
        if state:
            self._refreshed[request.urn] = provided
            creating.owned(handler, self._cloud, request.urn, request.id, state, self._owners)
        inputs = {key: result.get(key, value) for key, value in provided.items()} or {
            key: value for key, value in result.items() if key not in handler.computed and not diff.blank(value)
        }
        for key, within in handler.computed_within.items():
            if isinstance(inputs.get(key), dict):
                inputs[key] = {name: value for name, value in inputs[key].items() if name not in within}
        marked = wire.secret_keys(request.properties, request.inputs)
        secret = _echoed(handler, marked) | self._secret(handler, request.urn)
        outputs = self._complete(handler, state, result)
        read = wire.to_struct(inputs, secret=secret, origin=request.inputs)
        read.update({DEFAULTS: sorted(wire.filled_in(request.inputs) or ())})
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=wire.to_struct(outputs, secret=secret, origin=request.properties),
            inputs=read,
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """Change it in place; a preview knows the outputs that an update never touches."""
        handler = self._handler(request.urn, context)
        old, new = wire.plain_props(request.olds), wire.plain_props(request.news)
        if request.preview:
            outputs = {key: old[key] for key in handler.computed if key in old and key not in handler.volatile}
            planned = {**outputs, **dict.fromkeys(handler.volatile, wire.UNKNOWN), **new, **self._derived(handler, new)}
            return provider_pb2.UpdateResponse(properties=self._outputs(handler, request.urn, planned, request.news))
        update = handler.calls.update
        if update is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"{_type(request.urn)} cannot be updated in place")
        with self._acting(context, request.urn, handler, new, request.news, id=request.id):
            created = self._retrying(lambda: update(self._cloud, request.id, old, new))
        outputs = self._complete(handler, new, created)
        return provider_pb2.UpdateResponse(properties=self._outputs(handler, request.urn, outputs, request.news))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: ANN401
        """Remove it."""
        handler = self._handler(request.urn, context)
        old = wire.plain_props(request.properties)
        with faults.reported(self._package, context, _type(request.urn)):
            self._retrying(lambda: handler.calls.delete(self._cloud, request.id, old))
            creating.freed(handler, self._cloud, request.urn, request.id, old, self._owners)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        """Answer a function of the package's."""
        function = self._package.invokes.get(request.tok)
        if function is None:
            self._refuse(context, "function", request.tok, self._package.invokes)
        with faults.reported(self._package, context, request.tok):
            answer = self._retrying(lambda: function(self._cloud, wire.plain_props(request.args)))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(wire.to_struct(answer, secret=frozenset(), origin=struct_pb2.Struct()))
        return response

    def _seen(self, handler: Handler, id: str, state: Props) -> Props | None:
        if handler.refresh is not None and state:
            return handler.refresh(self._cloud, id, state)
        return handler.calls.read(self._cloud, id)

    def _of_refresh(self, handler: Handler, urn: str, new: Props) -> bool:
        """Whether a Diff is the second half of a refresh, which changes nothing and so is refused nothing.

        It follows the Read of the same resource, and asks for the inputs that came with that.
        """
        provided = self._refreshed.pop(urn, None)
        return provided is not None and not diff.changes(provided, new, ignore=handler.carried)

    def _handler(self, urn: str, context: grpc.ServicerContext) -> Handler:
        folder = next((value for key, value in context.invocation_metadata() if key == FOLDER), None)
        program_folder.set(lambda: Path(os.fsdecode(folder)) if folder else self._folder_of(context.peer()))
        handler = self._package.handlers.get(_type(urn))
        return handler if handler else self._refuse(context, "resource type", _type(urn), self._package.handlers)

    def _refuse(self, context: grpc.ServicerContext, what: str, name: str, supported: Mapping[str, Any]) -> NoReturn:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            f"{self._package.served_by} does not serve the {what} {name}; "
            f"its package {self._package.name!r} has {_near(name, supported)}",
        )

    def _facts(self, urn: str) -> Facts:
        return self._package.facts.get(_type(urn), UNMEASURED)

    def _secret(self, handler: Handler, urn: str) -> frozenset[str]:
        return handler.secret | self._facts(urn).secret

    def _derived(self, handler: Handler, new: Props) -> Props:
        return {**self._package.derive(self._cloud, handler, new), **handler.derive(self._cloud, new)}

    def _complete(self, handler: Handler, before: Props, outputs: Props) -> Props:
        """A resource's properties, with what follows from its inputs."""
        properties = {**before, **outputs}
        return {**properties, **self._derived(handler, properties)}

    def _outputs(self, handler: Handler, urn: str, outputs: Props, inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        secret = _echoed(handler, wire.secret_keys(inputs)) | self._secret(handler, urn)
        return wire.to_struct(outputs, secret=secret, origin=inputs)

    def _acting(
        self,
        context: grpc.ServicerContext,
        urn: str,
        handler: Handler,
        new: Props,
        inputs: struct_pb2.Struct,
        id: str = "",
    ) -> faults.reported:
        def partial(error: CloudError) -> Any:  # noqa: ANN401
            return provider_pb2.ErrorResourceInitFailed(
                id=error.id or id,
                properties=self._outputs(handler, urn, {**new, **(error.properties or {})}, inputs),
                inputs=inputs,
                reasons=[str(error)],
            )

        return faults.reported(self._package, context, _type(urn), partial)

    def _unclaimed_work(self, handler: Handler, urn: str, new: Props) -> tuple[str, Props] | None:
        """What an interrupted command made of the same inputs, where it is still there."""
        inputs, id, outputs = self._unclaimed.pop(urn, ({}, "", {}))
        there = id and inputs == new and handler.calls.read(self._cloud, id) is not None
        return (id, outputs) if there else None

    def _retrying(self, act: Callable[[], Any]) -> Any:  # noqa: ANN401
        return faults.retrying(act, self._cancelled)


def _echoed(handler: Handler, secret: frozenset[str]) -> frozenset[str]:
    """The secret properties, with the outputs that repeat a secret input."""
    return secret | {output for output, source in handler.echoes.items() if source in secret}


def _near(name: str, supported: Mapping[str, Any]) -> str:
    """The names that a package has: all where they are few, else how many, and those that are like ``name``."""
    if len(supported) <= FEW:
        return ", ".join(sorted(supported)) or "none"
    near = difflib.get_close_matches(name, supported, n=3, cutoff=0.5)
    return f"{len(supported)} others" + (f", near it {', '.join(near)}" if near else "")


def _type(urn: str) -> str:
    """The type token of a URN: the last of its qualified type."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _config(request: Any) -> Props:  # noqa: ANN401
    """The provider's configuration; what is nested in it comes as the text of its JSON."""
    result = {key: value for key, value in wire.plain_props(request.args).items() if not wire.is_unknown(value)}
    return {
        key: json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
        for key, value in result.items()
    }


def _disabled(request: Any) -> bool:  # noqa: ANN401
    options = provider_pb2.CheckRequest.AutonamingOptions
    return request.HasField("autonaming") and request.autonaming.mode == options.Mode.DISABLE


def _auto_name(request: Any) -> str:  # noqa: ANN401
    """``<resource name>-<7 hex>``, the same one again for the engine's same seed."""
    if request.HasField("autonaming"):
        return request.autonaming.proposed_name
    seed = request.randomSeed or randomness.token_bytes(32)
    return f"{_own_name(request)}-{hashlib.sha256(seed).hexdigest()[:7]}"


def _own_name(request: Any) -> str:  # noqa: ANN401
    """The resource's name in the program."""
    return request.name or request.urn.rsplit("::", 1)[-1]
