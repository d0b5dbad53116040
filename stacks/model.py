"""The settings of a stack, typed: what each is, its unit and its default."""

from typing import Annotated, Literal

import pulumi
from pydantic import AfterValidator, Field, field_validator, model_validator

from components.names import SUFFIX_BYTES, refused_bucket
from stacks import checks
from stacks.docker_daemon import DockerDaemon
from stacks.kinds import KINDS, StackKind
from stacks.monitoring import Monitoring
from stacks.platforms import AppSettings, BeanstalkApp, LambdaApp, Model
from stacks.platforms.pythonanywhere import PythonAnywhereAccount
from stacks.setting_metadata import metadata, number
from stacks.tables import ENVIRONMENTS, GCP_APIS, GCP_REGIONS, REAL, REQUIRED_APIS

SUFFIX = 1 + 2 * SUFFIX_BYTES
"""Characters that follow a project's prefix: a hyphen and the suffix."""
"""Environments that are in a cloud, and cost."""
MORTAL = ("sandbox", "dev", "staging")
"""Environments whose stacks may end by themselves."""


def bucket_name(value: str) -> str:
    """A name both Cloud Storage and S3 take."""
    if wrong := refused_bucket(value):
        raise ValueError(wrong)
    if "_" in value:
        raise ValueError(f"a bucket's name may not have '_', which S3 refuses, got {value!r}")
    return value


BucketName = Annotated[str, AfterValidator(bucket_name)]
Numeric = Annotated[str, Field(pattern=r"^\d+$")]


class GoogleProject(Model):
    """The Google Cloud project: an existing one by ``id``, or a new one by ``prefix``."""

    id: Annotated[str, AfterValidator(checks.project_id)] | None = Field(
        default=None, description="An existing project, used as it is.", json_schema_extra=metadata(only=REAL)
    )
    number: Numeric | None = Field(
        default=None,
        description="An existing project's number (digits); its budget knows it by that.",
        json_schema_extra=metadata(only=REAL),
    )
    prefix: Annotated[str, AfterValidator(lambda value: checks.project_id(value, suffix=SUFFIX))] | None = Field(
        default=None, description="The beginning of a new project's id; a suffix follows, which stays the same."
    )
    organization: Numeric | None = Field(
        default=None, description="The organization a new project is made in (digits)."
    )
    folder: Numeric | None = Field(default=None, description="The folder a new project is made in (digits).")
    billing_account: Annotated[str, AfterValidator(checks.billing_account)] | None = Field(
        default=None, description="Who pays; needed for a new project."
    )

    @model_validator(mode="after")
    def one_way(self) -> "GoogleProject":
        """Existing or new, in an organization or in a folder, and paid for."""
        if (self.id is None) == (self.prefix is None):
            raise ValueError(f"needs either id (an existing project) or prefix (a new one), got {_both(self)}")
        if self.organization and self.folder:
            raise ValueError("takes an organization or a folder, got both: keep the folder, it is in its organization")
        if self.prefix and not self.billing_account:
            raise ValueError("a new project needs billing_account: without one Google refuses buckets and App Engine")
        if self.prefix and self.number:
            raise ValueError(f"number is for an existing project (id): a new one gets its own, got {self.number!r}")
        return self


class Gcp(Model):
    """What is on Google Cloud."""

    project: GoogleProject = Field(description="The project everything is in.")
    region: Annotated[
        str, AfterValidator(lambda value: checks.listed(value, GCP_REGIONS, "a region with App Engine"))
    ] = Field(description="Where everything is, as us-central1. App Engine never moves.")
    apis: list[str] = Field(default_factory=list, description="APIs to enable beside those the components need.")
    source_bucket: BucketName | None = Field(
        default=None, description="The bucket of the apps' sources. Default: <project id>-sources."
    )
    app_engine_exists: bool = Field(
        default=False,
        description="Whether an adopted project has an App Engine application.",
        json_schema_extra=metadata(only=REAL),
    )

    @field_validator("apis")
    @classmethod
    def known(cls, apis: list[str]) -> list[str]:
        """Each a name Google knows."""
        for api in apis:
            checks.listed(api, GCP_APIS, "an API's full name")
        return apis

    @model_validator(mode="after")
    def adopted(self) -> "Gcp":
        """Only an adopted project can have an application that the stack did not make."""
        if self.app_engine_exists and self.project.id is None:
            raise ValueError("app_engine_exists is for an adopted project (project.id): a new one has no application")
        return self

    @property
    def all_apis(self) -> list[str]:
        """Every API to enable, sorted."""
        return sorted({*REQUIRED_APIS, *self.apis})


class Aws(Model):
    """What is on AWS. The region is the provider's own setting, ``aws:region``."""

    region: Annotated[str, AfterValidator(checks.aws_region)] = Field(
        description="Where everything is: the stack's aws:region."
    )
    account_concurrency: int = number(
        "executions", "Executions at a time that the account may have (a new account: 10).", default=1000, least=10
    )
    account_memory: int = number(
        "MB",
        "Memory that a function of the account may have (a new account: often 3008).",
        default=10240,
        least=128,
        most=10240,
    )
    permissions_boundary: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:iam::\d{12}:policy/[\w+=,.@/-]+$",
        description="The ARN of the policy that limits what each role can be given: the bootstrap's output "
        "permissions_boundaries has it. A pipeline makes no role without.",
        json_schema_extra=metadata(only=REAL),
    )
    source_bucket: BucketName | None = Field(
        default=None, description="The bucket for zips over 50 MB. Default: a name with a random suffix."
    )


