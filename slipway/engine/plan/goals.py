"""From the SDK's requests to goals: options parsed, values cleaned, defaults inherited from the parent."""

import re
from pathlib import Path
from typing import Any

from slipway.engine.errors import EngineError
from slipway.engine.plan.defaults import plugin_inputs
from slipway.engine.plan.steps import Alias, Goal, ProviderRequest
from slipway.engine.values import urn as urns
from slipway.engine.values.assets import with_hashes
from slipway.wire.values import Props, dependencies_of, from_struct, from_value, without_outputs

_DURATION = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
HOOKS = {
    "before_create": "BeforeCreate",
    "after_create": "AfterCreate",
    "before_update": "BeforeUpdate",
    "after_update": "AfterUpdate",
    "before_delete": "BeforeDelete",
    "after_delete": "AfterDelete",
    "on_error": "OnError",
}
"""The field of a request -> the moment, as a checkpoint has it."""


def goal_of(request: Any, parent: Goal | None, root: Path, package: ProviderRequest | None) -> Goal:  # noqa: ANN401
    """The goal of a RegisterResourceRequest. Raises :class:`EngineError` for options that make no sense."""
    props = with_hashes(from_struct(request.object), root)
    declared = {name: list(item.urns) for name, item in request.propertyDependencies.items()}
    needs = {name: declared.get(name, []) for name in sorted({*props, *declared})}
    for name, value in props.items():
        needs[name] += [urn for urn in dependencies_of(value) if urn not in needs[name]]
    provider, default = "", None
    if request.custom and not urns.is_provider_type(request.type):
        provider, default = _served_by(request, package)
    inputs = without_outputs(props)
    if urns.is_provider_type(request.type):
        inputs |= plugin_inputs(request.version, request.pluginDownloadURL)
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        id=request.importId,
        protect=_inherited(request, "protect", parent and parent.protect),
        dependencies=tuple(request.dependencies),
        property_dependencies=needs,
        provider=provider,
        default_provider=default,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=_aliases(request),
        timeouts=_timeouts(request),
        retain_on_delete=_inherited(request, "retainOnDelete", parent and parent.retain_on_delete),
        deleted_with=request.deletedWith or (parent.deleted_with if parent else ""),
        replace_with=tuple(request.replace_with),
        replacement_trigger=_trigger(request),
        hide_diffs=tuple(request.hideDiffs),
        hooks={moment: names for field, moment in HOOKS.items() if (names := list(getattr(request.hooks, field)))},
        source_position=_position(request, root),
    )


def read_goal_of(request: Any, root: Path, package: ProviderRequest | None) -> Goal:  # noqa: ANN401
    """The goal of a ReadResourceRequest: a resource that is looked at only."""
    provider, default = _served_by(request, package)
    return Goal(
        type=request.type,
        name=request.name,
        custom=True,
        inputs=without_outputs(with_hashes(from_struct(request.properties), root)),
        parent=request.parent,
        id=request.id,
        dependencies=tuple(request.dependencies),
        provider=provider,
        default_provider=default,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        source_position=_position(request, root),
        read=True,
    )


def _served_by(request: Any, package: ProviderRequest | None) -> tuple[str, ProviderRequest | None]:  # noqa: ANN401
    if request.provider:
        return request.provider, None
    name = urns.package_of(request.type)
    return "", package or ProviderRequest(name, request.version, request.pluginDownloadURL)


def _inherited(request: Any, name: str, above: bool | None) -> bool:  # noqa: ANN401
    return bool(getattr(request, name) if request.HasField(name) else above)


def _trigger(request: Any) -> Any:  # noqa: ANN401
    if not request.HasField("replacement_trigger"):
        return None
    return without_outputs(from_value(request.replacement_trigger))


def _aliases(request: Any) -> tuple[Alias, ...]:  # noqa: ANN401
    aliases = [Alias(urn=urn) for urn in request.aliasURNs]
    for alias in request.aliases:
        spec = alias.spec
        if alias.WhichOneof("alias") == "urn":
            aliases.append(Alias(urn=alias.urn))
        else:
            aliases.append(Alias("", spec.name, spec.type, spec.stack, spec.project, spec.parentUrn, spec.noParent))
    return tuple(aliases)


def _timeouts(request: Any) -> Props:  # noqa: ANN401
    texts = {name: getattr(request.customTimeouts, name) for name in ("create", "update", "delete")}
    return {name: _seconds(text) for name, text in texts.items() if text}


def _seconds(text: str) -> float:
    if not re.fullmatch(rf"(?:{_DURATION.pattern})+", text):
        raise EngineError(f"unable to parse customTimeout Value {text}: write it like 30s, 5m or 1h30m")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))
    return int(seconds) if seconds == int(seconds) else seconds


def _position(request: Any, root: Path) -> str:  # noqa: ANN401
    """Where the program declares the resource: ``project:///<file>#<line>``; empty for an unknown place."""
    uri, line = request.sourcePosition.uri, request.sourcePosition.line
    inside = uri.removeprefix(f"{root.as_uri()}/")
    return f"project:///{inside}#{line}" if uri and inside != uri else ""
