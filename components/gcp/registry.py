"""Artifact Registry for container images: private, immutable tags, scanned, the newest kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import artifactregistry

from components.gcp.project import GcpProject
from components.registry import Login, checked_keep


@dataclass(frozen=True, kw_only=True)
class ArtifactRegistryArgs:
    """A Docker repository in a project."""

    project: GcpProject
    region: str
    keep: int = 10
    """How many versions of each image to keep."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False

    def __post_init__(self) -> None:
        checked_keep(self.keep)


class ArtifactRegistry(pulumi.ComponentResource):
    """A :class:`components.registry.ContainerRegistry` on Google Cloud. It grants no access."""

    url: pulumi.Output[str]
    registry_name: pulumi.Output[str]

    def __init__(self, name: str, args: ArtifactRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:ArtifactRegistry", name, {}, opts)
        repository = artifactregistry.Repository(
            name,
            project=args.project.project_id,
            location=args.region,
            repository_id=name,
            format="DOCKER",
            docker_config={"immutable_tags": True},
            # Scanning is on where its API is: the repository inherits it from the project.
            vulnerability_scanning_config={"enablement_config": "INHERITED"},
            cleanup_policies=_keep_newest(args.keep),
            cleanup_policy_dry_run=False,
            deletion_policy="DELETE" if args.ephemeral else "PREVENT",
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not args.ephemeral,
                depends_on=[
                    args.project.api("artifactregistry.googleapis.com"),
                    args.project.api("containerscanning.googleapis.com"),
                ],
            ),
        )
        self.registry_name = repository.repository_id
        # Google's own answer, REGION-docker.pkg.dev/PROJECT/NAME: where images go is not guessed.
        self.url = repository.registry_uri
        self.register_outputs({"url": self.url, "registry_name": self.registry_name})

    def image_name(self, app: str, tag: str) -> pulumi.Output[str]:
        """An image of its own in the repository: ``URL/APP:TAG``."""
        return pulumi.Output.concat(self.url, f"/{app}:{tag}")

    def login(self) -> Login:
        """The access token of the deployer: it ends within the hour and is no key of an account."""
        # Only who pushes needs it, and the module takes a tenth of a second to import.
        from pulumi_gcp import organizations

        token = organizations.get_client_config_output().access_token
        # The name that goes with a token: https://cloud.google.com/artifact-registry/docs/docker/authentication#token
        server = self.url.apply(lambda url: url.partition("/")[0])
        return Login(server=server, username="oauth2accesstoken", password=pulumi.Output.secret(token))


def _keep_newest(keep: int) -> list[artifactregistry.RepositoryCleanupPolicyArgsDict]:
    """A policy that keeps wins over one that deletes, and does nothing without one."""
    return [
        {"id": "delete-the-rest", "action": "DELETE", "condition": {"tag_state": "ANY"}},
        {"id": "keep-newest", "action": "KEEP", "most_recent_versions": {"keep_count": keep}},
    ]
