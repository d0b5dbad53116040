"""Whether an image is there and may be read: asked of the sandbox's registry, as Cloud Run asks Google's."""

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.wire.images import split

ACCEPTED = ", ".join(
    f"application/vnd.{kind}"
    for kind in (
        "docker.distribution.manifest.v2+json",
        "docker.distribution.manifest.list.v2+json",
        "oci.image.manifest.v1+json",
        "oci.image.index.v1+json",
    )
)


@dataclass(frozen=True)
class Registry:
    """The sandbox's registry, and who may read of it."""

    address: str = ""
    """``127.0.0.1:PORT``; "" where there is none."""
    username: str = ""
    password: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Registry":
        """As the sandbox's variables have it."""
        return cls(
            environment.get("SLIPWAY_REGISTRY", ""),
            environment.get("SLIPWAY_REGISTRY_USER", ""),
            environment.get("SLIPWAY_REGISTRY_PASSWORD", ""),
        )

    def look(self, reference: str) -> str:
        """Why the image cannot be had: ``missing``, ``forbidden``, ``elsewhere``, ``down``; "" where it can."""
        import httpx

        image = split(reference)
        if not self.address or image.host != self.address:
            return "elsewhere"
        try:
            result = httpx.head(
                f"http://{image.host}/v2/{image.path}/manifests/{image.digest or image.tag or 'latest'}",
                headers={"Accept": ACCEPTED},
                auth=(self.username, self.password) if self.username else None,
                timeout=10.0,
                trust_env=False,
            )
        except httpx.HTTPError:
            return "down"
        if result.status_code in (401, 403):
            return "forbidden"
        return "" if result.status_code == 200 else "missing"
