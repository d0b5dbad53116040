"""Google Cloud networks: none that comes by default, no worker with an address of its own."""

from collections.abc import Iterator

from policy.model import Context, Resource, rule
from policy.values import fault, readable


@rule(
    "gcp-no-default-network",
    source="Checkov CKV_GCP_27",
    remedy="Set auto_create_network=False on the project and declare the network that is used.",
    types=("gcp:organizations/project:Project", "gcp:compute/network:Network", "gcp:dataflow/*"),
)
def no_default_network(resource: Resource, context: Context) -> Iterator[str]:
    """No default network.

    It opens SSH and RDP to the internet in every region.

    A project is made without the default network, no network is named so, and no job falls back on it.
    """
    if resource.type == "gcp:organizations/project:Project":
        value = resource.get("autoCreateNetwork", True)
        if readable(value) and value is not False:
            yield fault("autoCreateNetwork", value, "false")
    elif resource.type == "gcp:compute/network:Network":
        if resource.get("name") == "default":
            yield fault("name", "default", "a network of the stack's own")
    elif resource.get("subnetwork") is None and resource.get("network", "default") == "default":
        yield fault("network", resource.get("network"), "a network of the stack's own")


@rule(
    "gcp-dataflow-private-ips",
    source="Checkov CKV_GCP_94",
    remedy="Set ip_configuration to WORKER_IP_PRIVATE and turn on private Google access in the subnetwork.",
    types=("gcp:dataflow/job:Job", "gcp:dataflow/flexTemplateJob:FlexTemplateJob"),
)
def private_workers(job: Resource, context: Context) -> Iterator[str]:
    """Dataflow workers have private addresses.

    A worker reads data; no caller needs to reach it from outside.

    Dataflow's workers have no public address.
    """
    value = job.get("ipConfiguration")
    if readable(value) and value != "WORKER_IP_PRIVATE":
        yield fault("ipConfiguration", value, "'WORKER_IP_PRIVATE'")


RULES = (
    no_default_network,
    private_workers,
)
