"""Weighted aliases: which version a call goes to, as Lambda decides it; the emulator stores the weights alone.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

import random
from collections.abc import Awaitable, Callable
from typing import Any

from slipway.sandbox.handler import Props


def chosen(alias: Props, point: float) -> str:
    """The version that a call by ``alias`` gets; ``point`` is where in [0, 1) it falls."""
    for version, weight in sorted(((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}).items()):
        if point < weight:
            return version
        point -= weight
    return alias["FunctionVersion"]


def install(lambda_svc: Any) -> None:  # noqa: ANN401 - the emulator's module
    """Let the emulator's calls, and its addresses and schedules, go where the weights say."""
    invoke: Callable[..., Awaitable[Any]] = lambda_svc._invoke
    record_for: Callable[[str], Any] = lambda_svc._get_func_record_for_ref

    def version_of(name: str, qualifier: str | None) -> str | None:
        alias = ((lambda_svc._functions.get(name) or {}).get("aliases") or {}).get(qualifier)
        return chosen(alias, random.random()) if alias else qualifier  # noqa: S311 - spreads load, guards nothing

    async def weighted_invoke(
        name: str,
        event: Any,  # noqa: ANN401
        headers: Any,  # noqa: ANN401
        path_qualifier: str | None = None,
        query_params: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        host_name = path_qualifier or lambda_svc._qp_first(query_params or {}, "Qualifier")
        return await invoke(name, event, headers, version_of(name, host_name), query_params)

    def weighted_record_for(reference: str) -> Any:  # noqa: ANN401
        base, _, qualifier = reference.rpartition(":")
        name = base.rpartition(":")[2]
        version = version_of(name, qualifier) if base else qualifier
        return record_for(f"{base}:{version}" if base else reference)

    lambda_svc._invoke = weighted_invoke
    lambda_svc._get_func_record_for_ref = weighted_record_for
