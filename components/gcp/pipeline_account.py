"""A service account that a pipeline's job acts as, in one environment, without a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import billing, folder, projects, serviceaccount

from components.gcp.github_trust import GithubTrust
from components.gcp.project import GcpProject


@dataclass(frozen=True, kw_only=True)
class ProjectRole:
    """A role in a project."""

    role: pulumi.Input[str]
    word: str
    """The end of the grant's name."""
    title: str = ""
    """Of the condition, if there is one."""
    expression: str = ""
    """When the role counts, in Google's Common Expression Language; always where it is empty."""


@dataclass(frozen=True, kw_only=True)
class PipelineAccountArgs:
    """Who it is, which jobs may act as it, and what it may do where."""

    project: GcpProject
    """Where the account itself is."""
    account_id: str
    trust: GithubTrust
    environments: Sequence[str]
    """GitHub's environments whose jobs may act as it."""
    folders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Folder (digits) → roles in it."""
    projects: Mapping[str, Sequence[ProjectRole]] = field(default_factory=dict)
    """Project → roles in it."""
    billing_accounts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Billing account → roles on it."""

    def __post_init__(self) -> None:
        if not self.environments:
            raise ValueError(f"no workflow may act as {self.account_id}: name an environment")


class PipelineAccount(pulumi.ComponentResource):
    """The account and its grants."""

    email: pulumi.Output[str]
    member: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:PipelineAccount", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = serviceaccount.Account(
            name,
            project=args.project.project_id,
            account_id=args.account_id,
            display_name=f"jobs in {', '.join(args.environments)}",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api("iam.googleapis.com")]),
        )
        for environment in args.environments:
            serviceaccount.IAMMember(
                f"{name}-as-{environment}",
                service_account_id=account.name,
                role="roles/iam.workloadIdentityUser",
                member=args.trust.subject(environment),
                opts=child,
            )
        for where, roles in args.folders.items():
            for role in roles:
                folder.IAMMember(
                    f"{name}-{where}-{_short(role)}",
                    folder=f"folders/{where}",
                    role=role,
                    member=account.member,
                    opts=child,
                )
        for where, granted in args.projects.items():
            for one in granted:
                projects.IAMMember(
                    f"{name}-{where}-{one.word}",
                    project=where,
                    role=one.role,
                    member=account.member,
                    condition={"title": one.title, "expression": one.expression} if one.expression else None,
                    opts=child,
                )
        for where, roles in args.billing_accounts.items():
            for role in roles:
                billing.AccountIamMember(
                    f"{name}-{where}-{_short(role)}",
                    billing_account_id=where,
                    role=role,
                    member=account.member,
                    opts=child,
                )
        self.email, self.member = account.email, account.member
        self.register_outputs({"email": self.email, "member": self.member})


def _short(role: str) -> str:
    return role.rpartition("/")[2]
