"""Which revision's container answers a request: by the host name, then by the service's traffic."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from slipway.sandbox.cloudrun.entrances import greeting
from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.running.entrance import Way
from slipway.sandbox.stores.google import Store, store_path

T = TypeVar("T")
INVOKERS = frozenset({"roles/run.invoker", "roles/run.servicesInvoker", "roles/run.admin"})
ANYBODY = "allUsers"
FORBIDDEN = (
    "Error: Forbidden. Your client does not have permission to get this URL from this server. (It is private: grant "
    "roles/run.invoker, or say `access: public`.)"
)


def backends(state_folder: Path, host: str, caller: str = ANYBODY) -> list[tuple[int, tuple[int, Way | str]]]:
    """What may answer, each with its share of the requests: the way to a container, or a status and what to say.

    ``caller`` is the account that asks, as a grant names it; a request by the address alone is not signed in.
    """
    if not store_path(state_folder).exists():
        return [(1, (404, "no service has been deployed"))]
    store = Store(store_path(state_folder))
    expected = host.rsplit(":", 1)[0].lower()
    for record in store.all("run_service"):
        named = Named(*record.name.split("/"))
        if record.body["host"] != expected:
            continue
        if not may_call(store, named, caller):
            return [(1, (403, FORBIDDEN))]
        shares = [(int(one["percent"]), str(one["revision"])) for one in record.body["traffic"] if one["percent"]]
        return [(share, _container(store, named, revision)) for share, revision in shares]
    return [(1, (404, f"no service answers as {host}"))]


def backend(state_folder: Path, host: str, caller: str = ANYBODY) -> tuple[int, Way | str]:
    """One of :func:`backends`: at random, as Cloud Run does."""
    return chosen(backends(state_folder, host, caller))


def _container(store: Store, named: Named, revision: str) -> tuple[int, Way | str]:
    result = store.get("run_revision", named.revision(revision))
    if result is None or not result.body.get("port"):
        return 503, f"the revision {revision!r} of {named.service!r} does not run: `slipway up` starts it again"
    timeout = str(result.body["template"].get("timeout") or "").removesuffix("s")
    secret = str(result.body.get("secret") or "")
    return 200, Way(port=int(result.body["port"]), greeting=greeting(secret), seconds=float(timeout or 0))


def may_call(store: Store, named: Named, caller: str) -> bool:
    """Whether the caller may, by name or because anybody may."""
    with store.transaction() as now:
        return any(role in INVOKERS for who in {caller, ANYBODY} for role, _ in now.granted(named.scope, who))


def chosen(shares: Sequence[tuple[int, T]]) -> T:
    """One by its share of the requests."""
    if len(shares) == 1:
        return shares[0][1]
    (one,) = random.choices([what for _, what in shares], [share for share, _ in shares])  # noqa: S311 - spreads load
    return one
