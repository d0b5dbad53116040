"""The providers of an operation: loaded from their ports, checked, configured, and found by reference.

A provider is a resource too, and this is the provider of providers: making one configures it.
"""

import threading
import uuid
from collections.abc import Callable, Iterable

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.providers.plugin import Plugins
from slipway.engine.providers.protocol import Checked, Diff, ProviderError, Read, Serves, Subject, UnservedError
from slipway.engine.providers.provider import Provider, provider_port
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props, bare

INTERNAL = "__internal"
"""The input of a provider that the engine keeps for itself."""


class Registry:
    """See the module. ``table`` is PULUMI_DEBUG_PROVIDERS; ``old`` are the resources of the last operation.

    ``notes`` is told what providers say of a resource beside their answers.
    """

    def __init__(
        self,
        table: str,
        builtin: Serves,
        old: Callable[[], Iterable[Resource]],
        plugins: Plugins | None = None,
        notes: Callable[[str, str], None] = lambda _urn, _text: None,
    ) -> None:
        self._notes = notes
        self._table, self._builtin, self._old, self._plugins = table, builtin, old, plugins
        self._ready: dict[str, Serves] = {}
        self._fresh: dict[str, Serves] = {}
        self._names: dict[str, str] = {}
        self._guard = threading.RLock()

    def get(self, reference: str) -> Serves:
        """The configured provider of a reference. Raises :class:`EngineError` where there is none."""
        with self._guard:
            if reference not in self._ready:
                raise EngineError(f"unknown provider '{reference}'")
            return self._ready[reference]

    def ensure(self, reference: str) -> Serves | None:
        """The provider of a reference, configured as it was the last time where this run did not; None for none."""
        with self._guard:
            if not reference or reference in self._ready:
                return self._ready.get(reference)
            owner, identity = reference.rsplit("::", 1)
            for resource in self._old():
                if resource.urn == owner and resource.id == identity:
                    try:
                        self.same(resource)
                    except ProviderError as error:
                        raise EngineError(f"the provider {owner} cannot be configured: {error}") from error
                    return self._ready[reference]
        raise EngineError(f"could not find the provider '{reference}' in the state")

    def has(self, reference: str) -> bool:
        """Whether the provider of a reference is configured in this operation."""
        with self._guard:
            return reference in self._ready

    def for_resource(self, resource: Resource) -> Serves | None:
        """The provider of a resource: this registry for providers, None for components."""
        if not resource.custom:
            return None
        return self if urns.is_provider_type(resource.type) else self.ensure(resource.provider)

    def alias(self, urn: str, old: str) -> None:
        """Let the provider ``urn`` be found under the name it had before, too."""
        self._names[urn] = old

    def same(self, resource: Resource) -> None:
        """Configure a provider that did not change."""
        with self._guard:
            reference = f"{resource.urn}::{resource.id}"
            if reference in self._ready:
                return
            self._configure(resource.urn, resource.id, resource.inputs)

    def running(self) -> list[Serves]:
        """Every provider that has been loaded."""
        with self._guard:
            return list({id(item): item for item in (*self._ready.values(), *self._fresh.values())}.values())

    def check(self, subject: Subject, *, keep_old: bool) -> Checked:
        """Load a provider and check its configuration."""
        provider = self._load(subject.urn, subject.inputs)
        checked = Checked(subject.inputs)
        if isinstance(provider, Provider):
            olds = _own(subject.old_inputs) if keep_old else {}
            checked = provider.check_config(subject.urn, olds, _own(subject.inputs))
        if checked.failures:
            return checked
        with self._guard:
            self._fresh[subject.urn] = provider
        inputs = dict(checked.inputs)
        if INTERNAL in subject.inputs:
            inputs[INTERNAL] = subject.inputs[INTERNAL]
        return Checked(inputs)

    def diff(self, subject: Subject) -> Diff:
        """Compare configurations, as the provider sees it."""
        with self._guard:
            provider = self._fresh.get(subject.urn) or self._ready.get(f"{subject.urn}::{subject.id}")
        if not isinstance(provider, Provider):
            return Diff(False)
        return provider.diff_config(
            subject.urn, _own(subject.old_inputs), _own(subject.old_outputs), _own(subject.inputs)
        )

    def create(self, subject: Subject) -> tuple[str, Props]:
        """Configure a new provider; in a preview its id is not known."""
        identity = UNKNOWN if subject.preview else str(uuid.uuid4())
        self._configure(subject.urn, identity, subject.inputs)
        return identity, _own(subject.inputs)

    def update(self, subject: Subject) -> Props:
        """Configure a provider anew."""
        self._configure(subject.urn, subject.id, subject.inputs)
        return _own(subject.inputs)

    def read(self, subject: Subject) -> Read:
        """Providers are not read."""
        raise ProviderError(f"the provider {subject.urn} cannot be read or imported")

    def delete(self, subject: Subject) -> None:
        """A provider exists in the state alone."""

    def invoke(self, token: str, args: Props, *, preview: bool) -> tuple[Props, tuple[tuple[str, str], ...]]:
        """The registry has no functions."""
        del args, preview
        raise ProviderError(f"unrecognized function name: '{token}'")

    def cancel(self) -> None:
        """Ask every provider to stop."""
        for provider in self.running():
            try:
                provider.cancel()
            except ProviderError:
                continue  # it is gone, or does not know how to stop: what runs is waited for all the same

    def _configure(self, urn: str, identity: str, inputs: Props) -> None:
        with self._guard:
            provider = self._fresh.pop(urn, None) or self._load(urn, inputs)
        if isinstance(provider, Provider):
            provider.configure(_own(inputs))
        with self._guard:
            self._ready[f"{urn}::{identity}"] = provider
            if urn in self._names:
                self._ready[f"{self._names[urn]}::{identity}"] = provider

    def close(self) -> None:
        """End the plugins that were started."""
        if self._plugins is not None:
            self._plugins.close()

    def _load(self, urn: str, inputs: Props) -> Serves:
        package = urns.package_of(urns.type_of(urn))
        if package == "pulumi":
            return self._builtin
        port = provider_port(package, self._table)
        if port is None and self._plugins is not None:
            version = bare(inputs.get("version"))
            port = self._plugins.port(package, version if isinstance(version, str) else "")
        if port is None:
            raise UnservedError(
                f"no provider for the package {package!r} is running here, and no plugin of it is installed: this "
                f"engine talks to those that PULUMI_DEBUG_PROVIDERS names ({self._table or 'none'}), and starts those "
                "that lie in PULUMI_HOME or on the PATH. Real clouds go through the pulumi command: run the same with "
                "`pulumi`"
            )
        return Provider(package, port, self._notes)


def _own(inputs: Props) -> Props:
    """The configuration as the provider sees it: without what the engine keeps for itself."""
    return {key: value for key, value in inputs.items() if key != INTERNAL}
