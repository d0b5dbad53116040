"""What a sandbox has left: asked of the emulators, of the processes and of the folder, not of the state."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import psutil

from slipway.catalog.model import AwsListing, StoreKinds
from slipway.catalog.table import CATALOG
from slipway.sandbox.appengine import versions
from slipway.sandbox.aws import beanstalk_instances
from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.databases import servers
from slipway.sandbox.dataflow import jobs
from slipway.sandbox.docker import client as docker_client
from slipway.sandbox.docker import left as docker_left
from slipway.sandbox.pythonanywhere import running as pythonanywhere
from slipway.sandbox.pythonanywhere import set_aside
from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.sandbox.running import memory
from slipway.sandbox.services import processes, registry
from slipway.sandbox.services.registry import Service
from slipway.sandbox.stores import beanstalk, records
from slipway.sandbox.stores.google import Store, store_path

AWS = [row.listing for row in CATALOG.values() if isinstance(row.listing, AwsListing)]
KEPT = ("state", servers.FOLDER, set_aside.FOLDER)
"""What of the state folder outlives the services."""
STORES = [row.listing for row in CATALOG.values() if isinstance(row.listing, StoreKinds)]


def audit(state_folder: Path) -> list[str]:
    """A line for each thing that is left, sorted.

    What it has on the Docker daemon. While the services run: what they hold. Once they are stopped: processes,
    listening ports and files other than the stacks' history.
    """
    services = {name: service for name, service in registry.load(state_folder).items() if service.process.alive}
    looks: list[Callable[[], Iterator[str]]] = [
        lambda: docker_left.listed(state_folder),
        lambda: (f"database {one.name} of project {one.project}" for one in servers.instances(state_folder)),
    ]
    if {"google", "gateway"} <= services.keys():
        looks.append(lambda: _storage(state_folder))
    if {"ministack", "gateway"} <= services.keys():
        looks.append(lambda: _aws(state_folder))
    if "registry" in services:
        looks.append(lambda: docker_left.stored(docker_client.connect(environment=cloud_variables(state_folder))))
    if services and records.path(state_folder).exists():
        looks.append(lambda: (f"record of {type} {id}" for type, id in records.Records(state_folder).all()))
    if services:
        looks.append(lambda: _google(state_folder, services))
        looks.append(lambda: _pythonanywhere(state_folder, services))
        looks.append(lambda: _beanstalk(state_folder, services))
    else:
        looks += [lambda: _processes(state_folder), lambda: _files(state_folder)]
    return sorted(line for look in looks for line in look())


def _storage(state_folder: Path) -> Iterator[str]:
    """The objects in buckets; the buckets themselves are among what the Google store has."""
    if not store_path(state_folder).exists():
        return
    variables = cloud_variables(state_folder)
    headers = {"Authorization": f"Bearer {variables['GOOGLE_OAUTH_ACCESS_TOKEN']}"}
    where = variables["STORAGE_EMULATOR_HOST"]
    with httpx.Client(base_url=where, headers=headers, trust_env=False, timeout=10.0) as client:
        for bucket in Store(store_path(state_folder)).all("bucket"):
            query = {"versions": "true", "fields": "items(name)"}
            objects = client.get(f"/storage/v1/b/{bucket.name}/o", params=query).raise_for_status().json()
            yield from (f"Cloud Storage object {bucket.name}/{item['name']}" for item in objects.get("items", []))


def _aws(state_folder: Path) -> Iterator[str]:
    variables = cloud_variables(state_folder)
    endpoint = Endpoint.of(variables)
    here = Aws(endpoint, variables["AWS_REGION"])
    yield from _listed(here, [listing for listing in AWS if listing.global_service])
    for region in {variables["AWS_REGION"], *registry.regions(state_folder)}:
        account = Aws(endpoint, region)
        yield from _listed(account, [listing for listing in AWS if not listing.global_service])


def _listed(account: Aws, listings: Iterable[AwsListing]) -> Iterator[str]:
    for listing in listings:
        answer: dict[str, Any] = getattr(account.client(listing.service), listing.operation)()
        yield from (
            f"{listing.words} {item[listing.name] if listing.name else item}" for item in answer.get(listing.key, ())
        )


def _kinds(store: str) -> list[str]:
    """The kinds of records that one of the sandbox's stores keeps for the catalog's types."""
    return [kind for listing in STORES if listing.store == store for kind in listing.kinds]


def _google(state_folder: Path, existing: dict[str, Service]) -> Iterator[str]:
    if store_path(state_folder).exists():
        store = Store(store_path(state_folder))
        yield from (f"project {project.id}" for project in store.active_projects())
        for kind in _kinds("google"):
            yield from (f"{kind} {record.name} in Google Cloud" for record in store.all(kind))
        yield from (f"Dataflow job {job.id} ({job.name}) runs" for job in jobs.listed(state_folder) if not job.over)
    yield from (f"process of {name}" for name in existing if name.startswith(versions.PREFIX))


def _beanstalk(state_folder: Path, existing: dict[str, Service]) -> Iterator[str]:
    if store := beanstalk.opened(state_folder):
        for kind in cast("list[beanstalk.Kind]", _kinds("beanstalk")):
            yield from (f"Beanstalk {kind} {thing.name}" for thing in store.all(kind))
    yield from (f"process of {name}" for name in existing if name.startswith(beanstalk_instances.PREFIX))


def _pythonanywhere(state_folder: Path, existing: dict[str, Service]) -> Iterator[str]:
    if folder(state_folder).exists():
        world = World(folder(state_folder))
        yield from (f"{what} on PythonAnywhere" for what in world.held())
    yield from (f"process of {name}" for name in existing if name.startswith(pythonanywhere.PREFIX))


def _processes(state_folder: Path) -> Iterator[str]:
    yield from (f"control group {group}" for group in memory.groups(state_folder))
    for process in processes.marked(state_folder):
        try:
            yield f"process {process.pid}: {' '.join(process.cmdline())[:100]}"
            for connection in process.net_connections(kind="inet"):
                if connection.status == psutil.CONN_LISTEN:
                    yield f"port {connection.laddr.port} of process {process.pid}"
        except psutil.Error:
            continue


def _files(state_folder: Path) -> Iterator[str]:
    for path in sorted(state_folder.rglob("*")) if state_folder.exists() else ():
        if path.relative_to(state_folder).parts[0] not in KEPT and not path.is_dir():
            yield f"file {path}"
