"""What the clouds offer, as far as this project uses it. A new name is a new entry here."""

from slipway.catalog.offers import APP_ENGINE_REGIONS, BEANSTALK_STACKS, PYTHONS

GCP_REGIONS = APP_ENGINE_REGIONS
__all__ = ["BEANSTALK_STACKS", "ENVIRONMENTS", "GCP_APIS", "GCP_REGIONS", "PYTHONS", "REAL", "REQUIRED_APIS"]


def _names(text: str, suffix: str = "") -> frozenset[str]:
    return frozenset(name + suffix for name in text.split())


ENVIRONMENTS = ("sandbox", "dev", "staging", "prod")
REAL = ENVIRONMENTS[1:]
"""Those whose stacks are in a cloud."""

REQUIRED_APIS = _names(
    "appengine artifactregistry cloudbuild cloudresourcemanager containerscanning iam logging serviceusage storage",
    ".googleapis.com",
)
"""What the components of this program call."""

GCP_APIS = REQUIRED_APIS | _names(
    """
    aiplatform bigquery billingbudgets cloudbilling clouderrorreporting cloudfunctions cloudkms cloudscheduler
    cloudtasks cloudtrace compute container dataflow datastore dns eventarc firestore iamcredentials iap
    monitoring pubsub redis run secretmanager servicenetworking sqladmin sts vpcaccess workflows
    """,
    ".googleapis.com",
)
"""https://cloud.google.com/apis/docs/cloud-client-libraries; `gcloud services list --available` has them all."""
