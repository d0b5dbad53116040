"""Calls of Cloud Storage's JSON API, and its refusals in the words of the provider."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slipway.providers.google.rest import RestError
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.handler import CloudError, Props

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError

API = "storage.googleapis.com"


def ask(
    cloud: Google,
    method: str,
    path: str,
    *,
    doing: str,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    project: str = "",
) -> Props | None:
    """What a call answers; None where the thing is not there. Raises :class:`CloudError`.

    ``project`` is whose API may have been switched on a moment ago: a refusal for that is tried again.
    """
    from google.api_core.exceptions import GoogleAPICallError, NotFound, from_http_response

    def once() -> Props:
        address = f"{cloud.storage_host}/storage/v1{path}"
        response = cloud.session.request(method, address, params=dict(query or {}), json=body, timeout=60)
        if response.status_code >= 400:
            raise from_http_response(response)
        return response.json() if response.content else {}

    try:
        return cloud.retry(once)()
    except NotFound:
        return None
    except GoogleAPICallError as error:
        raise refused(error, doing, soon=bool(project) and _enabled(cloud, project)) from error


def refused(error: "GoogleAPICallError", doing: str, *, soon: bool = False) -> CloudError:
    """A refusal as the provider shows it."""
    document = _document(error)
    disabled = any(detail.get("reason") == "SERVICE_DISABLED" for detail in document.get("details", ()))
    reason = document["errors"][0]["reason"] if document.get("errors") else ""
    words = f"{reason} (SERVICE_DISABLED)" if disabled else reason
    return refusals.google(error.code or 0, document["message"], words, doing=doing, transient=disabled and soon)


def place(bucket: str, name: str | None = None) -> str:
    """The path of a bucket, or of an object in it."""
    return f"/b/{quote(bucket, safe='')}" + (f"/o/{quote(name, safe='')}" if name is not None else "")


def _document(error: "GoogleAPICallError") -> dict[str, Any]:
    try:
        return error.response.json()["error"]  # type: ignore[union-attr]
    except (AttributeError, ValueError, KeyError, TypeError):
        return {"message": error.message or str(error)}


def _enabled(cloud: Google, project: str) -> bool:
    try:
        service = cloud.rest.get("serviceusage", f"v1/projects/{project}/services/{API}")
    except RestError:
        return False
    return (service or {}).get("state") == "ENABLED"
