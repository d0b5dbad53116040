"""A project that is paid for, with the APIs that the examples use."""

import pulumi
import pulumi_gcp as gcp

project = gcp.organizations.Project(
    "demo",
    project_id="pulumi-examples",
    name="examples",
    billing_account="00ABCD-012345-6789EF",
    deletion_policy="DELETE",
)
for api in ("compute", "cloudfunctions", "run", "sqladmin", "storage", "cloudbuild"):
    gcp.projects.Service(
        api,
        project=project.project_id,
        service=f"{api}.googleapis.com",
        disable_on_destroy=False,
        opts=pulumi.ResourceOptions(parent=project),
    )
