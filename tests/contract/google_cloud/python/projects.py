"""A project is made, found by its id, and its policy is changed under its etag."""

from common import PROJECT, client, same
from google.cloud.resourcemanager_v3 import ProjectsClient

projects = client(ProjectsClient, "cloudresourcemanager")
projects.create_project(project={"project_id": "demo-project", "display_name": "Demo"}).result(timeout=10)
same([each.project_id for each in projects.search_projects(query="id:demo-project")], ["demo-project"])
policy = projects.get_iam_policy(resource=PROJECT)
policy.bindings.add(role="roles/viewer", members=["user:ann@example.com"])
projects.set_iam_policy(request={"resource": PROJECT, "policy": policy})
roles = {binding.role for binding in projects.get_iam_policy(resource=PROJECT).bindings}
same(roles, {"roles/owner", "roles/viewer"})
