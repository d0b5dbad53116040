"""Where clients that others wrote find the sandbox's Google APIs: each has its own names and forms for that."""

from collections.abc import Mapping

from slipway.catalog import dataflow_jobs

GCLOUD: Mapping[str, str] = {
    "appengine": "appengine/",
    "artifactregistry": "artifactregistry/",
    "billingbudgets": "billingbudgets/",
    "cloudbilling": "cloudbilling/",
    "cloudresourcemanager": "cloudresourcemanager/",
    "cloudscheduler": "cloudscheduler/",
    "compute": "compute/compute/v1/",
    "dataflow": "dataflow/",
    "iam": "iam/",
    "pubsub": "pubsub/",
    "run": "run/",
    "secretmanager": "secretmanager/",
    "serviceusage": "serviceusage/",
}
"""API, as ``gcloud`` names it in its property ``api_endpoint_overrides/API`` -> what follows the server's address."""


def gcloud(address: str) -> dict[str, str]:
    """The variables by which ``gcloud`` comes here."""
    return {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name.upper()}": f"{address}/{path}" for name, path in GCLOUD.items()}


def provider(address: str) -> dict[str, str]:
    """The variables by which the program and Google's provider come here."""
    return {dataflow_jobs.ENDPOINT: f"{address}/dataflow/v1b3/"}
