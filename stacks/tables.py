"""What the clouds offer, as far as this project uses it. A new name is a new entry here."""


def _names(text: str, suffix: str = "") -> frozenset[str]:
    return frozenset(name + suffix for name in text.split())


ENVIRONMENTS = ("sandbox", "dev", "staging", "prod")
REAL = ENVIRONMENTS[1:]
"""Those whose stacks are in a cloud."""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Versions that both Lambda and App Engine offer and maintain.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html,
https://cloud.google.com/appengine/docs/standard/lifecycle/support-schedule
"""

BEANSTALK_STACKS = {
    python: f"64bit Amazon Linux 2023 v4.13.1 running Python {python}" for python in ("3.11", "3.12", "3.13", "3.14")
}
"""Python -> the platform's version that the sandbox's environments begin with. A real stack asks AWS for the newest.

https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html
"""

GCP_REGIONS = _names(
    """
    asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-southeast1 asia-southeast2
    australia-southeast1 europe-central2 europe-west1 europe-west2 europe-west3 europe-west6
    northamerica-northeast1 southamerica-east1 us-central1 us-east1 us-east4 us-west1 us-west2 us-west3 us-west4
    """
)
"""Regions with App Engine: https://cloud.google.com/appengine/docs/standard/locations"""

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
