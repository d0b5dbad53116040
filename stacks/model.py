"""The settings of a stack, typed: what each is, its unit and its default."""

from typing import Annotated, Literal

import pulumi
from pydantic import AfterValidator, Field, field_validator, model_validator

from components.names import SUFFIX_BYTES, refused_bucket
from stacks import checks
from stacks.apps import App, AppEngineApp, LambdaApp, Model
from stacks.kinds import KINDS, Kind
from stacks.tables import AWS_REGIONS, ENVIRONMENTS, GCP_APIS, GCP_REGIONS, REQUIRED_APIS

SUFFIX = 1 + 2 * SUFFIX_BYTES
"""Characters that follow a project's prefix: a hyphen and the suffix."""
UNRESERVED_CONCURRENCY = 100
"""Executions AWS keeps for functions without a reservation."""


def bucket_name(value: str) -> str:
    """A name both Cloud Storage and S3 take."""
    if wrong := refused_bucket(value):
        raise ValueError(wrong)
    if "_" in value:
        raise ValueError(f"a bucket's name may not have '_', which S3 refuses, got {value!r}")
    return value


BucketName = Annotated[str, AfterValidator(bucket_name)]
Numeric = Annotated[str, Field(pattern=r"^\d+$")]


class Project(Model):
    """The Google Cloud project: an existing one by ``id``, or a new one by ``prefix``."""

    id: Annotated[str, AfterValidator(checks.project_id)] | None = Field(
        default=None, description="An existing project, used as it is."
    )
    number: Numeric | None = Field(
        default=None, description="An existing project's number (digits); its budget knows it by that."
    )
    prefix: Annotated[str, AfterValidator(lambda value: checks.project_id(value, suffix=SUFFIX))] | None = Field(
        default=None, description="What a new project's id begins with; a suffix follows that is kept in the state."
    )
    organization: Numeric | None = Field(
        default=None, description="The organization a new project is made in (digits)."
    )
    folder: Numeric | None = Field(default=None, description="The folder a new project is made in (digits).")
    billing_account: Annotated[str, AfterValidator(checks.billing_account)] | None = Field(
        default=None, description="Who pays; needed for a new project."
    )

    @model_validator(mode="after")
    def one_way(self) -> "Project":
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

    project: Project = Field(description="The project everything is in.")
    region: Annotated[
        str, AfterValidator(lambda value: checks.listed(value, GCP_REGIONS, "a region with App Engine"))
    ] = Field(description="Where everything is, as us-central1. App Engine never moves.")
    apis: list[str] = Field(default_factory=list, description="APIs to enable beside those the components need.")
    source_bucket: BucketName | None = Field(
        default=None, description="The bucket of the apps' sources. Default: <project id>-sources."
    )
    app_engine_exists: bool = Field(
        default=False, description="Whether an adopted project has an App Engine application."
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

    region: Annotated[str, AfterValidator(lambda value: checks.listed(value, AWS_REGIONS, "an AWS region"))] = Field(
        description="Where everything is: the stack's aws:region."
    )
    account_concurrency: int = Field(
        default=1000, ge=10, description="Executions at a time that the account may have (a new account: 10)."
    )
    source_bucket: BucketName | None = Field(
        default=None, description="The bucket for zips over 50 MB. Default: a name with a random suffix."
    )


class Registry(Model):
    """A container registry."""

    name: str = Field(default="images", pattern=r"^[a-z][a-z0-9-]{1,61}[a-z0-9]$", description="Its name in the cloud.")
    keep: int | None = Field(default=None, ge=1, le=1000, description="Images kept. Default: by kind of stack.")


class Registries(Model):
    """The container registries, by cloud; one that is left out is not made."""

    gcp: Registry | None = Field(default=None, description="Artifact Registry.")
    aws: Registry | None = Field(default=None, description="ECR.")


class Budget(Model):
    """What the stack may cost a month in each cloud it uses. It alerts; what caps are the ceilings on instances."""

    amount: int = Field(ge=1, le=1_000_000, description="What each cloud may cost a month (whole units of currency).")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="The currency both clouds bill in, as EUR.")
    email: Annotated[str, AfterValidator(checks.email)] = Field(description="Who hears when the budget is used up.")
    billing_account: Annotated[str, AfterValidator(checks.billing_account)] | None = Field(
        default=None, description="Who pays for an existing project. Default: a new project's billing_account."
    )


class Settings(Model):
    """Everything a stack says of itself."""

    stack: str
    environment: Annotated[str, AfterValidator(lambda value: checks.listed(value, ENVIRONMENTS, "an environment"))] = (
        Field(description="Which environment the stack is: sandbox, dev, staging or prod.")
    )
    kind: Literal["ephemeral", "kept"] = Field(description="Whether the stack may be destroyed with all it holds.")
    owner: Annotated[str, AfterValidator(checks.label)] = Field(description="Who answers for the stack; a label.")
    expires: Annotated[str, AfterValidator(checks.day)] | None = Field(
        default=None, description="The day after which an ephemeral stack may be taken down (YYYY-MM-DD); a label."
    )
    budget: Budget | None = Field(default=None, description="What it may cost; needed outside of the sandbox.")
    gcp: Gcp | None = Field(default=None, description="Google Cloud; needed where something goes there.")
    aws: Aws | None = Field(default=None, description="AWS; needed where something goes there.")
    registries: Registries = Field(default_factory=Registries, description="Container registries.")
    apps: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,24}[a-z0-9]$")], App] = Field(
        default_factory=dict, description="The apps by name, and where each goes."
    )
    secrets: dict[str, dict[str, pulumi.Output[str]]] = Field(
        default_factory=dict, description="Environment variables by app that are sealed in the stack's file."
    )
    fingerprints: dict[str, str] = Field(default_factory=dict, description="Of each app's secrets; made by load().")

    @property
    def policy(self) -> Kind:
        """What the kind of stack means."""
        return KINDS[self.kind]

    @property
    def labels(self) -> dict[str, str]:
        """On everything that can carry labels."""
        return {"owner": self.owner, "environment": self.environment, "expiry": self.expires or "none"}

    @model_validator(mode="after")
    def agrees(self) -> "Settings":
        """What is said in two places is the same, and what is needed is there."""
        for problem in (check(self) for check in CHECKS):
            if problem:
                raise ValueError(problem)
        return self


