"""Every row of the sandbox's APIs is a method of Google's, at Google's path."""

import re

import pytest

from slipway.sandbox.google.apis import APIS
from slipway.sandbox.google.routing import Api
from tests.contract.google_cloud import documents
from tests.contract.google_cloud.page import PAGE, page


@pytest.mark.parametrize("api", APIS.values(), ids=lambda api: api.name)
def test_rows_are_googles_methods(api: Api) -> None:
    """The id is in the discovery document, with the same verb and the same path."""
    for route in api.routes:
        version = documents.version_of(route)
        method = documents.method(api.name, version, route.id)
        assert method is not None, f"{route.id} is not in {api.name}.{version}"
        assert method["httpMethod"] == route.verb, route.id
        described = documents.template(api.name, version, method)
        assert re.fullmatch(re.escape(described).replace(r"\{\}", "[^/:]+"), route.template), route.id


def test_no_method_that_clients_have_called_is_gone() -> None:
    """What `gcloud` and Google's Python clients call for the contract suite; calls that are not served are no part."""
    served = {route.id for api in APIS.values() for route in api.routes}
    lacking = {client: [id for id in ids if id not in served] for client, ids in documents.NEEDED.items()}
    assert not any(lacking.values()), lacking


def test_the_page_is_current() -> None:
    """docs/less-than-the-cloud.md says what is served; `python -m tests.contract.google_cloud.page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()
