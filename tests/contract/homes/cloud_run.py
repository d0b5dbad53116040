"""Cloud Run: the container's image behind Google's front end."""

from tests.contract.home import Home

HOME = Home(
    name="Cloud Run",
    settings={"home": "cloud-run", "version": "1.0.0", "access": "public"},
    adds={"Dockerfile": "Dockerfile"},
    needs_docker=True,
)
