"""What pipelines stand on in Google Cloud: who their jobs are, and what they may do."""

from dataclasses import dataclass

import pulumi
from pulumi_gcp import projects, storage

from bootstrap import permissions
from bootstrap.settings import Environment, Settings
from components.gcp.bucket import PrivateBucket, PrivateBucketArgs
from components.gcp.budget import APIS as BUDGET_APIS
from components.gcp.budget import GcpBudget, GcpBudgetArgs
from components.gcp.github_trust import GithubTrust, GithubTrustArgs
from components.gcp.pipeline_account import PipelineAccount, PipelineAccountArgs
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
    previewer: PipelineAccount


def on_google(settings: Settings) -> OnGoogle:
    """Declare trust and accounts."""
    google = settings.gcp
    project = GcpProject("operations", GcpProjectArgs(apis=[*APIS, *BUDGET_APIS], id=google.project))
    trust = GithubTrust(
        "github",
        GithubTrustArgs(
            project=project, project_number=google.number, repository=settings.repository, branch=settings.branch
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
    return OnGoogle(project, trust, deployers, _previewer(settings, project, trust))


def states_on_google(settings: Settings, google: OnGoogle) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """The bucket of states and the key; their addresses, as `pulumi login` and `--secrets-provider` take them."""
    bucket = PrivateBucket(
        "states",
        PrivateBucketArgs(project=google.project, location=settings.gcp.region, labels=settings.labels),
    )
    members = {f"deploy-{name}": account.member for name, account in google.deployers.items()}
    granted = [(who, "objectUser", member) for who, member in members.items()]
    for who, role, member in [*granted, ("preview", "objectViewer", google.previewer.member)]:
        storage.BucketIAMMember(
            f"states-{who}",
            bucket=bucket.bucket_name,
            role=f"roles/storage.{role}",
            member=member,
            opts=pulumi.ResourceOptions(parent=bucket),
        )
    key = GcpSealingKey(
        "sealing",
        GcpSealingKeyArgs(
            project=google.project,
            location=settings.gcp.region,
            sealers=members,
            readers={"preview": google.previewer.member},
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
            projects={where.project: [_role(name, where.project)]} if where.project else {},
            billing_accounts={where.billing_account: permissions.PAYS},
        ),
    )


def _role(name: str, project: str) -> pulumi.Output[str]:
    """A role of our own in an existing project: Google's narrowest ones that fit are for its administrators."""
    role = projects.IAMCustomRole(
        f"deployer-{name}",
        project=project,
        role_id="slipwayDeployer",
        title="Slipway: deploys",
        permissions=sorted(permissions.DEPLOYS),
    )
    return role.name


def _previewer(settings: Settings, project: GcpProject, trust: GithubTrust) -> PipelineAccount:
    previewed = {name: where for name, where in settings.environments.items() if name != "demo"}
    return PipelineAccount(
        "preview",
        PipelineAccountArgs(
            project=project,
            account_id="slipway-preview",
            trust=trust,
            environments=[f"preview-{name}" for name in previewed],
            folders={where.folder: permissions.READS for where in previewed.values() if where.folder},
            projects={where.project: permissions.READS for where in previewed.values() if where.project},
            billing_accounts={where.billing_account: ("roles/billing.viewer",) for where in previewed.values()},
        ),
    )
