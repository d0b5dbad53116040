"""A container on a Docker engine."""

from tests.contract.home import Home

HOME = Home(
    name="Container",
    settings={"home": "container", "version": "1.0.0", "port": 8080, "publish": 0},
    adds={"Dockerfile": "Dockerfile"},
    needs_docker=True,
)
