"""What the bootstrap is told: which repository, which projects and accounts, where states and key are kept."""

from typing import Annotated, Any, Literal, TypeAlias

import pulumi
from pydantic import AfterValidator, Field, ValidationError, model_validator

from components.github import GithubRepository
from stacks import checks
from stacks.model import Budget
from stacks.platforms import Model
from stacks.tables import GCP_REGIONS

OWN = "bootstrap"
"""The name under which the bootstrap keeps its own state and key: no pipeline has a right to them."""
EnvironmentName: TypeAlias = Literal["dev", "staging", "prod", "demo"]
Digits = Annotated[str, Field(pattern=r"^\d+$")]
STRUCTURED = frozenset({"budget", "gcp", "aws", "environments"})


class Google(Model):
    """The project for what belongs to no stack."""

    project: Annotated[str, AfterValidator(checks.project_id)] = Field(description="An existing project of its own.")
    number: Digits = Field(description="Its number (digits); principals are named by it.")
    region: Annotated[str, AfterValidator(lambda value: checks.listed(value, GCP_REGIONS, "a region"))] = Field(
        description="Where bucket and key are, as europe-west1."
    )


class Amazon(Model):
    """The account. Its region is the provider's own setting, ``aws:region``."""

    account: str = Field(pattern=r"^\d{12}$", description="The account (12 digits).")
    region: Annotated[str, AfterValidator(checks.aws_region)] = Field(
        description="Where bucket and key are: aws:region."
    )
    bucket_namespace: Literal["account-regional", "global"] = Field(
        default="account-regional",
        description="Where the names of the buckets of states are unique: in the account and region, where no other "
        "account can take them, or in all of S3, as before 2026.",
    )


class Environment(Model):
    """Where the stacks of an environment deploy on Google Cloud: into new projects, or into one that is there."""

    folder: Digits | None = Field(default=None, description="Where new projects are made (digits).")
    project: Annotated[str, AfterValidator(checks.project_id)] | None = Field(
        default=None, description="The existing project."
    )
    billing_account: Annotated[str, AfterValidator(checks.billing_account)] = Field(description="Who pays.")
    pull_requests: bool | None = Field(
        default=None,
        description="Whether the code of a pull request, before anybody has approved it, may read the environment's "
        "state and open its secrets, as a preview does. Left out: not in prod.",
    )

    @model_validator(mode="after")
    def one_place(self) -> "Environment":
        """New projects or an existing one."""
        if (self.folder is None) == (self.project is None):
            values = "neither" if self.folder is None else "both"
            raise ValueError(f"needs either folder (new projects) or project (an existing one), got {values}")
        return self


class Settings(Model):
    """Everything."""

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="OWNER/NAME on GitHub.")
    repository_id: Digits = Field(description="Its id (digits): `gh api repos/OWNER/NAME --jq .id` prints it.")
    owner_id: Digits = Field(description="Its owner's id (digits): `gh api repos/OWNER/NAME --jq .owner.id` prints it.")
    branch: str = Field(default="main", pattern=r"^[\w./-]+$", description="The branch whose jobs deploy.")
    owner: Annotated[str, AfterValidator(checks.label)] = Field(description="Who answers for it; a label.")
    state: Literal["gcp", "aws"] = Field(description="The cloud that keeps the states and the key.")
    budget: Budget = Field(description="What it may cost; with billing_account, who pays for the project.")
    gcp: Google = Field(description="Google Cloud.")
    aws: Amazon = Field(description="AWS.")
    environments: dict[EnvironmentName, Environment] = Field(
        description="What pipelines deploy: dev, staging, prod, and demo for throw-away copies."
    )

    @model_validator(mode="after")
    def paid(self) -> "Settings":
        """The project is there already, so nothing else says who pays for it."""
        if self.budget.billing_account is None:
            raise ValueError("budget.billing_account is needed: the project is there already, say who pays for it")
        return self

    @property
    def github(self) -> GithubRepository:
        """The repository, as the tokens of its jobs name it."""
        return GithubRepository(name=self.repository, id=self.repository_id, owner_id=self.owner_id)

    @property
    def previewed(self) -> list[EnvironmentName]:
        """The environments that are previewed; a throw-away copy is not."""
        return [name for name in self.environments if name != "demo"]

    @property
    def closed(self) -> list[EnvironmentName]:
        """Those of them that are previewed on the branch that deploys alone, never for a pull request."""
        return [name for name in self.previewed if not self._open_to_pull_requests(name)]

    def _open_to_pull_requests(self, name: EnvironmentName) -> bool:
        stated = self.environments[name].pull_requests
        return name != "prod" if stated is None else stated

    @property
    def labels(self) -> dict[str, str]:
        """On everything that can carry labels; deployers may not change what is labelled so."""
        return {"owner": self.owner, "environment": "bootstrap", "expiry": "none"}


def load() -> Settings:
    """The settings of the stack that runs.

    Raises :class:`pulumi.RunError` with a line for each mistake.
    """
    config = pulumi.Config()
    values: dict[str, Any] = {}
    for name in Settings.model_fields:
        value = config.get_object(name) if name in STRUCTURED else config.get(name)
        if value is not None:
            values[name] = value
    if (region := pulumi.Config("aws").get("region")) and isinstance(values.get("aws"), dict):
        values["aws"] = {**values["aws"], "region": region}
    try:
        return Settings.model_validate(values)
    except ValidationError as invalid:
        lines = "\n".join(
            f"  {pulumi.get_project()}:{'.'.join(map(str, error['loc']))}: {error['msg']}, got {error['input']!r}"
            for error in invalid.errors(include_url=False)
        )
        raise pulumi.RunError(
            f"the bootstrap's settings have mistakes (Pulumi.{pulumi.get_stack()}.yaml):\n{lines}"
        ) from None
