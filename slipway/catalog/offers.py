"""What the clouds offer, as far as this project uses it; a new name is a new entry here.

`slipway doctor --facts` compares it with the clouds themselves.
"""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Versions that both Lambda and App Engine offer and maintain.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html,
https://cloud.google.com/appengine/docs/standard/lifecycle/support-schedule
"""

BEANSTALK_STACKS = {python: f"64bit Amazon Linux 2023 v4.13.1 running Python {python}" for python in PYTHONS}
"""Python -> the platform's version that the sandbox's environments begin with. A real stack asks AWS for the newest.

https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html
"""

APP_ENGINE_REGIONS = frozenset(
    {
        *("asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3", "asia-south1"),
        *("asia-southeast1", "asia-southeast2", "australia-southeast1", "europe-central2", "europe-west1"),
        *("europe-west2", "europe-west3", "europe-west6", "northamerica-northeast1", "southamerica-east1"),
        *("us-central1", "us-east1", "us-east4", "us-west1", "us-west2", "us-west3", "us-west4"),
    }
)
"""Regions with App Engine: https://cloud.google.com/appengine/docs/standard/locations"""

APP_ENGINE_NAMES = {"europe-west": "europe-west1", "us-central": "us-central1"}
"""Locations that App Engine's own API calls by an older name: https://cloud.google.com/appengine/docs/standard/locations"""

LAMBDA_CONCURRENCY = 1000
"""Executions at once that an account begins with in a region; a new account has fewer until it asks:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
LAMBDA_UNZIPPED = 262_144_000
"""Bytes of an unzipped artifact: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
