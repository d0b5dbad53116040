"""The account by which something outside of a Cloud Run service calls it, and may do nothing else."""

import pulumi
from pulumi_gcp import cloudrunv2, serviceaccount

from components.gcp.project import GcpProject


def service_caller(
    name: str,
    *,
    project: GcpProject,
    region: str,
    service: cloudrunv2.Service,
    account_id: str,
    does: str,
    parent: pulumi.Resource,
) -> tuple[serviceaccount.Account, cloudrunv2.ServiceIamMember]:
    """Declare the account and its right. ``account_id`` is cut to Google's 30 characters; ``does`` is for people."""
    caller = serviceaccount.Account(
        name,
        project=project.project_id,
        account_id=account_id[:30].rstrip("-"),
        display_name=does,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[project.api("iam.googleapis.com")]),
    )
    may_call = cloudrunv2.ServiceIamMember(
        f"{name}-may-call",
        project=project.project_id,
        location=region,
        name=service.name,
        role="roles/run.invoker",
        member=caller.member,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return caller, may_call