def _both(project: Project) -> str:
    return "both" if project.id else "neither"


def _stack_and_environment(settings: Settings) -> str:
    if settings.stack == settings.environment or settings.stack.startswith("demo-"):
        return ""
    return (
        f"environment: must be the stack's own name (or the stack be called demo-NAME), got the environment "
        f"{settings.environment!r} in the stack {settings.stack!r}: change one of them"
    )


def _kind(settings: Settings) -> str:
    if settings.environment == "sandbox" and settings.kind != "ephemeral":
        return "kind: the sandbox is ephemeral, got 'kept'"
    if settings.kind == "ephemeral" and settings.environment != "sandbox" and not settings.expires:
        return "expires: an ephemeral stack needs the day it expires (YYYY-MM-DD), got none: nobody would take it down"
    if settings.kind == "kept" and settings.expires:
        return f"expires: a kept stack does not expire, got {settings.expires!r}: take it out, or make it ephemeral"
    return ""


def _clouds(settings: Settings) -> str:
    for name, app in settings.apps.items():
        if isinstance(app, AppEngineApp) and settings.gcp is None:
            return f"gcp: is needed for the app {name!r} on App Engine, got none: say project and region"
        if isinstance(app, LambdaApp) and settings.aws is None:
            return f"aws: is needed for the app {name!r} on Lambda, got none: set aws:region"
        if app.python is None and settings.environment != "sandbox":
            return f'apps.{name}.python: is needed outside of the sandbox, got none: say it, as "3.13"'
    if settings.registries.gcp and settings.gcp is None:
        return "gcp: is needed for the registry on Google Cloud, got none: say project and region"
    if settings.registries.aws and settings.aws is None:
        return "aws: is needed for the registry on AWS, got none: set aws:region"
    gcp, aws = (settings.gcp and settings.gcp.source_bucket), (settings.aws and settings.aws.source_bucket)
    if gcp and gcp == aws:
        return f"aws.source_bucket: a bucket's name may be used once in a stack, got {aws!r} twice: rename one"
    return ""


def _budget(settings: Settings) -> str:
    if settings.environment == "sandbox":
        return "budget: the sandbox costs nothing, got one: take it out" if settings.budget else ""
    if settings.budget is None:
        return "budget: is needed outside of the sandbox, got none: say amount and email"
    project = settings.gcp.project if settings.gcp else None
    if project and project.id:
        if settings.budget.billing_account is None:
            return "budget.billing_account: is needed for an existing project, got none: say who pays for it"
        if project.number is None:
            return "gcp.project.number: is needed for an existing project's budget, got none: say it (digits)"
    elif settings.budget.billing_account:
        return "budget.billing_account: is for an existing project, got one beside gcp.project.prefix: take it out"
    return ""


def _services(settings: Settings) -> str:
    taken: dict[str, str] = {}
    for name, app in settings.apps.items():
        if isinstance(app, AppEngineApp):
            if app.service in taken:
                return f"apps.{name}.service: must be its own, got {app.service!r}, which {taken[app.service]!r} has"
            taken[app.service] = name
    if taken and "default" not in taken:
        first = next(iter(taken.values()))
        return f"apps.{first}.service: App Engine needs a service 'default' first, got {', '.join(sorted(taken))}"
    if unknown := sorted(settings.secrets.keys() - settings.apps.keys()):
        return f"secrets.{unknown[0]}: must be an app's name{checks.nearest(unknown[0], settings.apps)}"
    return ""


def _ceilings(settings: Settings) -> str:
    reserved = 0
    for name, app in settings.apps.items():
        if isinstance(app, AppEngineApp) and app.scaling.max_instances > settings.policy.max_instances:
            return (
                f"apps.{name}.scaling.max_instances: must be {settings.policy.max_instances} or less in a stack "
                f"that is {settings.kind}, got {app.scaling.max_instances}"
            )
        if isinstance(app, LambdaApp) and app.reserved_concurrency and settings.aws is not None:
            reserved += app.reserved_concurrency
            if reserved > (most := settings.aws.account_concurrency - UNRESERVED_CONCURRENCY):
                return (
                    f"apps.{name}.reserved_concurrency: all reservations together may be {max(most, 0)} at most "
                    f"(aws.account_concurrency less {UNRESERVED_CONCURRENCY}), got {reserved}: leave it out"
                )
    return ""


CHECKS = (_stack_and_environment, _kind, _clouds, _budget, _services, _ceilings)
"""What is checked of the settings as a whole; each says what is wrong, "" where nothing is."""
