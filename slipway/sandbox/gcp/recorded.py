"""Types of Google Cloud that are only written down.

The sandbox's Google Cloud does not serve their methods: an instance that its API listed and that nothing can log in to
would deceive every client. The provider host writes them down for itself (:mod:`slipway.sandbox.stores.records`), so
that programs which declare them come up, with a warning, and asks Google's APIs alone whether the project could have
them.
"""

from typing import Any

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.handler import CloudError, Handler, Props
from slipway.sandbox.recorded.kind import Kind

COMPUTE = "https://www.googleapis.com/compute/v1/"
PLACE = frozenset({"name", "project", "region"})
LABELS = frozenset({"effectiveLabels", "pulumiLabels"})
LISTS = {
    "compute": "compute/v1/projects/{project}/global/networks",
    "run": "v2/projects/{project}/locations/{location}/services",
}
"""By an API that the sandbox serves in part: what of it answers in every project where the API is usable."""


def _in(api: str) -> Any:  # noqa: ANN401 - a kind's ``place``
    """In a project that is there and has the API on; the provider's region and zone are taken where none is given."""

    def place(cloud: Google, new: Props) -> Props:
        values = {"region": "", "zone": "", **cloud.place_of(new), **new, "project": cloud.project_of(new)}
        return {**values, "number": _usable(cloud, api, values)}

    return place


def _usable(cloud: Google, api: str, values: Props) -> str:
    """The number of a project whose API is on. Raises :class:`CloudError`."""
    name, doing = f"{api}.googleapis.com", "Error creating"
    with refused(cloud, doing):
        service = cloud.rest.ask("serviceusage", "GET", f"v1/projects/{values['project']}/services/{name}")
        number = service["parent"].rpartition("/")[2]
        if service["state"] != "ENABLED":
            raise refusals.api_off(name, number, doing)
        if path := LISTS.get(api):  # an API that was switched on a moment ago refuses still
            cloud.rest.ask(api, "GET", path.format_map(values))
    return number


def _kind(type: str, api: str, id: str, outputs: Props, **more: Any) -> Kind:  # noqa: ANN401 - the fields of a Kind
    return Kind(
        type=type,
        id=id,
        outputs=outputs,
        place=_in(api),
        folder=lambda cloud: cloud.state_folder,
        **{"auto_name": "name", "replace_on": PLACE, **more},
    )


def _zoned(place: Any) -> Any:  # noqa: ANN401
    """The same where a zone is needed."""

    def zoned(cloud: Google, new: Props) -> Props:
        values = place(cloud, new)
        if not values["zone"]:
            raise CloudError("zone: required field is not set: give the instance its zone, or set gcp:zone for all")
        return values

    return zoned


TABLE = (
    Kind(
        type="gcp:compute/instance:Instance",
        id="projects/{project}/zones/{zone}/instances/{name}",
        outputs={
            "selfLink": COMPUTE + "{id}",
            "instanceId": "{digits}",
            "cpuPlatform": "Intel Haswell",
            "currentStatus": "RUNNING",
            "project": "{project}",
            "zone": "{zone}",
            "creationTimestamp": "2020-01-01T00:00:00.000-07:00",
        },
        place=_zoned(_in("compute")),
        folder=lambda cloud: cloud.state_folder,
        auto_name="name",
        defaults={"canIpForward": False, "deletionProtection": False},
        replace_on=frozenset(
            {
                *("name", "zone", "project", "bootDisk", "metadataStartupScript", "canIpForward", "description"),
                *("hostname", "guestAccelerators", "scratchDisks"),
            }
        ),
        derived=LABELS,
    ),
    _kind(
        "gcp:compute/address:Address",
        "compute",
        "projects/{project}/regions/{region}/addresses/{name}",
        {
            "address": "{address}",
            "selfLink": COMPUTE + "{id}",
            "project": "{project}",
            "region": "{region}",
            "creationTimestamp": "2020-01-01T00:00:00.000-07:00",
        },
        defaults={"addressType": "EXTERNAL"},
        replace_on=PLACE | {"addressType", "description", "networkTier", "purpose", "subnetwork", "prefixLength"},
        derived=LABELS,
    ),
    _kind(
        "gcp:compute/router:Router",
        "compute",
        "projects/{project}/regions/{region}/routers/{name}",
        {"selfLink": COMPUTE + "{id}", "project": "{project}", "region": "{region}"},
        replace_on=PLACE | {"network", "encryptedInterconnectRouter"},
    ),
    _kind(
        "gcp:compute/routerNat:RouterNat",
        "compute",
        "{project}/{region}/{router}/{name}",
        {"project": "{project}", "region": "{region}"},
        replace_on=PLACE | {"router"},
    ),
    _kind(
        "gcp:cloudfunctions/function:Function",
        "cloudfunctions",
        "projects/{project}/locations/{region}/functions/{name}",
        {
            "httpsTriggerUrl": "https://{region}-{project}.cloudfunctions.net/{name}",
            "project": "{project}",
            "region": "{region}",
            "status": "ACTIVE",
            "versionId": "1",
        },
        defaults={"availableMemoryMb": 256, "ingressSettings": "ALLOW_ALL", "timeout": 60},
        derived=LABELS,
    ),
    _kind(
        "gcp:cloudfunctions/functionIamMember:FunctionIamMember",
        "cloudfunctions",
        "projects/{project}/locations/{region}/functions/{cloudFunction}/{role}/{member}",
        {"etag": "BwX{hex8}", "project": "{project}", "region": "{region}"},
        auto_name="",
        replace_on=frozenset({"project", "region", "cloudFunction", "role", "member", "condition"}),
    ),
    _kind(
        "gcp:cloudrun/service:Service",
        "run",
        "locations/{location}/namespaces/{project}/services/{name}",
        {
            "project": "{project}",
            "statuses": [
                {"url": "https://{name}-{number}.{location}.run.app", "latestReadyRevisionName": "{name}-00001"}
            ],
        },
        defaults={"autogenerateRevisionName": False},
        replace_on=frozenset({"name", "project", "location"}),
        required=("location",),
    ),
)
HANDLERS: dict[str, Handler] = {kind.type: kind.handler() for kind in TABLE}
