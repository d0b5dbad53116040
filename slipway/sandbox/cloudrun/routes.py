"""Which revision's container answers a request: by the host name, then by the service's traffic."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.running.entrance import Way
from slipway.sandbox.stores.google import Store, store_path

INVOKERS = frozenset({"roles/run.invoker", "roles/run.servicesInvoker", "roles/run.admin"})
ANYBODY = "allUsers"
FORBIDDEN = (
    "Error: Forbidden. Your client does not have permission to get this URL from this server. (It is private: grant "
    "roles/run.invoker, or say `access: public`.)"
)


def backend(state_folder: Path, host: str, caller: str = ANYBODY) -> tuple[int, Way | str]:
    """The way to the container that is to answer; or a status and what to say.

    ``caller`` is the account that asks, as a grant names it; a request by the address alone is not signed in.
    """
    if not store_path(state_folder).exists():
        return 404, "no service has been deployed"
    store = Store(store_path(state_folder))
    expected = host.rsplit(":", 1)[0].lower()
    for record in store.all("run_service"):
        named = Named(*record.name.split("/"))
        if record.body["host"] != expected:
            continue
        if not may_call(store, named, caller):
            return 403, FORBIDDEN
        revision = chosen(record.body["traffic"])
        result = store.get("run_revision", named.revision(revision))
        if result is None or not result.body.get("port"):
            return 503, f"the revision {revision!r} of {named.service!r} does not run: `slipway up` starts it again"
        return 200, Way(port=int(result.body["port"]))
    return 404, f"no service answers as {host}"


def may_call(store: Store, named: Named, caller: str) -> bool:
    """Whether the caller may, by name or because anybody may."""
    with store.transaction() as now:
        return any(role in INVOKERS for who in {caller, ANYBODY} for role, _ in now.granted(named.scope, who))


def chosen(traffic: Sequence[Mapping[str, Any]]) -> str:
    """A revision by its share of the requests: at random, as Cloud Run does."""
    shares = {str(target["revision"]): int(target["percent"]) for target in traffic if target["percent"]}
    (revision,) = random.choices(list(shares), list(shares.values()))  # noqa: S311 - spreads load, guards nothing
    return revision
