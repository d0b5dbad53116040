"""What pipelines stand on in Google Cloud: who their jobs are, and what they may do."""

from dataclasses import dataclass

import pulumi
from pulumi_gcp import projects, storage

from bootstrap import permissions
from bootstrap.declared import COPIED, declared_by
from bootstrap.settings import OWN, Environment, Settings
from components.gcp import apis
from components.gcp.bucket import PrivateBucket, PrivateBucketArgs
from components.gcp.budget import GcpBudget, GcpBudgetArgs
from components.gcp.github_trust import GithubTrust, GithubTrustArgs
from components.gcp.pipeline_account import PipelineAccount, PipelineAccountArgs, ProjectRole
from components.gcp.project import GcpProject, GcpProjectArgs
from components.gcp.sealing_key import GcpSealingKey, GcpSealingKeyArgs

APIS = tuple(
    f"{name}.googleapis.com"
    for name in ("cloudkms", "cloudresourcemanager", "iam", "iamcredentials", "serviceusage", "storage", "sts")
)


@dataclass(frozen=True)
class OnGoogle:
    """What the other parts and the outputs need of it."""

    project: GcpProject
    trust: GithubTrust
    deployers: dict[str, PipelineAccount]
    """By environment."""
    previewers: dict[str, PipelineAccount]
    """By environment; none of a throw-away copy."""


def on_google(settings: Settings) -> OnGoogle:
    """Declare trust and accounts."""
    google = settings.gcp
    project = GcpProject("operations", GcpProjectArgs(apis=[*APIS, *apis.BUDGET], id=google.project))
    trust = GithubTrust(
        "github",
        GithubTrustArgs(
            project=project,
            project_number=google.number,
            repository=settings.github,
            branch=settings.branch,
            closed=[f"preview-{name}" for name in settings.closed],
        ),
    )
    GcpBudget(
        "budget",
        GcpBudgetArgs(
            project=project,
            billing_account=settings.budget.billing_account or "",
            project_number=google.number,
            amount=settings.budget.amount,
            currency=settings.budget.currency,
            email=settings.budget.email,
        ),
    )
    deployers = {name: _deployer(name, where, project, trust) for name, where in settings.environments.items()}
    previewers = {name: _previewer(name, settings.environments[name], project, trust) for name in settings.previewed}
    return OnGoogle(project, trust, deployers, previewers)


def states_on_google(settings: Settings, google: OnGoogle) -> dict[str, tuple[pulumi.Output[str], pulumi.Output[str]]]:
    """By environment a bucket of states and a key: their addresses for `pulumi login` and `--secrets-provider`."""
    return {name: _states(settings, name, google) for name in (*settings.environments, OWN)}


def _states(settings: Settings, name: str, google: OnGoogle) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    bucket = PrivateBucket(
        f"states-{name}",
        PrivateBucketArgs(project=google.project, location=settings.gcp.region, labels=settings.labels),
    )
    deployer, previewer = google.deployers.get(name), google.previewers.get(name)
    granted = {"deploy": ("objectUser", deployer), "preview": ("objectViewer", previewer)}
    for who, (role, account) in granted.items():
        if account:
            storage.BucketIAMMember(
                f"states-{name}-{who}",
                bucket=bucket.bucket_name,
                role=f"roles/storage.{role}",
                member=account.member,
                opts=pulumi.ResourceOptions(parent=bucket),
            )
    key = GcpSealingKey(
        f"sealing-{name}",
        GcpSealingKeyArgs(
            project=google.project,
            location=settings.gcp.region,
            sealers={"deploy": deployer.member} if deployer else {},
            readers={"preview": previewer.member} if previewer else {},
            labels=settings.labels,
        ),
    )
    return bucket.url, key.secrets_provider


def _deployer(name: str, where: Environment, project: GcpProject, trust: GithubTrust) -> PipelineAccount:
    return PipelineAccount(
        f"deploy-{name}",
        PipelineAccountArgs(
            project=project,
            account_id=f"slipway-deploy-{name}",
            trust=trust,
            environments=[name],
            folders={where.folder: permissions.MAKES_PROJECTS} if where.folder else {},
            projects={where.project: _deploying(name, where.project)} if where.project else {},
            billing_accounts={where.billing_account: permissions.PAYS},
        ),
    )


def _deploying(name: str, project: str) -> list[ProjectRole]:
    """Roles of our own in an existing project: Google's narrowest ones that fit are for its administrators.

    A policy of the project is set by a role of its own, whose condition admits the roles that the stacks grant.
    """
    declared = declared_by(COPIED if name == "demo" else [name])
    deploys = permissions.deploys_on_google(declared.types)
    roles = [ProjectRole(role=_role(f"deployer-{name}", project, "Deployer", "deploys", deploys), word="deployer")]
    if declared.project_roles:
        grants = [permissions.SETS_PROJECT_POLICY]
        granter = _role(f"granter-{name}", project, "Granter", "grants some roles", grants)
        roles.append(
            ProjectRole(
                role=granter,
                word="granter",
                title="Only the roles that the stacks grant",
                expression=permissions.grants_alone(declared.project_roles),
            )
        )
    return roles


def _role(name: str, project: str, word: str, does: str, holds: list[str]) -> pulumi.Output[str]:
    role = projects.IAMCustomRole(
        name, project=project, role_id=f"slipway{word}", title=f"Slipway: {does}", permissions=holds
    )
    return role.name


def _previewer(name: str, where: Environment, project: GcpProject, trust: GithubTrust) -> PipelineAccount:
    return PipelineAccount(
        f"preview-{name}",
        PipelineAccountArgs(
            project=project,
            account_id=f"slipway-preview-{name}",
            trust=trust,
            environments=[f"preview-{name}"],
            folders={where.folder: permissions.READS} if where.folder else {},
            projects={where.project: [_previewing(name, where.project)]} if where.project else {},
            billing_accounts={where.billing_account: ("roles/billing.viewer",)},
        ),
    )


def _previewing(name: str, project: str) -> ProjectRole:
    reads = permissions.reads_on_google(declared_by([name]).types)
    return ProjectRole(role=_role(f"previewer-{name}", project, "Previewer", "previews", reads), word="previewer")
