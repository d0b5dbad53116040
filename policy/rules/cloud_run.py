"""Google Cloud Run: who may call a service."""

from collections.abc import Iterator, Mapping

from policy.grants import public_members
from policy.model import Context, Resource, rule
from policy.values import fault

IAM_DISABLED = "run.googleapis.com/invoker-iam-disabled"
"""The annotation by which Cloud Run's first API checks no caller."""


@rule(
    "gcp-run-private",
    source="Checkov CKV_GCP_102",
    remedy="Say access: private and grant roles/run.invoker, or ask for an exception with a day it ends.",
    types=(*("gcp:cloudrunv2/*", "gcp:cloudrun/*"),),
    worst={"members?|policyData": ("allUsers",), "invokerIamDisabled": (True,)},
)
def private(resource: Resource, context: Context) -> Iterator[str]:
    """Cloud Run services are called by those who are named.

    Every request of anybody starts an instance, which is paid for.

    Callers are named; a sandbox's service answers on this machine alone.
    """
    if context.sandbox:
        return
    if resource.get("invokerIamDisabled") is True:
        yield fault("invokerIamDisabled", True, "false")
    annotations = resource.get("metadata.annotations")
    if isinstance(annotations, Mapping) and str(annotations.get(IAM_DISABLED)).lower() == "true":
        yield fault(IAM_DISABLED, "true", "false")
    for member in public_members(resource):
        yield fault("a member", member, "those who are to call it, by name")


RULES = (private,)
