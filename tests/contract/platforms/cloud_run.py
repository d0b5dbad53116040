"""Cloud Run: the container's image behind Google's front end."""

from tests.contract.platform import Platform

PLATFORM = Platform(
    name="Cloud Run",
    settings={"platform": "cloud-run", "version": "1.0.0", "access": "public"},
    adds={"Dockerfile": "Dockerfile"},
    needs_docker=True,
)
