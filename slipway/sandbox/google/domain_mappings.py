"""Domains of one's own: App Engine's mappings (Admin v1) and Cloud Run's (v1), which give the records to set.

https://cloud.google.com/appengine/docs/admin-api/reference/rest/v1/apps.domainMappings,
https://cloud.google.com/run/docs/reference/rest/v1/namespaces.domainmappings.

Google asks who deploys to have shown that the domain is theirs, and issues a certificate once the records are set;
neither is asked here.
"""

import zlib

from slipway.sandbox.google import operations
from slipway.sandbox.google.cloud import stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Call, Route
from slipway.sandbox.stores.google import Record, Transaction

APP_ENGINE, CLOUD_RUN = "domain_mapping", "run_domain_mapping"
ADDRESSES = {
    "A": ("216.239.32.21", "216.239.34.21", "216.239.36.21", "216.239.38.21"),
    "AAAA": ("2001:4860:4802:32::15", "2001:4860:4802:34::15", "2001:4860:4802:36::15", "2001:4860:4802:38::15"),
}
"""https://cloud.google.com/appengine/docs/standard/mapping-custom-domains."""
GOOGLE = "ghs.googlehosted.com."
TYPE = "type.googleapis.com/google.appengine.v1."


def records(domain: str) -> list[Json]:
    """What leads a domain to Google: addresses at the top of one, another name below it."""
    if domain.count(".") > 1:
        return [{"name": domain.partition(".")[0], "rrdata": GOOGLE, "type": "CNAME"}]
    return [{"rrdata": address, "type": kind} for kind, addresses in ADDRESSES.items() for address in addresses]


def create(call: Call) -> Json:
    """Map a domain to an application; one that leads elsewhere is taken only with ``overrideStrategy=OVERRIDE``."""
    project, domain = call["app"], call.text("id")
    with call.cloud.store.transaction() as now:
        _application(call, now)
        _free(now, domain, override=call.query.get("overrideStrategy") == "OVERRIDE")
        method = (call.body.get("sslSettings") or {}).get("sslManagementType", "AUTOMATIC")
        certificate = {"certificateId": str(zlib.crc32(domain.encode()))} if method == "AUTOMATIC" else {}
        body: Json = {"sslSettings": {"sslManagementType": method, **certificate}}
        now.put(APP_ENGINE, Record(domain, project, body))
        return _done(now, project, {"@type": f"{TYPE}DomainMapping", **_shown(project, domain, body)})


def get(call: Call) -> Json:
    """One of an application's mappings."""
    with call.cloud.store.transaction() as now:
        record = _there(call, now)
    return _shown(record.project, record.name, record.body)


def listed(call: Call) -> Json:
    """All of them."""
    with call.cloud.store.transaction() as now:
        _application(call, now)
        mappings = now.all(APP_ENGINE, call["app"])
    return call.page("domainMappings", [_shown(one.project, one.name, one.body) for one in mappings])


def delete(call: Call) -> Json:
    """Let a domain lead nowhere."""
    with call.cloud.store.transaction() as now:
        record = _there(call, now)
        now.drop(APP_ENGINE, record.name)
        return _done(now, record.project, {"@type": "type.googleapis.com/google.protobuf.Empty"})


def create_for_service(call: Call) -> Json:
    """Map a domain to a service on Cloud Run."""
    metadata, spec = call.body.get("metadata") or {}, call.body.get("spec") or {}
    domain, service = str(metadata.get("name") or ""), str(spec.get("routeName") or "")
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], "run.googleapis.com").id
        _free(now, domain, override=bool(spec.get("forceOverride")))
        places = [record.name for record in now.all("run_service", project) if record.name.endswith(f"/{service}")]
        if not places:
            raise ApiError(404, f"Resource '{service}' of kind 'ROUTE' in region does not exist")
        body = {
            "apiVersion": "domains.cloudrun.com/v1",
            "kind": "DomainMapping",
            "metadata": {
                **metadata,
                "namespace": project,
                "generation": 1,
                "creationTimestamp": stamp(),
                "selfLink": f"/apis/domains.cloudrun.com/v1/namespaces/{project}/domainmappings/{domain}",
            },
            "spec": {"certificateMode": "AUTOMATIC", **spec},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "mappedRouteName": service,
                "observedGeneration": 1,
                "resourceRecords": records(domain),
            },
        }
        now.put(CLOUD_RUN, Record(domain, project, {**body, "service": places[0]}))
        return body


def get_for_service(call: Call) -> Json:
    """One of a project's."""
    with call.cloud.store.transaction() as now:
        return {key: value for key, value in _service_there(call, now).body.items() if key != "service"}


def delete_for_service(call: Call) -> Json:
    """Let a domain lead nowhere."""
    with call.cloud.store.transaction() as now:
        now.drop(CLOUD_RUN, _service_there(call, now).name)
    return {"status": "Success"}


def _application(call: Call, now: Transaction) -> None:
    usable(call.cloud, now, call["app"], "appengine.googleapis.com")
    if not now.taken("application", call["app"]):
        raise ApiError(404, f'Could not find Application "{call["app"]}".')


def _free(now: Transaction, domain: str, *, override: bool) -> None:
    if any(now.taken(kind, domain) for kind in (APP_ENGINE, CLOUD_RUN)) and not override:
        raise ApiError(409, f"Domain '{domain}' is already mapped to another resource.")
    for kind in (APP_ENGINE, CLOUD_RUN):
        now.drop(kind, domain)


def _there(call: Call, now: Transaction) -> Record:
    _application(call, now)
    record = now.get(APP_ENGINE, call["domain"])
    if record is None or record.project != call["app"]:
        raise ApiError(404, f"Could not find domain mapping '{call['domain']}'.")
    return record


def _service_there(call: Call, now: Transaction) -> Record:
    project = usable(call.cloud, now, call["project"], "run.googleapis.com").id
    record = now.get(CLOUD_RUN, call["domain"])
    if record is None or record.project != project:
        raise ApiError(404, f"Resource '{call['domain']}' of kind 'DOMAIN_MAPPING' does not exist")
    return record


def _shown(project: str, domain: str, body: Json) -> Json:
    return {
        "name": f"apps/{project}/domainMappings/{domain}",
        "id": domain,
        **body,
        "resourceRecords": records(domain),
    }


def _done(now: Transaction, project: str, response: Json) -> Json:
    return operations.done(now, f"apps/{project}/operations/{operations.unique()}", project, response)


_M = "v1/apps/{app}/domainMappings"
_ID = "appengine.apps.domainMappings."
OF_APPLICATIONS = (
    Route("POST", _M, create, f"{_ID}create"),
    Route("GET", _M, listed, f"{_ID}list"),
    Route("GET", f"{_M}/{{domain}}", get, f"{_ID}get"),
    Route("DELETE", f"{_M}/{{domain}}", delete, f"{_ID}delete"),
)
_R = "apis/domains.cloudrun.com/v1/namespaces/{project}/domainmappings"
_RID = "run.namespaces.domainmappings."
OF_SERVICES = (
    Route("POST", _R, create_for_service, f"{_RID}create"),
    Route("GET", f"{_R}/{{domain}}", get_for_service, f"{_RID}get"),
    Route("DELETE", f"{_R}/{{domain}}", delete_for_service, f"{_RID}delete"),
)
