"""What the engine knows of a resource, and the checkpoint that holds it (ENGINE.md, "Checkpoint")."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, get_origin

from slipway.engine.errors import StateError
from slipway.engine.values import urn as urns
from slipway.wire.values import Props

VERSION = "v3.260.0"
"""The engine whose files and behaviour this one keeps; it stands in the manifest of a checkpoint."""
_PARTS = {
    "document": {"version", "features", "checkpoint"},
    "checkpoint": {"stack", "config", "latest"},
    "latest": {"manifest", "secrets_providers", "resources", "pending_operations", "metadata"},
}
"""What a checkpoint of versions 3 and 4 may hold: a misspelt part must not pass for a missing one."""
KNOWN_FEATURES = frozenset({"refreshBeforeUpdate", "hooks", "taint"})
"""What a checkpoint may ask of an engine, and this one acts on; views, which providers publish, are not among it."""


@dataclass(slots=True, eq=False)
class Resource:
    """One resource as the last operation left it, with secrets opened. Field names are those of a checkpoint."""

    urn: str
    type: str
    custom: bool = False
    delete: bool = False
    id: str = ""
    inputs: Props = field(default_factory=dict)
    outputs: Props = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    taint: bool = False
    external: bool = False
    dependencies: list[str] = field(default_factory=list)
    initErrors: list[str] = field(default_factory=list)  # noqa: N815 - a checkpoint's spelling
    provider: str = ""
    propertyDependencies: dict[str, list[str]] = field(default_factory=dict)  # noqa: N815
    pendingReplacement: bool = False  # noqa: N815
    additionalSecretOutputs: list[str] = field(default_factory=list)  # noqa: N815
    aliases: list[str] = field(default_factory=list)
    customTimeouts: dict[str, float] = field(default_factory=dict)  # noqa: N815
    importID: str = ""  # noqa: N815
    retainOnDelete: bool = False  # noqa: N815
    deletedWith: str = ""  # noqa: N815
    created: str = ""
    modified: str = ""
    sourcePosition: str = ""  # noqa: N815
    stackTrace: list[Any] = field(default_factory=list)  # noqa: N815
    ignoreChanges: list[str] = field(default_factory=list)  # noqa: N815
    hideDiff: list[str] = field(default_factory=list)  # noqa: N815
    replaceOnChanges: list[str] = field(default_factory=list)  # noqa: N815
    refreshBeforeUpdate: bool = False  # noqa: N815
    viewOf: str = ""  # noqa: N815
    resourceHooks: dict[str, list[str]] = field(default_factory=dict)  # noqa: N815
    replaceWith: list[str] = field(default_factory=list)  # noqa: N815
    replacementTrigger: Any = None  # noqa: N815
    rest: dict[str, Any] = field(default_factory=dict)
    """What a newer engine wrote and this one does not know; written back as it was."""
    key: int = 0
    """Which record of the journal this is; 0 until it is in one."""

    def relations(self) -> Iterator[tuple[str, str]]:
        """Every resource that this one needs: (what for, URN); the provider is not among them."""
        if self.parent:
            yield "parent", self.parent
        for other in self.dependencies:
            yield "dependency", other
        for name, others in self.propertyDependencies.items():
            for other in others:
                yield f"property {name}", other
        if self.deletedWith:
            yield "deletedWith", self.deletedWith
        for other in self.replaceWith:
            yield "replaceWith", other

    def rename(self, names: dict[str, str]) -> bool:
        """Put references to renamed URNs right; whether there were any."""

        def new(urn: str) -> str:
            return names.get(urn, urn)

        provider = self.provider
        if provider:
            owner, identity = provider.rsplit("::", 1)
            provider = f"{new(owner)}::{identity}"
        if provider == self.provider and not any(urn in names for _, urn in self.relations()):
            return False
        self.provider, self.parent, self.deletedWith = provider, new(self.parent), new(self.deletedWith)
        self.dependencies = [new(urn) for urn in self.dependencies]
        self.propertyDependencies = {
            name: [new(urn) for urn in urns] for name, urns in self.propertyDependencies.items()
        }
        self.replaceWith = [new(urn) for urn in self.replaceWith]
        return True


FIELDS = tuple(name for name in Resource.__slots__ if name not in ("rest", "key"))
_KINDS: dict[str, type] = {
    field.name: object if field.type is Any else get_origin(field.type) or field.type for field in fields(Resource)
}  # type: ignore[assignment] - the annotations are types here, not texts
_ALWAYS = ("urn", "custom", "type")
_VALUES = ("inputs", "outputs", "replacementTrigger")
Transform = Callable[[Any, str], Any]


def encode(resource: Resource, seal: Transform) -> dict[str, Any]:
    """The resource as a checkpoint holds it: what is empty is left out, secrets are sealed by ``seal``."""
    entry: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(resource, name)
        if name in _ALWAYS or _has_field(name, value):
            entry[name] = seal(value, resource.urn) if name in _VALUES else value
    return entry | resource.rest


def _has_field(name: str, value: Any) -> bool:  # noqa: ANN401
    """Whether a checkpoint has the field: what is empty is left out, but for a trigger, which may be any value."""
    return value is not None if name == "replacementTrigger" else value not in ("", None, False, [], {})


def decode(raw: Any, unseal: Transform) -> Resource:  # noqa: ANN401 - anything that JSON can say
    """The resource in a checkpoint's entry. Raises :class:`StateError` where it cannot be one."""
    if not isinstance(raw, dict):
        raise StateError("a resource is not an object")
    urn = raw.get("urn")
    if not isinstance(urn, str) or not isinstance(raw.get("type"), str) or not urns.is_valid(urn) or not raw["type"]:
        raise StateError(f"a resource has no valid URN or type: {str(urn)[:200]!r}")
    fields = {name: raw[name] for name in FIELDS if raw.get(name) is not None}
    for name, value in fields.items():
        if not isinstance(value, _KINDS[name]):
            raise StateError(f"{urn} has a {type(value).__name__} as {name}")
    if "propertyDependencies" in fields:
        fields["propertyDependencies"] = {key: others or [] for key, others in fields["propertyDependencies"].items()}
    for moment, names in fields.pop("resourceHooks", {}).items():
        fields.setdefault("resourceHooks", {})["".join(map(_capitalized, moment.split("_")))] = names
    for name in _VALUES:
        if name in fields:
            fields[name] = unseal(fields[name], urn)
    return Resource(**fields, rest={name: value for name, value in raw.items() if name not in FIELDS})