class Registry(Model):
    """A container registry."""

    name: str = Field(default="images", pattern=r"^[a-z][a-z0-9-]{1,61}[a-z0-9]$", description="Its name in the cloud.")
    keep: int | None = number("images", "Images kept. Default: by kind of stack.", default=None, least=1, most=1000)


class Registries(Model):
    """The container registries, by cloud; one that is left out is not made."""

    gcp: Registry | None = Field(default=None, description="Artifact Registry.")
    aws: Registry | None = Field(default=None, description="ECR.")


class Budget(Model):
    """What the stack may cost a month in each cloud it uses. It alerts; what caps are the ceilings on instances."""

    amount: int = Field(
        ge=1,
        le=1_000_000,
        description="The most that each cloud may cost a month (whole units; US dollars on AWS, else `currency`).",
        json_schema_extra=metadata("currency a month", only=REAL),
    )
    currency: str = Field(
        default="USD",
        pattern=r"^[A-Z]{3}$",
        description="The currency of Google Cloud's billing account, as EUR. AWS takes budgets in US dollars alone.",
        json_schema_extra=metadata(only=REAL),
    )
    email: Annotated[str, AfterValidator(checks.email)] = Field(
        description="The address that gets alerts.", json_schema_extra=metadata(only=REAL)
    )
    billing_account: Annotated[str, AfterValidator(checks.billing_account)] | None = Field(
        default=None,
        description="Who pays for an existing project. Default: a new project's billing_account.",
        json_schema_extra=metadata(only=REAL),
    )


class Settings(Model):
    """Everything a stack says of itself."""

    stack: str
    environment: Annotated[str, AfterValidator(lambda value: checks.listed(value, ENVIRONMENTS, "an environment"))] = (
        Field(
            description="Which environment the stack is, by its own name; of a copy, what it was copied from.",
            json_schema_extra=metadata(only=()),
        )
    )
    kind: Literal["ephemeral", "kept"] = Field(
        description="Whether the stack may be destroyed with all it holds.",
        json_schema_extra=metadata(only=("dev", "staging")),
    )
    owner: Annotated[str, AfterValidator(checks.label)] = Field(description="The owner of the stack; a label.")
    expires: Annotated[str, AfterValidator(checks.day)] | None = Field(
        default=None,
        description="The day after which an ephemeral stack may be taken down (YYYY-MM-DD); a label.",
        json_schema_extra=metadata(only=MORTAL),
    )
    expires_after: Annotated[str, AfterValidator(checks.lifetime)] | None = Field(
        default=None,
        description="How long from today each `slipway up` prolongs it, as 3d. Default: it does not.",
        json_schema_extra=metadata("days or weeks", only=MORTAL),
    )
    budget: Budget | None = Field(
        default=None,
        description="The monthly budget; needed outside of the sandbox.",
        json_schema_extra=metadata(only=REAL),
    )
    expect: Annotated[str, AfterValidator(checks.use)] | None = Field(
        default=None,
        description="What each app is expected to get, as 1e6 requests a month: reviews say what that costs.",
        json_schema_extra=metadata(only=REAL),
    )
    gcp: Gcp | None = Field(default=None, description="Google Cloud; needed where something goes there.")
    aws: Aws | None = Field(default=None, description="AWS; needed where something goes there.")
    pythonanywhere: PythonAnywhereAccount | None = Field(
        default=None, description="PythonAnywhere; needed where something goes there."
    )
    registries: Registries = Field(default_factory=Registries, description="Container registries.")
    apps: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,24}[a-z0-9]$")], AppSettings] = Field(
        default_factory=dict, description="The apps by name, and where each goes."
    )
    monitoring: Monitoring | None = Field(
        default=None, description="What watches the containers; left out: nothing does."
    )
    secrets: dict[str, dict[str, pulumi.Output[str]]] = Field(
        default_factory=dict, description="Environment variables by app that are sealed in the stack's file."
    )
    fingerprints: dict[str, str] = Field(default_factory=dict, description="Of each app's secrets; made by load().")
    docker: DockerDaemon | None = Field(default=None, description="The sandbox's Docker daemon; set by load().")

    @property
    def policy(self) -> StackKind:
        """What the kind of stack means."""
        return KINDS[self.kind]

    @property
    def labels(self) -> dict[str, str]:
        """On everything that can carry labels."""
        return {"owner": self.owner, "environment": self.environment, "expiry": self.expires or "none"}

    @property
    def goes_to_aws(self) -> bool:
        """Whether anything is to be declared there; the section alone declares nothing, as a Google project would."""
        homed = any(isinstance(app, BeanstalkApp | LambdaApp) for app in self.apps.values())
        return self.aws is not None and (homed or self.budget is not None or self.registries.aws is not None)

    @property
    def lifecycle(self) -> dict[str, str | None]:
        """Who answers for the stack and how long it lives, for a reader who has the state and not the file."""
        return {
            "owner": self.owner,
            "environment": self.environment,
            "kind": self.kind,
            "expires": self.expires,
        }


def _both(project: GoogleProject) -> str:
    return "both" if project.id else "neither"
