"""The engine's parts, with the clouds left out: providers, references to other stacks, functions, sealed settings."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from pulumi.runtime.proto import resource_pb2

from slipway.catalog.regions import partition_of
from slipway.engine.checkpoint.secrets import Secrets
from slipway.engine.checkpoint.state import Resource
from slipway.engine.operation.evaluation import Evaluation
from slipway.engine.operation.monitor import Monitor
from slipway.engine.providers.builtin import BuiltinProvider
from slipway.engine.providers.protocol import Diff, ProviderError, Serves, Subject
from slipway.engine.providers.provider import Provider
from slipway.engine.providers.registry import Registry
from slipway.engine.values import urn as urns
from slipway.review.offline import OfflineProvider, known_answer
from slipway.sandbox.host.server import PACKAGES, load
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props, bare, from_struct, to_struct


class Sealed:
    """Stands where the stack's key would: a sealed value becomes a text that tells it from another, and no more."""

    def open_text(self, sealed: str) -> str:
        """A text that follows from the sealed one; the secret has no part in it."""
        return f"sealed-{hashlib.sha256(sealed.encode()).hexdigest()[:16]}"


def sealed() -> Secrets:
    """The settings' secrets, unopened."""
    return cast(Secrets, Sealed())


class OfflineBuiltin(BuiltinProvider):
    """References to the stack itself are answered from ``own``; any other stack's outputs are unknown."""

    def __init__(self, own: str, outputs: Props, find: Callable[[str], Resource | None]) -> None:
        super().__init__(lambda name: outputs, find)
        self._own = own

    def _reference(self, args: Props) -> Props:
        name = bare(args.get("name"))
        if isinstance(name, str) and name != UNKNOWN and name.rsplit("/", 1)[-1] != self._own:
            return {"name": name, "outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        return super()._reference(args)


class OfflineRegistry(Registry):
    """The providers of an evaluation: the built-in one, and a placeholder for every package."""

    def __init__(self, builtin: Serves, old: Callable[[], list[Resource]], *, readable: bool) -> None:
        super().__init__("", builtin, old)
        self._offline_builtin, self._readable = builtin, readable

    def diff(self, subject: Subject) -> Diff:
        """A provider whose configuration changes is updated; that replaces nothing it serves."""
        changed = {key for key in {*subject.old_inputs, *subject.inputs} if _differ(subject, key)}
        return Diff(bool(changed), changed=tuple(sorted(changed)))

    def _load(self, urn: str, inputs: Props) -> Serves | Provider:
        package = urns.package_of(urns.type_of(urn))
        if package == "pulumi":
            return self._offline_builtin
        partition = partition_of(str(bare(inputs).get("region", "")))
        return OfflineProvider(package, readable=self._readable, partition=partition)


class OfflineMonitor(Monitor):
    """A monitor whose functions answer what needs no cloud, and "unknown" to everything else."""

    def __init__(self, evaluation: Evaluation, root: Path, gate: Callable[[], None], config: Mapping[str, str]) -> None:
        super().__init__(evaluation, root, gate)
        self._pass, self._config = gate, config

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """A function of a provider's."""
        package = urns.package_of(request.tok)
        if package == "pulumi":
            return super().Invoke(request)
        self._pass()
        settings = {
            key.partition(":")[2]: value for key, value in self._config.items() if key.startswith(f"{package}:")
        }
        served = load(package) if package in PACKAGES else None
        try:
            result = known_answer(served, request.tok, bare(from_struct(request.args)), settings)
        except (ProviderError, KeyError, TypeError):
            result = None
        if result is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        answer = resource_pb2.ResourceInvokeResponse()
        getattr(answer, "return").CopyFrom(to_struct(result))
        return answer


def _differ(subject: Subject, key: str) -> bool:
    values: list[Any] = [bare(side.get(key)) for side in (subject.old_inputs, subject.inputs)]
    return values[0] != values[1]
