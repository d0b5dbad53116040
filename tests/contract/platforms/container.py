"""A container on a Docker daemon."""

from tests.contract.platform import Platform

PLATFORM = Platform(
    name="Container",
    settings={"platform": "container", "version": "1.0.0", "port": 8080, "publish": 0},
    adds={"Dockerfile": "Dockerfile"},
    needs_docker=True,
)
