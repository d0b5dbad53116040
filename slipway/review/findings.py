"""What the policy says of a stack, judged from the inputs of its resources."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policy import Context, Resource, evaluate
from policy.exceptions import BadException, parse
from policy.table import BY_ID
from slipway.engine.values import urn as urns
from slipway.review import placeholders
from slipway.review.model import Finding
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props, rewrite


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource as a program declares it; ``inputs`` in the engine's form, secrets without their values."""

    urn: str
    type: str
    inputs: Props
    custom: bool = True
    protect: bool = False
    retain: bool = False
    deleted_with: str = ""
    """The URN of a resource whose deletion deletes this one as well."""
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, list[str]]

    @property
    def name(self) -> str:
        """The name the program gave it."""
        return urns.name_of(self.urn)


def findings(stack: str, config: Mapping[str, Any], declared: Iterable[Declared], today: date) -> tuple[Finding, ...]:
    """Every finding about a stack, sorted; an exception that cannot be read is one too."""
    everything = sorted(declared, key=lambda resource: resource.urn)
    providers = {resource.urn: resource.inputs for resource in everything if urns.is_provider_type(resource.type)}
    judged = [_resource(resource, providers) for resource in everything if resource.custom]
    try:
        exceptions = parse(_decoded(config.get("policy:exceptions")), BY_ID)
        context = Context.from_config(stack, config, today)
    except (BadException, ValueError, TypeError) as wrong:
        return (Finding(rule="policy-settings", level="mandatory", urn="", message=str(wrong)),)
    result = evaluate(judged, context, exceptions)
    return tuple(
        sorted(
            (Finding(rule=one.rule, level=one.level, urn=one.urn, message=_readable(one.message)) for one in result),
            key=lambda one: (one.level != "mandatory", one.rule, one.urn, one.message),
        )
    )


def difference(old: Iterable[Finding], new: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that are new, and those that are fixed."""
    before, after = {_key(one): one for one in old}, {_key(one): one for one in new}
    return (
        tuple(one for key, one in after.items() if key not in before),
        tuple(one for key, one in before.items() if key not in after),
    )


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.urn, finding.message


def _resource(declared: Declared, providers: Mapping[str, Props]) -> Resource:
    return Resource.from_wire(
        type=declared.type,
        name=declared.name,
        urn=declared.urn,
        props=_judged(declared.inputs),
        protect=declared.protect,
        parent=declared.parent or None,
        dependencies=declared.dependencies,
        property_dependencies={name: tuple(needed) for name, needed in declared.property_dependencies.items()},
        provider=_judged(providers.get(declared.provider.rpartition("::")[0], {})),
    )


def _judged(props: Props) -> Props:
    """Texts with a placeholder are unknown; but a document around one is judged by what else it says."""

    def judge(part: Any) -> Any:  # noqa: ANN401 - any JSON
        has_placeholder = isinstance(part, str) and placeholders.contains(part)
        return UNKNOWN if has_placeholder and part.lstrip()[:1] not in ("{", "[") else part

    return rewrite(props, judge)


def _decoded(value: Any) -> Any:  # noqa: ANN401
    return json.loads(value) if isinstance(value, str) else value


def _readable(text: str) -> str:
    return placeholders.readable(text)
