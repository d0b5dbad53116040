"""The region that a call of Cloud Run's v1 is for, which its address says before the host and its path does not.

https://cloud.google.com/run/docs/reference/rest#service-endpoint: ``https://europe-west1-run.googleapis.com``.
"""

import re

HOST = "run.localhost"
"""In the place of ``run.googleapis.com``."""
REGIONAL = re.compile(r"(?P<region>[a-z]+(?:-[a-z]+)+[0-9]+)-run\.localhost(?::[0-9]+)?")


def of_host(host: str) -> str:
    """The region that a ``Host`` begins with; "" where it names none."""
    match = REGIONAL.fullmatch(host.lower())
    return match["region"] if match else ""
