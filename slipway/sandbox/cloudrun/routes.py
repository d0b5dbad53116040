"""Which revision's container answers a request: by the host name, then by the service's traffic."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.gcp.store import Store, store_path

INVOKERS = frozenset({"roles/run.invoker", "roles/run.servicesInvoker", "roles/run.admin"})
ANYBODY = "allUsers"
FORBIDDEN = (
    "Error: Forbidden. Your client does not have permission to get this URL from this server. (It is private: grant "
    "roles/run.invoker, or say `access: public`.)"
)


def backend(home: Path, host: str) -> tuple[int, int | str]:
    """The port of the container that is to answer; or a status and what to say."""
    if not store_path(home).exists():
        return 404, "no service has been deployed"
    store = Store(store_path(home))
    wanted = host.rsplit(":", 1)[0].lower()
    for record in store.all("run_service"):
        named = Named(*record.name.split("/"))
        if record.body["host"] != wanted:
            continue
        if not open_to_all(store, named):
            return 403, FORBIDDEN
        revision = chosen(record.body["traffic"])
        found = store.get("run_revision", named.revision(revision))
        if found is None or not found.body.get("port"):
            return 503, f"the revision {revision!r} of {named.service!r} does not run: `slipway up` starts it again"
        return 200, int(found.body["port"])
    return 404, f"no service answers as {host}"


def open_to_all(store: Store, named: Named) -> bool:
    """Whether anybody may call it: nobody signs in here."""
    with store.transaction() as now:
        return any(role in INVOKERS for role, _ in now.granted(named.scope, ANYBODY))


def chosen(traffic: Sequence[Mapping[str, Any]]) -> str:
    """A revision by its share of the requests: at random, as Cloud Run does."""
    shares = {str(target["revision"]): int(target["percent"]) for target in traffic if target["percent"]}
    (revision,) = random.choices(list(shares), list(shares.values()))  # noqa: S311 - spreads load, guards nothing
    return revision
