"""The configuration of default providers: the stack's settings of their package, and where their plugin is from."""

import json
from collections.abc import Collection, Mapping

from slipway.engine.errors import EngineError
from slipway.engine.plan.steps import ProviderRequest
from slipway.engine.providers.registry import INTERNAL
from slipway.wire.values import Props, secret

DISABLED = "pulumi:disable-default-providers"
"""The setting that lists the packages (or ``*``) that may have no default provider."""


def provider_defaults(request: ProviderRequest, config: Mapping[str, str], secret_keys: Collection[str]) -> Props:
    """The inputs of a default provider. Raises :class:`EngineError` where the settings allow none."""
    if _is_disabled(request.package, config.get(DISABLED, "")):
        raise EngineError(
            f"Default provider for '{request.package}' disabled: the setting {DISABLED} names it. Give the resource "
            "an explicit provider"
        )
    inputs: Props = {}
    for key, value in config.items():
        package, _, name = key.partition(":")
        if package == request.package:
            inputs[name] = secret(value) if key in secret_keys else value
    return inputs | plugin_inputs(request.version, request.url)


def plugin_inputs(version: str, url: str) -> Props:
    """The inputs of a provider that say which plugin serves it."""
    inputs: Props = {"version": version} if version else {}
    if version or url:
        inputs[INTERNAL] = {"pluginDownloadURL": url} if url else {}
    return inputs


def _is_disabled(package: str, setting: str) -> bool:
    if not setting:
        return False
    try:
        packages = json.loads(setting)
    except ValueError as error:
        raise EngineError(f"the setting {DISABLED} is not a list: {setting}") from error
    return isinstance(packages, list) and not {package, "*"}.isdisjoint(packages)
