"""A registry that is there already: the sandbox's, on this machine."""

import pulumi

from components.registry import Login


class LocalRegistry:
    """A :class:`components.registry.ContainerRegistry` that nothing here makes, at ``HOST:PORT``.

    ``below`` is the folder of its images: one stack's are not another's. It declares no resource.
    """

    def __init__(self, address: str, *, below: str, username: str, password: str) -> None:
        self._address, self._username, self._password = address, username, password
        self.url = pulumi.Output.from_input(f"{address}/{below}")
        self.registry_name = pulumi.Output.from_input(below)

    def image_name(self, app: str, tag: str) -> pulumi.Output[str]:
        """An image of its own: ``URL/APP:TAG``."""
        return pulumi.Output.concat(self.url, f"/{app}:{tag}")

    def login(self) -> Login:
        """The one user that the sandbox made when it started the registry."""
        return Login(server=self._address, username=self._username, password=pulumi.Output.secret(self._password))
