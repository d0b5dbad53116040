"""ECR repository: private, immutable tags, scanned on push, the newest kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import ecr

from components.registry import Login, checked_keep


@dataclass(frozen=True, kw_only=True)
class EcrRegistryArgs:
    """A repository of one account and region."""

    repository_name: str
    """Its name in ECR, unique in the account and region."""
    keep: int = 10
    """How many images to keep."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False

    def __post_init__(self) -> None:
        checked_keep(self.keep)


class EcrRegistry(pulumi.ComponentResource):
    """A :class:`components.registry.ContainerRegistry` on AWS."""

    url: pulumi.Output[str]
    registry_name: pulumi.Output[str]

    def __init__(self, name: str, args: EcrRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:EcrRegistry", name, {}, opts)
        repository = ecr.Repository(
            name,
            name=args.repository_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "AES256"}],
            # ECR refuses to delete a repository that holds images.
            force_delete=args.ephemeral,
            tags=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self, protect=not args.ephemeral),
        )
        ecr.LifecyclePolicy(
            f"{name}-keep",
            repository=repository.name,
            policy=_keep_newest(args.keep),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._account = repository.registry_id
        self.url, self.registry_name = repository.repository_url, repository.name
        self.register_outputs({"url": self.url, "registry_name": self.registry_name})

    def image_name(self, app: str, tag: str) -> pulumi.Output[str]:
        """A tag of the one repository, which names the app too: ``URL:APP-TAG``."""
        return pulumi.Output.concat(self.url, f":{app}-{tag}")

    def login(self) -> Login:
        """A token of the deployer, which ECR lets live for twelve hours."""
        token = ecr.get_authorization_token_output(registry_id=self._account)
        return Login(
            server=token.proxy_endpoint, username=token.user_name, password=pulumi.Output.secret(token.password)
        )


def _keep_newest(keep: int) -> str:
    return json.dumps(
        {
            "rules": [
                {
                    "rulePriority": 1,
                    "description": f"keep the newest {keep}",
                    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
                    "action": {"type": "expire"},
                }
            ]
        },
        sort_keys=True,
    )
