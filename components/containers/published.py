"""The machine's port that a container has got."""

import pulumi
import pulumi_docker as docker


def published_port(app: str, container: docker.Container, wanted: int) -> pulumi.Output[int]:
    """The port of the machine that leads to ``container``, said where it is not the ``wanted`` one.

    A daemon that others use too may have given that to another: the sandbox then takes the next free one.
    """
    return container.ports.apply(lambda ports: _noted(app, wanted, ports[0].external if ports else None))


def _noted(app: str, wanted: int, port: int | None) -> int:
    port = port or wanted
    if port != wanted and not pulumi.runtime.is_dry_run():
        pulumi.info(f"the port {wanted} of this machine was taken: {app} is on {port}")
    return port
