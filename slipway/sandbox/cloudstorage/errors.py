"""What Cloud Storage answers when it refuses: https://cloud.google.com/storage/docs/json_api/v1/status-codes."""

from collections.abc import Mapping
from typing import Any

from slipway.sandbox.google.errors import API_TITLES

API = "storage.googleapis.com"


class StorageError(Exception):
    """A refusal: an HTTP status, Google's word for the reason, and the message."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        place: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self._place, self._more = place or {}, more or {}

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        one = {"message": self.message, "domain": "global", "reason": self.reason, **self._place}
        return {"error": {"code": self.status, "message": self.message, "errors": [one], **self._more}}


def invalid(message: str) -> StorageError:
    """A value that is not allowed."""
    return StorageError(400, "invalid", message)


def required(name: str) -> StorageError:
    """A parameter of the query that is not there."""
    place = {"locationType": "parameter", "location": name}
    return StorageError(400, "required", f"Required parameter: {name}", place=place)


def bucket_missing() -> StorageError:
    """The bucket is not there."""
    return StorageError(404, "notFound", "The specified bucket does not exist.")


def object_missing(bucket: str, name: str) -> StorageError:
    """The object, or the generation of it that was asked for, is not there."""
    return StorageError(404, "notFound", f"No such object: {bucket}/{name}")


def not_found() -> StorageError:
    """A path that the API does not have."""
    return StorageError(404, "notFound", "Not Found")


def not_served(what: str) -> StorageError:
    """A part of the API that the sandbox does not have."""
    return StorageError(501, "notImplemented", f"The sandbox's Cloud Storage does not serve {what}.")


def condition_not_met(header: str = "If-Match") -> StorageError:
    """https://cloud.google.com/storage/docs/request-preconditions."""
    message = "At least one of the pre-conditions you specified did not hold."
    return StorageError(412, "conditionNotMet", message, place={"locationType": "header", "location": header})


def api_off(number: str) -> StorageError:
    """https://cloud.google.com/apis/docs/troubleshooting: SERVICE_DISABLED, with its details."""
    address = f"https://console.developers.google.com/apis/api/{API}/overview?project={number}"
    message = (
        f"{API_TITLES[API]} has not been used in project {number} before or it is disabled. Enable it by visiting "
        f"{address} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to "
        "our systems and retry."
    )
    link = {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"description": "Google developers console API activation", "url": address}],
    }
    information = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {"service": API, "consumer": f"projects/{number}"},
    }
    return StorageError(
        403,
        "accessNotConfigured",
        message,
        more={"status": "PERMISSION_DENIED", "details": [link, information]},
        place={"extendedHelp": "https://console.developers.google.com"},
    )


def unpaid() -> StorageError:
    """https://cloud.google.com/storage/docs/troubleshooting: data costs, so the project has to be paid for."""
    message = "The billing account for the owning project is disabled in state absent"
    return StorageError(403, "accountDisabled", message)
