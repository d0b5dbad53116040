"""The resource types of the Docker daemon of this machine."""

from slipway.catalog.model import DockerCollection, ResourceType

TYPES = (
    ResourceType(type="docker:index/container:Container", words="container", ask=DockerCollection(name="containers")),
    ResourceType(type="docker:index/network:Network", words="network", ask=DockerCollection(name="networks")),
    ResourceType(
        type="docker:index/volume:Volume",
        words="volume",
        holds_data=True,
        data_expires=True,
        ask=DockerCollection(name="volumes"),
    ),
    ResourceType(type="docker:index/image:Image", words="image", belongs_to="its registry, which is asked for itself"),
    ResourceType(
        type="docker:index/registryImage:RegistryImage",
        words="pushed image",
        belongs_to="its registry, which is asked for itself",
    ),
    ResourceType(
        type="docker:index/remoteImage:RemoteImage",
        words="pulled image",
        belongs_to="the Docker daemon, where other containers may use it",
    ),
    ResourceType(type="docker:index/tag:Tag", words="image tag", belongs_to="its image"),
)
