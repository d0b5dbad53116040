"""What the handlers of the package ``gcp`` share: the clients of Google's APIs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.providers.google.rest import Rest, RestError
from slipway.sandbox.cloudrun.images import Registry
from slipway.sandbox.handler import CloudError, Props, creation

if TYPE_CHECKING:
    from requests import Session

ATTRIBUTION = {"goog-pulumi-provisioned": "true"}
"""The label that Pulumi's provider puts on everything, unless ``gcp:addPulumiAttributionLabel`` is false."""


@dataclass(frozen=True)
class Google:
    """Google Cloud as the sandbox has it."""

    state_folder: Path
    storage_host: str
    google: str = ""
    """Where Google's other APIs answer."""
    token: str = ""
    """What the sandbox's Google Cloud asks of every call."""
    front: str = ""
    """Where App Engine's front end answers, as ``http://127.0.0.1:PORT``."""
    docker: str = ""
    """The Docker daemon that Cloud Run's revisions run on; "" where this machine has none."""
    images: Registry = field(default_factory=Registry)
    """What stands in for Google's registries."""
    default_project: str = ""
    """The provider's project, for resources that name none."""
    default_region: str = ""
    """The provider's region, for resources that name none."""
    default_zone: str = ""
    default_labels: Mapping[str, str] = field(default_factory=dict)
    """The labels that the provider adds to each resource's own."""

    @cached_property
    def rest(self) -> Rest:
        """The control plane, by Google's REST."""
        return Rest(address=self.google, token=lambda: self.token or "none")

    @cached_property
    def session(self) -> "Session":
        """An HTTP client with the sandbox's token; no proxy, and no login of the user's, is for this machine."""
        import requests

        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {self.token or 'none'}"
        return session

    def live(self, api: str, path: str, **query: str) -> Props | None:
        """What is at a path now; None where nothing is. Raises :class:`CloudError`.

        Before a creation it is asked whether the thing is there already: an API that is off has nothing, and the
        creation itself is refused then.
        """
        with refused(self, f"Error when reading {path.partition('/')[2]}"):
            try:
                return self.rest.get(api, path, **query)
            except RestError as error:
                if error.disabled and creation.get().urn:
                    return None
                raise

    def place_of(self, new: Props) -> Props:
        """The provider's region and zone; a region follows from a resource's own zone too."""
        zone = new.get("zone") or self.default_zone
        region = self.default_region or zone.rpartition("-")[0]
        return {**({"region": region} if region else {}), **({"zone": zone} if zone else {})}

    def project_of(self, new: Props) -> str:
        """The project a resource is for. Raises :class:`CloudError` where neither it nor the provider says."""
        project = new.get("project") or self.default_project
        if not project:
            raise CloudError(
                "project: required field is not set: give the resource its project, or set gcp:project for all"
            )
        return project


def connect(config: Mapping[str, Any] | None = None, *, environment: Mapping[str, str], **_: Any) -> Google:  # noqa: ANN401
    """The sandbox that ``environment`` describes."""
    config = config or {}
    attributed = str(config.get("addPulumiAttributionLabel", "true")).lower() != "false"
    return Google(
        state_folder=Path(environment["SLIPWAY_HOME"]),
        storage_host=environment["STORAGE_EMULATOR_HOST"],
        google=environment["SLIPWAY_GOOGLE"],
        token=environment.get("GOOGLE_OAUTH_ACCESS_TOKEN", ""),
        front=environment.get("SLIPWAY_FRONT", ""),
        docker=environment.get("SLIPWAY_DOCKER", ""),
        images=Registry.of(environment),
        default_project=config.get("project", ""),
        default_region=config.get("region", ""),
        default_zone=config.get("zone", ""),
        default_labels={**(config.get("defaultLabels") or {}), **(ATTRIBUTION if attributed else {})},
    )


def placed(path: str) -> Callable[[Google, Props], str]:
    """``path`` filled in from a resource's inputs; project and region are the provider's where they name none."""
    return lambda cloud, new: path.format_map({**cloud.place_of(new), **new, "project": cloud.project_of(new)})


@contextmanager
def refused(cloud: Google, doing: str) -> Iterator[None]:
    """Have a refusal of Google's API reported as the provider does: ``Error creating Bucket: googleapi: Error 409: …``.

    An API that refuses although it is switched on was switched on a moment ago: that is worth another try.
    """
    try:
        yield
    except RestError as error:
        raise CloudError(f"{doing}: {error}", transient=error.disabled and _switched_on(cloud, error)) from error


def _switched_on(cloud: Google, error: RestError) -> bool:
    metadata = next((each["metadata"] for each in error.details if each.get("reason") == "SERVICE_DISABLED"), {})
    path = f"v1/{metadata.get('consumer')}/services/{metadata.get('service')}"
    return (cloud.rest.get("serviceusage", path) or {}).get("state") == "ENABLED"
