"""A repository is made, changed and removed; its format comes as a number."""

from common import PLACE, client, project, same
from google.cloud.artifactregistry_v1 import ArtifactRegistryClient, Repository

project("artifactregistry")
registry = client(ArtifactRegistryClient, "artifactregistry")
asked = Repository(format_=Repository.Format.DOCKER)
repository = registry.create_repository(parent=PLACE, repository_id="images", repository=asked).result(timeout=10)
same(repository.format_, Repository.Format.DOCKER)
changed = registry.update_repository(
    repository={"name": repository.name, "description": "of the apps"}, update_mask={"paths": ["description"]}
)
same(changed.description, "of the apps")
registry.delete_repository(name=repository.name).result(timeout=10)
same(list(registry.list_repositories(parent=PLACE)), [])
