"""Google Cloud Run: who may call a service."""

from collections.abc import Iterator

from policy.grants import PUBLIC, grants
from policy.model import Context, Resource, Rule
from policy.values import fault, text

SERVICE = "gcp:cloudrunv2/service:Service"


def private(resource: Resource, context: Context) -> Iterator[str]:
    """Callers are named; a sandbox's service answers on this machine alone."""
    if context.sandbox:
        return
    if resource.type == SERVICE:
        if resource.get("invokerIamDisabled") is True:
            yield fault("invokerIamDisabled", True, "false")
        return
    for grant in grants(resource):
        if text(grant.member) and grant.member in PUBLIC:
            yield fault("a member", grant.member, "those who are to call it, by name")


RULES = (
    Rule(
        id="gcp-run-private",
        level="mandatory",
        title="Cloud Run services are called by those who are named",
        rationale="Every request of anybody starts an instance, which is paid for.",
        source="Checkov CKV_GCP_102",
        remedy="Say access: private and grant roles/run.invoker, or ask for an exception with a day it ends.",
        types=(
            SERVICE,
            "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
            "gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding",
            "gcp:cloudrunv2/serviceIamPolicy:ServiceIamPolicy",
        ),
        check=private,
    ),
)
