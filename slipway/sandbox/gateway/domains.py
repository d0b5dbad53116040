"""Domains of one's own: to which of the platforms' own names each leads, by the gateway's port."""

from collections.abc import Callable, Mapping
from pathlib import Path

from slipway.sandbox.appengine import routes
from slipway.sandbox.google import domain_mappings
from slipway.sandbox.http.guard import Names, no_other
from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.sandbox.stores import domains
from slipway.sandbox.stores.google import Store, store_path


def at_front(state_folder: Path, domain: str) -> str:
    """The name of the app on App Engine, Cloud Run or Beanstalk that a domain leads to; "" where it leads nowhere."""
    return _at_google(state_folder, domain) or _at_aws(state_folder, "front", domain)


def at_aws(state_folder: Path, domain: str) -> str:
    """A domain that API Gateway answers for, which knows the rest."""
    return _at_aws(state_folder, "aws", domain)


def at_pythonanywhere(state_folder: Path, domain: str) -> str:
    """A domain that a web app is at."""
    place = folder(state_folder)
    return domain if place.exists() and domain in World(place).read()["webapps"] else ""


def _at_google(state_folder: Path, domain: str) -> str:
    if not store_path(state_folder).exists():
        return ""
    store = Store(store_path(state_folder))
    mapping = store.get(domain_mappings.APP_ENGINE, domain)
    application = mapping and store.get("application", mapping.project)
    if mapping and application:
        rules = application.body.get("dispatchRules") or ()
        service = next((rule["service"] for rule in rules if rule["domain"] == domain), "default")
        host = routes.hostname(mapping.project, application.body["locationId"], 0)
        return host if service == "default" else f"{service}-dot-{host}"
    mapping = store.get(domain_mappings.CLOUD_RUN, domain)
    service = mapping and store.get("run_service", mapping.body["service"])
    return str(service.body["host"]) if service else ""


def _at_aws(state_folder: Path, port: str, domain: str) -> str:
    if not domains.path(state_folder).exists():
        return ""
    return domains.Domains(state_folder).host(port, domain)


PORTS: Mapping[str, Callable[[Path, str], str]] = {
    "aws": at_aws,
    "front": at_front,
    "pythonanywhere": at_pythonanywhere,
}
"""By the gateway's port."""


def names(state_folder: Path, port: str) -> Names:
    """Whether a port answers as a domain."""
    leads_to = PORTS.get(port)
    return no_other if leads_to is None else lambda host: bool(leads_to(state_folder, host))
