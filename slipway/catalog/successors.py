"""Platforms that a user may ask for by name and that cannot be had any more, each with its successor."""

import re
from collections.abc import Mapping

TAKE = "take beanstalk or lambda on AWS, or cloud-run, which runs a container"
FUNCTIONS = "Cloud Functions' first generation is closed, and the second is a part of Cloud Run: take cloud-run"

SUCCESSORS: Mapping[str, str] = {
    # https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html
    "apprunner": "AWS App Runner has taken no new customers since 30 April 2026; its successor at AWS is ECS Express "
    f"Mode. Slipway deploys to neither: {TAKE}",
    "ecsexpress": f"Slipway does not deploy to ECS Express Mode: {TAKE}",
    "ecsexpressmode": f"Slipway does not deploy to ECS Express Mode: {TAKE}",
    # https://cloud.google.com/functions/docs/concepts/version-comparison
    "cloudfunctions": FUNCTIONS,
    "cloudfunctionsv1": FUNCTIONS,
    "gcf": FUNCTIONS,
}
"""Name without spaces and hyphens, in lower case → a sentence."""

# https://cloud.google.com/appengine/docs/standard/lifecycle/support-schedule
FIRST_GENERATION = frozenset({"python", "python25", "python27"})
"""App Engine's runtimes of the first generation, by the word for them in ``app.yaml``."""
PYTHONS_OF_OLD = FIRST_GENERATION | {"2", "2.5", "2.7", "python2.7"}
"""Words for the Pythons of these runtimes."""


def successor(name: str) -> str:
    """What to take in the place of a platform that is closed, as a sentence; empty if none is known by the name."""
    return SUCCESSORS.get(re.sub(r"^(aws|google)|[^a-z0-9]", "", name.lower()), "")
