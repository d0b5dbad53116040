"""What Pulumi's own Google plugin makes on the sandbox: a paid project, its APIs, and something of each of them."""

import pulumi
import pulumi_gcp as gcp

description = pulumi.Config().get("description") or "first"
project = gcp.organizations.Project(
    "project",
    project_id="plugin-project",
    name="Plugin",
    billing_account="00ABCD-012345-6789EF",
    deletion_policy="DELETE",
)
services = [
    gcp.projects.Service(name, project=project.project_id, service=f"{name}.googleapis.com", disable_on_destroy=False)
    for name in ("artifactregistry", "cloudscheduler", "compute", "iam", "pubsub", "secretmanager")
]
options = pulumi.ResourceOptions(depends_on=services)
account = gcp.serviceaccount.Account(
    "account", project=project.project_id, account_id="runner", description=description, opts=options
)
gcp.projects.IAMMember("viewer", project=project.project_id, role="roles/viewer", member=account.member)
network = gcp.compute.Network("network", project=project.project_id, auto_create_subnetworks=False, opts=options)
gcp.compute.Subnetwork(
    "subnetwork",
    project=project.project_id,
    region="europe-west1",
    network=network.id,
    ip_cidr_range="10.0.0.0/24",
    private_ip_google_access=True,
)
gcp.compute.Firewall(
    "inside",
    project=project.project_id,
    network=network.id,
    allows=[{"protocol": "tcp", "ports": ["1-2"]}],
    source_ranges=["10.0.0.0/8"],
)
gcp.artifactregistry.Repository(
    "images",
    project=project.project_id,
    location="europe-west1",
    repository_id="images",
    format="DOCKER",
    description=description,
    opts=options,
)
gcp.cloudscheduler.Job(
    "nightly",
    project=project.project_id,
    region="europe-west1",
    schedule="0 3 * * *",
    http_target={"uri": "https://example.com/", "http_method": "GET"},
    opts=options,
)
secret = gcp.secretmanager.Secret(
    "key", project=project.project_id, secret_id="key", replication={"auto": {}}, opts=options
)
gcp.secretmanager.SecretVersion("key", secret=secret.id, secret_data="one")
topic = gcp.pubsub.Topic("orders", project=project.project_id, name="orders", opts=options)
gcp.pubsub.Subscription("jobs", project=project.project_id, name="jobs", topic=topic.id)
