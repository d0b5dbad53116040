"""Where clients that others wrote find the sandbox's Google APIs: each has its own names and forms for that."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from slipway.catalog import dataflow_jobs
from slipway.sandbox.google import regions

OVERRIDE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"

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
    "logging": "logging/",
    "pubsub": "pubsub/",
    "secretmanager": "secretmanager/",
    "serviceusage": "serviceusage/",
    "sql": "sqladmin/",
    "storage": "storage/v1/",
}
"""API, as ``gcloud`` names it in its property ``api_endpoint_overrides/API`` -> what follows the server's address."""

PLUGIN: Mapping[str, str] = {
    "APP_ENGINE": "appengine/v1/",
    "ARTIFACT_REGISTRY": "artifactregistry/v1/",
    "BILLING_BUDGETS": "billingbudgets/v1/",
    "CLOUD_BILLING": "cloudbilling/v1/",
    "CLOUD_RUN_V2": "run/v2/",
    "CLOUD_SCHEDULER": "cloudscheduler/v1/",
    "COMPUTE": "compute/compute/v1/",
    "DATAFLOW": "dataflow/v1b3/",
    "IAM_BETA": "iam/v1/",
    "LOGGING": "logging/v2/",
    "MONITORING": "monitoring/",
    "PUBSUB": "pubsub/v1/",
    "RESOURCE_MANAGER": "cloudresourcemanager/v1/",
    "RESOURCE_MANAGER_V3": "cloudresourcemanager/v3/",
    "SECRET_MANAGER": "secretmanager/v1/",
    "SERVICE_USAGE": "serviceusage/v1/",
    "SQL": "sqladmin/sql/v1beta4/",
    "TAGS": "cloudresourcemanager/v3/",
}
"""API, as the plugin names it in ``GOOGLE_…_CUSTOM_ENDPOINT`` -> what follows the server's address.

https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference#custom-endpoints
"""


def gcloud(address: str) -> dict[str, str]:
    """The variables by which ``gcloud`` comes here.

    ``gcloud run`` puts the region and a hyphen before the host that it is given, a name which no resolver needs to
    know: the port is gcloud's proxy too, for its own address alone.
    """
    port = urlsplit(address).port
    return {
        **{f"{OVERRIDE}{name.upper()}": f"{address}/{path}" for name, path in GCLOUD.items()},
        f"{OVERRIDE}RUN": f"http://{regions.HOST}:{port}/run/",
        "CLOUDSDK_PROXY_TYPE": "http",
        "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
        "CLOUDSDK_PROXY_PORT": str(port),
    }


def provider(address: str) -> dict[str, str]:
    """The variables by which the program and Google's provider come here."""
    return {dataflow_jobs.ENDPOINT: f"{address}/dataflow/v1b3/"}


def plugin(address: str, storage: str) -> dict[str, str]:
    """The variables by which Pulumi's own Google plugin acts here, for what :data:`PLUGIN` has."""
    endpoints = {f"GOOGLE_{name}_CUSTOM_ENDPOINT": f"{address}/{path}" for name, path in PLUGIN.items()}
    return {
        **endpoints,
        "GOOGLE_STORAGE_CUSTOM_ENDPOINT": f"{storage}/storage/v1/",
        "PULUMI_GCP_SKIP_REGION_VALIDATION": "true",
    }
