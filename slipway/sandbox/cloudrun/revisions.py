"""The revisions of a service after a deployment: the list of them, and where one runs."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.docker import daemon
from slipway.sandbox.handler import CloudError
from slipway.sandbox.stores.google import Store, store_path


@dataclass(frozen=True)
class Revision:
    """A revision, when it was first deployed (ISO 8601), and how its artifact's digest begins."""

    name: str
    made: str
    artifact: str = ""


def listed(state_folder: Path, service: str) -> list[Revision]:
    """The revisions of a service, newest first; none before the first deployment."""
    if not store_path(state_folder).exists():
        return []
    records = [
        record for record in Store(store_path(state_folder)).all("run_revision") if record.name.split("/")[2] == service
    ]
    result = [
        Revision(
            record.name.split("/")[3],
            record.body["created"],
            (record.body["template"].get("labels") or {}).get("artifact", ""),
        )
        for record in records
    ]
    return sorted(result, key=lambda revision: revision.made, reverse=True)


def container(state_folder: Path, revision: str) -> str:
    """The name of the container that a revision runs in. Raises :class:`CloudError` where it runs in none."""
    with closing(daemon.connect(daemon.address())) as client:
        result = containers.found(client, state_folder, revision=revision)
        if not result:
            raise CloudError(f"the revision {revision} does not run")
        return str(result[0].name)
