"""Networks and volumes: ``docker:index/network:Network``, ``docker:index/volume:Volume``."""

from typing import TYPE_CHECKING

from slipway.sandbox.docker.client import Docker, labels_of, unless_gone, words
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

if TYPE_CHECKING:
    from docker.models.networks import Network
    from docker.types import IPAMConfig

NETWORK_INPUTS = frozenset(
    {
        "attachable",
        "driver",
        "ingress",
        "internal",
        "ipamConfigs",
        "ipamDriver",
        "ipamOptions",
        "ipv6",
        "labels",
        "name",
        "options",
    }
)
VOLUME_INPUTS = frozenset(["driver", "driverOpts", "labels", "name"])


def create_network(docker: Docker, new: Props) -> tuple[str, Props]:
    """Make it; one of the same name is ours from an interrupted command, or refused, although Docker allows two."""
    name = new["name"]
    doing = f"creating the network {name}"
    with words(doing, docker.where):
        for existing in docker.client.networks.list(names=[name]):
            if existing.name == name and docker.resumed(existing.attrs.get("Labels")):
                return str(existing.id), _network(existing)
            if existing.name == name:
                raise CloudError(f"{doing}: network with name {name} already exists")
        created = docker.client.networks.create(
            name,
            driver=new.get("driver") or "bridge",
            options=new.get("options"),
            ipam=_ipam(new),
            internal=new.get("internal", False),
            attachable=new.get("attachable", False),
            enable_ipv6=new.get("ipv6", False),
            labels={**labels_of(new), **docker.owned},
            check_duplicate=True,
        )
        created.reload()
        return str(created.id), _network(created)


def read_network(docker: Docker, id: str) -> Props | None:
    """By id."""
    with words(f"looking at the network {id[:12]}", docker.where):
        existing = unless_gone(lambda: docker.client.networks.get(id))
        return None if existing is None else {"name": existing.name, **_network(existing)}


def delete_network(docker: Docker, id: str, old: Props) -> None:
    """Remove it; the daemon refuses while a container is on it."""
    with words(f"removing the network {old.get('name', id[:12])}", docker.where):
        unless_gone(lambda: docker.client.api.remove_network(id))


def create_volume(docker: Docker, new: Props) -> tuple[str, Props]:
    """Make it; Docker gives out a volume that is there already, the sandbox one of a creation that was cut off."""
    name = new["name"]
    doing = f"creating the volume {name}"
    with words(doing, docker.where):
        existing = unless_gone(lambda: docker.client.volumes.get(name))
        if existing is not None and not docker.resumed(existing.attrs.get("Labels")):
            raise CloudError(f"{doing}: a volume named {name} already exists")
        labels = {**labels_of(new), **docker.owned}
        created = docker.client.volumes.create(
            name, driver=new.get("driver") or "local", driver_opts=new.get("driverOpts"), labels=labels
        )
        return name, {"mountpoint": created.attrs["Mountpoint"], "driver": created.attrs["Driver"]}


def read_volume(docker: Docker, id: str) -> Props | None:
    """By name."""
    with words(f"looking at the volume {id}", docker.where):
        existing = unless_gone(lambda: docker.client.volumes.get(id))
        if existing is None:
            return None
        return {"name": existing.name, "driver": existing.attrs["Driver"], "mountpoint": existing.attrs["Mountpoint"]}


def delete_volume(docker: Docker, id: str, _old: Props) -> None:
    """Remove it; the daemon refuses while a container has it."""
    with words(f"removing the volume {id}", docker.where):
        unless_gone(lambda: docker.client.api.remove_volume(id))


def unserved(served: frozenset[str], new: Props) -> dict[str, str]:
    """Inputs that are given and not ``served``."""
    return {
        key: f"the sandbox does not serve {key!r} here: leave it out"
        for key, value in new.items()
        if key not in served and value not in (None, False, [], {}, "")
    }


def _ipam(new: Props) -> "IPAMConfig | None":
    from docker.types import IPAMConfig, IPAMPool

    declared = new.get("ipamConfigs")
    if not declared:
        return None
    pools = [
        IPAMPool(subnet=one.get("subnet"), iprange=one.get("ipRange"), gateway=one.get("gateway")) for one in declared
    ]
    return IPAMConfig(driver=new.get("ipamDriver") or "default", pool_configs=pools)


def _network(existing: "Network") -> Props:
    attributes = existing.attrs
    return {"driver": attributes["Driver"], "scope": attributes["Scope"], "internal": attributes["Internal"]}


HANDLERS = {
    "docker:index/network:Network": Handler(
        check=lambda new: unserved(NETWORK_INPUTS, new),
        calls=Calls(create=create_network, read=read_network, delete=delete_network),
        auto_name="name",
        computed=frozenset({"scope"}),
    ),
    "docker:index/volume:Volume": Handler(
        check=lambda new: unserved(VOLUME_INPUTS, new),
        calls=Calls(create=create_volume, read=read_volume, delete=delete_volume),
        auto_name="name",
        computed=frozenset({"mountpoint"}),
    ),
}