def _capitalized(word: str) -> str:
    """``before_create``, as this engine wrote it once, is ``BeforeCreate`` in every engine."""
    return word[:1].upper() + word[1:]


@dataclass(frozen=True)
class Checkpoint:
    """A stack's state as it was read: the resources in order, and what was going on when the last operation ended."""

    resources: list[Resource]
    pending: list[tuple[str, Resource]]
    """Operations that were never finished: (creating, updating, deleting, reading or importing; the resource)."""
    metadata: dict[str, Any] = field(default_factory=dict)


def manifest() -> dict[str, str]:
    """The head of a checkpoint that is written now."""
    return {"time": now(), "magic": magic(VERSION), "version": VERSION}


def now() -> str:
    """This moment, as Pulumi writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def magic(version: str) -> str:
    """What proves that a manifest was written by an engine: hex sha256 of its version."""
    return hashlib.sha256(version.encode()).hexdigest() if version else ""


def parse(text: bytes | str, where: str) -> dict[str, Any]:
    """The outer JSON of a checkpoint file. Raises :class:`StateError` for what this engine cannot trust or read."""
    try:
        document = json.loads(text)
        version, features = document.get("version"), document.get("features") or []
        checkpoint = document["checkpoint"]
        latest = checkpoint.get("latest") or {}
        for what, part in (("document", document), ("checkpoint", checkpoint), ("latest", latest)):
            if unknown := sorted(part.keys() - _PARTS[what]):
                raise ValueError(f"it has {', '.join(unknown)} in its {what}, which is not of this format")
        for name in ("resources", "pending_operations"):
            if not isinstance(latest.get(name) or [], list):
                raise ValueError(f"its {name} are not a list")
    except KeyError as error:
        raise StateError(f"{where} is not a checkpoint: it has no {error}") from error
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise StateError(f"{where} is not a checkpoint: {error}") from error
    if not isinstance(version, int) or isinstance(version, bool) or not 3 <= version <= 4:
        raise StateError(f"{where} has version {version}; this engine reads versions 3 and 4")
    if unknown := [str(name) for name in features if name not in KNOWN_FEATURES]:
        raise StateError(f"{where} needs features that this engine does not have: {', '.join(sorted(unknown))}")
    return latest


def load(latest: dict[str, Any], where: str, unseal: Transform) -> Checkpoint:
    """The checkpoint in ``latest``. Raises :class:`StateError` where its invariants do not hold."""
    head = latest.get("manifest") or {}
    if not isinstance(head, dict) or head.get("magic", "") != magic(str(head.get("version", ""))):
        raise StateError(f"{where}: the manifest's magic does not match its version")
    resources = [decode(raw, unseal) for raw in latest.get("resources") or []]
    pending = [_pending(raw, unseal) for raw in latest.get("pending_operations") or []]
    if broken := next(violations(resources), None):
        raise StateError(f"{where}: {broken}")
    return Checkpoint(resources, pending, latest.get("metadata") or {})


def _pending(raw: Any, unseal: Transform) -> tuple[str, Resource]:  # noqa: ANN401
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str) or "resource" not in raw:
        raise StateError("a pending operation has no type or no resource")
    return raw["type"], decode(raw["resource"], unseal)


def violations(resources: Iterable[Resource]) -> Iterator[str]:
    """What is wrong with a list of resources (ENGINE.md, "Invariants of a checkpoint"); nothing where it is sound."""
    before: set[str] = set()
    living: set[str] = set()
    providers: set[str] = set()
    aliases: dict[str, str] = {}
    for resource in resources:
        urn = resource.urn
        if resource.id and not resource.custom:
            yield f"the component {urn} has an id"
        if urns.is_provider_type(resource.type):
            if not resource.id:
                yield f"the provider {urn} has no id"
            providers.add(f"{urn}::{resource.id}")
        if resource.provider:
            owner, _, identity = resource.provider.rpartition("::")
            if not urns.is_valid(owner) or not identity:
                yield f"{urn} has a bad provider reference {resource.provider!r}"
            elif resource.provider not in providers:
                yield f"{urn} refers to the provider {resource.provider}, which does not stand before it"
        for what, other in resource.relations():
            if other not in before:
                yield f"{urn} refers to {other} ({what}), which does not stand before it"
        if urn in living and not resource.delete:
            yield f"{urn} stands in the list twice"
        for alias in resource.aliases:
            if aliases.setdefault(alias, urn) != urn:
                yield f"{urn} and {aliases[alias]} share the alias {alias}"
        before.add(urn)
        if not resource.delete:
            living.add(urn)
