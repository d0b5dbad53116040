"""Domains of one's own on App Engine and Cloud Run, and App Engine's dispatch rules, as the provider makes them."""

from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.handler import Calls, Handler, Props

RUN = "apis/domains.cloudrun.com/v1"


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Map a domain to the application."""
    project, domain = cloud.project_of(new), new["domainName"]
    ssl = {"sslManagementType": "AUTOMATIC", **(new.get("sslSettings") or {})}
    query = {"overrideStrategy": new.get("overrideStrategy", "STRICT")}
    with refused(cloud, "Error creating DomainMapping"):
        body = {"id": domain, "sslSettings": ssl}
        live = cloud.rest.act("appengine", "v1", "POST", f"apps/{project}/domainMappings", body, **query)
    return live["name"], _outputs(live)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``apps/PROJECT/domainMappings/DOMAIN``."""
    live = cloud.live("appengine", f"v1/{id}")
    return None if live is None else {"domainName": live["id"], **_outputs(live)}


def delete(cloud: Google, id: str, _old: Props) -> None:
    """Let the domain lead nowhere."""
    if cloud.live("appengine", f"v1/{id}") is not None:
        with refused(cloud, "Error deleting DomainMapping"):
            cloud.rest.act("appengine", "v1", "DELETE", id)


def _outputs(live: Props) -> Props:
    return {
        "name": live["name"],
        "project": live["name"].split("/")[1],
        "sslSettings": live["sslSettings"],
        "resourceRecords": live["resourceRecords"],
    }


def create_for_service(cloud: Google, new: Props) -> tuple[str, Props]:
    """Map a domain to a service."""
    project = cloud.project_of(new)
    # The provider takes the labels and annotations beside what it adds itself.
    metadata = {"name": new["name"], **new.get("metadata", {}), "namespace": project}
    body = {
        "apiVersion": "domains.cloudrun.com/v1",
        "kind": "DomainMapping",
        "metadata": metadata,
        "spec": new["spec"],
    }
    with refused(cloud, "Error creating DomainMapping"):
        live = cloud.rest.ask("run", "POST", f"{RUN}/namespaces/{project}/domainmappings", body)
    id = f"locations/{new['location']}/namespaces/{project}/domainmappings/{new['name']}"
    return id, _service_outputs(project, live)


def read_for_service(cloud: Google, id: str) -> Props | None:
    """By id: ``locations/LOCATION/namespaces/PROJECT/domainmappings/DOMAIN``."""
    _, location, _, project, _, domain = id.split("/")
    live = cloud.live("run", f"{RUN}/namespaces/{project}/domainmappings/{domain}")
    if live is None:
        return None
    spec = {key: live["spec"][key] for key in ("routeName", "certificateMode") if key in live["spec"]}
    return {
        "location": location,
        "name": domain,
        "metadata": {"namespace": project},
        "spec": spec,
        **_service_outputs(project, live),
    }


def delete_for_service(cloud: Google, id: str, _old: Props) -> None:
    """Let the domain lead nowhere."""
    _, _, _, project, _, domain = id.split("/")
    path = f"{RUN}/namespaces/{project}/domainmappings/{domain}"
    if cloud.live("run", path) is not None:
        with refused(cloud, "Error deleting DomainMapping"):
            cloud.rest.ask("run", "DELETE", path)


def service_defaults(new: Props) -> Props:
    """The provider's: a certificate that Google keeps."""
    spec = new.get("spec")
    return {**new, "spec": {"certificateMode": "AUTOMATIC", **spec}} if isinstance(spec, dict) else new


def _service_outputs(project: str, live: Props) -> Props:
    status = live["status"]
    outputs = ("mappedRouteName", "observedGeneration", "resourceRecords", "conditions")
    return {"project": project, "statuses": [{key: status[key] for key in outputs}]}


def dispatch(cloud: Google, new: Props) -> tuple[str, Props]:
    """Say which service answers for which domain, in place of what an application had."""
    project = cloud.project_of(new)
    rules = [{"path": "/*", "domain": "*", **rule} for rule in new["dispatchRules"]]
    _dispatch(cloud, project, rules)
    return project, {"project": project}


def read_dispatch(cloud: Google, id: str) -> Props | None:
    """By id: the project's; an application without rules has none."""
    live = cloud.live("appengine", f"v1/apps/{id}")
    rules = (live or {}).get("dispatchRules")
    return {"project": id, "dispatchRules": rules} if rules else None


def change_dispatch(cloud: Google, _id: str, _old: Props, new: Props) -> Props:
    """As :func:`dispatch`."""
    return dispatch(cloud, new)[1]


def forget_dispatch(cloud: Google, id: str, _old: Props) -> None:
    """The default service answers for every domain again."""
    if cloud.live("appengine", f"v1/apps/{id}") is not None:
        _dispatch(cloud, id, [])


def _dispatch(cloud: Google, project: str, rules: list[Props]) -> None:
    with refused(cloud, "Error creating ApplicationUrlDispatchRules"):
        body = {"dispatchRules": rules}
        cloud.rest.act("appengine", "v1", "PATCH", f"apps/{project}", body, updateMask="dispatchRules")


HANDLERS = {
    "gcp:appengine/domainMapping:DomainMapping": Handler(
        calls=Calls(create=create, read=read, delete=delete),
        defaults=lambda new: {"overrideStrategy": "STRICT", **new},
        identify=placed("apps/{project}/domainMappings/{domainName}"),
        settled=frozenset({"sslSettings"}),
        computed=frozenset({"name", "resourceRecords"}),
    ),
    "gcp:cloudrun/domainMapping:DomainMapping": Handler(
        calls=Calls(create=create_for_service, read=read_for_service, delete=delete_for_service),
        identify=placed("locations/{location}/namespaces/{project}/domainmappings/{name}"),
        defaults=service_defaults,
        auto_name="name",
        settled=frozenset({"metadata"}),
        computed=frozenset({"statuses"}),
    ),
    "gcp:appengine/applicationUrlDispatchRules:ApplicationUrlDispatchRules": Handler(
        calls=Calls(create=dispatch, read=read_dispatch, update=change_dispatch, delete=forget_dispatch),
        replace_on=frozenset({"project"}),
        identify=placed("{project}"),
        overwrites=True,
    ),
}
