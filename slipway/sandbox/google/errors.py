"""Errors as Google's APIs answer them: https://cloud.google.com/apis/design/errors."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

STATUS: Mapping[int, tuple[str, str]] = {
    400: ("INVALID_ARGUMENT", "badRequest"),
    401: ("UNAUTHENTICATED", "authError"),
    403: ("PERMISSION_DENIED", "forbidden"),
    404: ("NOT_FOUND", "notFound"),
    409: ("ALREADY_EXISTS", "alreadyExists"),
    412: ("FAILED_PRECONDITION", "conditionNotMet"),
    429: ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    500: ("INTERNAL", "backendError"),
    501: ("UNIMPLEMENTED", "notImplemented"),
    503: ("UNAVAILABLE", "backendError"),
}
"""HTTP's status -> the canonical one, and the reason that the older form of an error gives."""
CODES: Mapping[str, int] = {
    "CANCELLED": 1,
    "UNKNOWN": 2,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}
"""The canonical statuses by number: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto."""
API_TITLES = {
    "appengine.googleapis.com": "App Engine Admin API",
    "artifactregistry.googleapis.com": "Artifact Registry API",
    "cloudbuild.googleapis.com": "Cloud Build API",
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "cloudscheduler.googleapis.com": "Cloud Scheduler API",
    "compute.googleapis.com": "Compute Engine API",
    "dataflow.googleapis.com": "Dataflow API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "logging.googleapis.com": "Cloud Logging API",
    "monitoring.googleapis.com": "Cloud Monitoring API",
    "pubsub.googleapis.com": "Cloud Pub/Sub API",
    "run.googleapis.com": "Cloud Run Admin API",
    "secretmanager.googleapis.com": "Secret Manager API",
    "sqladmin.googleapis.com": "Cloud SQL Admin API",
    "storage.googleapis.com": "Cloud Storage API",
}


class ApiError(Exception):
    """A refusal: ``code`` is HTTP's, ``status`` the canonical one, ``reason`` the older form's."""

    def __init__(
        self, code: int, message: str, *, status: str = "", reason: str = "", details: Sequence[Json] = ()
    ) -> None:
        super().__init__(message)
        usual = STATUS.get(code, ("UNKNOWN", "backendError"))
        self.code, self.message = code, message
        self.status, self.reason, self.details = status or usual[0], reason or usual[1], tuple(details)

    @classmethod
    def of_rpc(cls, error: Json) -> "ApiError":
        """What an operation carries, as a refusal of a request: the other way of :meth:`rpc`."""
        status = next((name for name, number in CODES.items() if number == error["code"]), "UNKNOWN")
        code = next((code for code, (name, _) in STATUS.items() if name == status), 400)
        return cls(code, error["message"], status=status, details=error.get("details", ()))

    def body(self) -> Json:
        """The answer."""
        old = {"message": self.message, "domain": "global", "reason": self.reason}
        error = {"code": self.code, "message": self.message, "errors": [old], "status": self.status}
        return {"error": {**error, **({"details": list(self.details)} if self.details else {})}}

    def rpc(self) -> Json:
        """As an operation carries it: google.rpc.Status."""
        return {
            "code": CODES.get(self.status, 2),
            "message": self.message,
            **({"details": list(self.details)} if self.details else {}),
        }


def unserved(method: str, path: str) -> ApiError:
    """Of what Google has and the sandbox does not."""
    return ApiError(501, f"{method} /{path} is not served by the sandbox: docs/less-than-the-cloud.md lists what is")


def missing(name: str) -> ApiError:
    """A thing that is not there, in the words of most APIs."""
    return ApiError(404, f"Resource '{name}' was not found.")


def not_yours(project: str) -> ApiError:
    """Google does not tell a project that is gone from one that is not yours."""
    return ApiError(403, f"Permission denied on resource project {project}.", details=[_info(
        "CONSUMER_INVALID", {"consumer": f"projects/{project}"}
    )])  # fmt: skip


def disabled(api: str, project: str, number: str) -> ApiError:
    """https://cloud.google.com/apis/docs/troubleshooting: SERVICE_DISABLED, also for minutes after it was enabled."""
    title = API_TITLES.get(api, api)
    url = f"https://console.developers.google.com/apis/api/{api}/overview?project={number}"
    message = (
        f"{title} has not been used in project {number} before or it is disabled. Enable it by visiting {url} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry."
    )
    metadata = {
        "service": api,
        "serviceTitle": title,
        "consumer": f"projects/{project}",
        "containerInfo": number,
        "activationUrl": url,
    }
    links = [{"description": "Google developers console API activation", "url": url}]
    help = {"@type": "type.googleapis.com/google.rpc.Help", "links": links}
    return ApiError(403, message, reason="accessNotConfigured", details=[help, _info("SERVICE_DISABLED", metadata)])


def unpaid_service(number: str, apis: Sequence[str]) -> ApiError:
    """https://cloud.google.com/service-usage/docs/reference/rest/v1/services/enable: UREQ_PROJECT_BILLING_NOT_FOUND."""
    names = ", ".join(apis)
    violation = {
        "type": "googleapis.com/billing-enabled",
        "subject": f"?error_code=390001&project={number}&services={','.join(apis)}",
        "description": f"Billing account for project '{number}' is not found.",
    }
    failure = {"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [violation]}
    info = _info("UREQ_PROJECT_BILLING_NOT_FOUND", {"resource": f"projects/{number}", "services": names})
    return ApiError(
        400,
        f"Billing account for project '{number}' is not found. Billing must be enabled for activation of service(s) "
        f"'{names}' to proceed.",
        status="FAILED_PRECONDITION",
        reason="failedPrecondition",
        details=[failure, info],
    )


def _info(reason: str, metadata: Mapping[str, str]) -> Json:
    domain = "serviceusage.googleapis.com" if reason.startswith("UREQ") else "googleapis.com"
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": dict(metadata),
    }
